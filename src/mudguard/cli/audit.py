"""`mudguard audit`: the trail of security events."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mudguard.rules.events import Event
    from mudguard.store.database import Database
    from mudguard.wiring import Services

app = typer.Typer(help="List and verify the trail of security events.", invoke_without_command=True)


@app.callback()
def list_events(
    context: typer.Context,
    person: Annotated[str, typer.Option(metavar="EMAIL", help="Only events of this person's account.")] = "",
    project: Annotated[str, typer.Option(metavar="ID", help="Only events of this project.")] = "",
    type_: Annotated[str, typer.Option("--type", help="Only events of this type, such as two_factor.disable.")] = "",
    outcome: Annotated[str, typer.Option(help="Only events with this outcome: success or refused.")] = "",
    since: Annotated[
        str, typer.Option(metavar="TIME", help="Only events since then, such as 2026-01-02T03:04:05Z.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, help="Show at most this many, the newest.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """List security events, the newest first. 'mudguard audit verify' checks them for tampering."""
    if context.invoked_subcommand:
        return
    from mudguard.cli.people import account, services
    from mudguard.rules.events import EventType, Outcome
    from mudguard.store import audit
    from mudguard.web.security_events import described

    if type_ and type_ not in list(EventType):
        raise typer.BadParameter(f"must be one of {', '.join(EventType)}", param_hint="--type")
    if outcome and outcome not in list(Outcome):
        raise typer.BadParameter("must be success or refused", param_hint="--outcome")
    person_id = None
    if person:
        with account(person, project) as (_, somebody):
            person_id = somebody.id
    wanted = audit.Filter(
        person_id=person_id,
        project_id=project or None,
        type=EventType(type_) if type_ else None,
        outcome=Outcome(outcome) if outcome else None,
        since=_moment(since) if since else None,
    )

    async def find(database: "Database") -> "list[Event]":
        async with database.snapshot(seconds=None) as connection:
            return await audit.events(connection, wanted, most=limit)

    with services() as running:
        events = running.wait(find(running.services.database))
    for event in events:
        typer.echo(described(event).model_dump_json(by_alias=True, exclude_unset=True) if as_json else _line(event))
    if not events:
        typer.echo("No events.", err=True)


@app.command()
def verify() -> None:
    """Check that no event was altered, removed or moved. Prints each problem, and exits with 1 if there is one."""
    from mudguard.cli.people import services
    from mudguard.store import audit, audit_check

    async def check(made: "Services") -> tuple[int, tuple[int, int]]:
        found = 0
        async with made.database.snapshot(seconds=None) as connection:
            async for problem in audit_check.problems(connection, await made.trail.key(connection)):
                typer.echo(problem)
                found += 1
            return found, await audit.count(connection)

    with services() as running:
        problems, (events, streams) = running.wait(check(running.services))
    if problems:
        raise typer.Exit(1)
    typer.echo(f"The trail is whole: {events} event{'s' * (events != 1)} in {streams} stream{'s' * (streams != 1)}.")


def _line(event: "Event") -> str:
    from mudguard.cli.people import moment

    ending = event.reason or event.outcome.value
    return (
        f"{moment(event.at)}  {event.type:24} {ending:24} {event.factor or '-':11} {event.person_id or 'nobody':24}  "
        f"{event.address}  {event.request_id}"
    )


def _moment(text: str) -> int:
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("must be a date and time such as 2026-01-02T03:04:05Z", param_hint="--since") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)
