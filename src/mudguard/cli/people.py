"""`mudguard user`: accounts."""

import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from mudguard.errors import CommandError

if TYPE_CHECKING:
    import asyncio

    from mudguard.accounts.administration import Administration
    from mudguard.rules.refusals import Refused
    from mudguard.store.people import Person
    from mudguard.wiring import Services

T = TypeVar("T")

app = typer.Typer(help="Manage accounts of operators and of people of projects.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The account's e-mail address.")]
Project = Annotated[
    str,
    typer.Option(
        "--project", metavar="ID", help="Chooses among accounts with the same address: a project's id, or 'operators'."
    ),
]


@app.command()
def create(
    email: Email,
    first_name: Annotated[str, typer.Option(metavar="NAME", help="First name. Asks for it if left out.")] = "",
    last_name: Annotated[str, typer.Option(metavar="NAME", help="Last name. Asks for it if left out.")] = "",
    org: Annotated[str, typer.Option(metavar="ID", help="Organisation to join. Makes a new one if left out.")] = "",
    org_name: Annotated[str, typer.Option(metavar="NAME", help="Name of the new organisation.")] = "",
    role: Annotated[
        str,
        typer.Option(metavar="ROLE", help="Role in the organisation of --org: owner, admin, member (default), viewer."),
    ] = "",
) -> None:
    """Make an operator in a new or an existing organisation.

    Asks for the password. Without a terminal, reads it from the first line of standard input.
    """
    if org and org_name:
        raise typer.BadParameter("names a new organisation; leave it out with --org", param_hint="--org-name")
    if role and not org:
        raise typer.BadParameter("goes with --org; who founds an organisation owns it", param_hint="--role")
    names = _name(first_name, "First name", "--first-name"), _name(last_name, "Last name", "--last-name")

    from mudguard.rules.refusals import Refused
    from mudguard.rules.roles import Role
    from mudguard.sign_in.registration import Applicant

    if role and role not in list(Role):
        raise typer.BadParameter("must be owner, admin, member or viewer", param_hint="--role")
    applicant = Applicant(_checked_email(email), _password(), *names)
    with services(may_make=True) as running:
        registration = running.services.registration
        made = running.wait(
            registration.add_operator(applicant, org_id=org, role=Role(role or "member"))
            if org
            else registration.found_organization(applicant, org_name=org_name)
        )
    if isinstance(made, Refused):
        raise CommandError(_told(made))
    typer.echo(f"{made.email} is {made.role} of {made.org_name} (organisation {made.org_id}).")


@app.command()
def show(email: Email, project: Project = "") -> None:
    """Show an account, without secrets."""
    with account(email, project) as (running, person):
        place = f"project {person.project_id}" if person.project_id else f"{person.org_name}, {person.role}"
        last = moment(person.last_login_at) if person.last_login_at else "never"
        typer.echo(f"{person.email}  {person.first_name} {person.last_name}")
        typer.echo(f"id          {person.id}")
        typer.echo(f"of          {place}{f' (organisation {person.org_id})' if person.org_id else ''}")
        typer.echo(f"status      {person.status}")
        typer.echo(f"e-mail      {'verified' if person.email_verified else 'not verified'}")
        typer.echo(f"2FA         {'on' if person.two_factor_enabled else 'off'}")
        typer.echo(f"sessions    {running.wait(running.administration.count_sessions(person))}")
        typer.echo(f"last login  {last}")


@app.command()
def disable(email: Email, project: Project = "") -> None:
    """Switch an account off. Mudguard then refuses its requests."""
    from mudguard.rules.roles import Status

    with account(email, project) as (running, person):
        running.wait(running.administration.set_status(person, Status.DISABLED))
        typer.echo(f"{person.email} is disabled. 'mudguard user enable' undoes it.")


@app.command()
def enable(email: Email, project: Project = "") -> None:
    """Switch an account on again, or approve a new one."""
    from mudguard.rules.roles import Status

    with account(email, project) as (running, person):
        running.wait(running.administration.set_status(person, Status.ACTIVE))
        typer.echo(f"{person.email} is active.")


@app.command()
def verify_email(email: Email, project: Project = "") -> None:
    """Mark an account's address as verified.

    Mudguard sends no mail. If a project requires verified addresses, verify them yourself, then run this.
    """
    with account(email, project) as (running, person):
        running.wait(running.administration.verify_email(person))
        typer.echo(f"The address {person.email} is verified.")


@app.command()
def reset_password(email: Email, project: Project = "") -> None:
    """Set a new password and end all sessions of an account.

    For a person who has forgotten the password. First make sure that this person asks. The second factor stays as it
    is. Asks for the password. Without a terminal, reads it from the first line of standard input.
    """
    from mudguard.rules.refusals import Refused

    with account(email, project) as (running, person):
        refused = running.wait(running.administration.reset_password(person, _password()))
        if isinstance(refused, Refused):
            raise CommandError(_told(refused))
        typer.echo(f"{person.email} has a new password, and all sessions have ended.")


@contextmanager
def account(email: str, project: str) -> "Iterator[tuple[RunningServices, Person]]":
    """The account that a command names, and the services for it. Raises `CommandError`."""
    from mudguard.rules.refusals import Refused

    with services() as made:
        person = made.wait(made.services.administration.find(email, realm=project))
        if isinstance(person, Refused):
            raise CommandError(_told(person))
        yield made, person


class RunningServices:
    """The services over the existing database, and an event loop to run them on."""

    def __init__(self, services: "Services", runner: "asyncio.Runner") -> None:
        self.services = services
        self._runner = runner

    @property
    def administration(self) -> "Administration":
        """The operator's actions on accounts."""
        return self.services.administration

    def wait(self, coroutine: "Coroutine[Any, Any, T]") -> "T":
        """Run `coroutine` and return its result."""
        return self._runner.run(coroutine)


@contextmanager
def services(*, may_make: bool = False) -> "Iterator[RunningServices]":
    """The services for a command. The database must exist, unless `may_make`. Raises `CommandError`."""
    import asyncio

    from mudguard.serving import boot
    from mudguard.wiring import Services

    settings = boot.load_settings()
    keyring, database = boot.prepare(settings) if may_make else boot.existing(settings)
    with asyncio.Runner() as runner, boot.usable(database):
        made = RunningServices(Services(settings, keyring, database), runner)
        try:
            yield made
        finally:
            made.wait(made.services.close())


def moment(moment_ms: int) -> str:
    """Milliseconds since 1970 as `2026-01-02 03:04:05 UTC`."""
    from datetime import UTC, datetime

    return f"{datetime.fromtimestamp(moment_ms // 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _checked_email(email: str) -> str:
    from pydantic import TypeAdapter, ValidationError

    from mudguard.web.fields import Email as CheckedEmail

    try:
        return TypeAdapter(CheckedEmail).validate_python(email)
    except ValidationError as error:
        text = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise typer.BadParameter(text, param_hint="EMAIL") from None


def _name(given: str, label: str, option: str) -> str:
    """The given value, or what the operator types. Without a terminal, standard input has only the password."""
    name = given or (str(typer.prompt(label)) if sys.stdin.isatty() else "")
    if not name.strip():
        raise typer.BadParameter("must be given", param_hint=option)
    return " ".join(name.split())


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


def _told(refused: "Refused") -> str:
    if isinstance(refused.details, dict):
        return "; ".join(f"{field}: {text}" for field, text in refused.details.items())
    return refused.text or refused.code.value
