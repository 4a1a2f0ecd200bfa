"""`mudguard 2fa`: the second factor of an account."""

from typing import Annotated

import typer

from mudguard.cli.people import Email, Project, account, moment

app = typer.Typer(help="Show or reset the second factor of an account.", no_args_is_help=True)


@app.command()
def status(email: Email, project: Project = "") -> None:
    """Say whether 2FA is on, and count the backup codes."""
    from mudguard.rules.backup_codes import remaining

    with account(email, project) as (running, person):
        state = running.wait(running.administration.two_factor(person))
        if state.enabled_at is None:
            typer.echo(f"{person.email}: 2FA is off.")
            return
        left = remaining(state.codes_used) if state.codes else 0
        codes = "1 backup code" if left == 1 else f"{left} backup codes"
        typer.echo(f"{person.email}: 2FA is on since {moment(state.enabled_at)}; {codes} left.")


@app.command()
def reset(
    email: Email,
    project: Project = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. For scripts.")] = False,
) -> None:
    """Turn 2FA off and end all sessions of an account.

    For a person who has lost both device and backup codes. First make sure that this person asks: afterwards the
    password alone is enough to sign in.
    """
    with account(email, project) as (running, person):
        if not person.two_factor_enabled:
            typer.echo(f"{person.email}: 2FA is off already.")
            return
        if not yes:
            typer.confirm(f"Turn off 2FA of {person.email} and end all their sessions?", abort=True)
        running.wait(running.administration.reset_two_factor(person))
        typer.echo(f"{person.email}: 2FA is off and all sessions have ended.")
