"""`mudguard user`: accounts."""

import sys
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from mudguard.app import Services
    from mudguard.rules.refusals import Refused
    from mudguard.store.people import Person
    from mudguard.users.administration import Administration

app = typer.Typer(help="Accounts: operators, and people of projects.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The account's e-mail address.")]
Project = Annotated[
    str, typer.Option("--project", metavar="ID", help="Which project's account, if several have the address.")
]


@app.command()
def create(
    email: Email,
    first_name: Annotated[str, typer.Option(prompt=True, help="First name.")],
    last_name: Annotated[str, typer.Option(prompt=True, help="Last name.")],
    org: Annotated[str, typer.Option(metavar="ID", help="Organisation to join; a new one if left out.")] = "",
    org_name: Annotated[str, typer.Option(help="Name of the new organisation.")] = "",
    role: Annotated[str, typer.Option(help="owner, admin, member or viewer; with --org.")] = "member",
) -> None:
    """Make an operator. The password is asked for, or read from standard input when that is no terminal."""
    from pydantic import TypeAdapter, ValidationError

    from mudguard.rules.refusals import Refused
    from mudguard.sign_in.bearer import Visitor
    from mudguard.sign_in.registration import Applicant
    from mudguard.sign_in.schemas import Email as CheckedEmail
    from mudguard.store.people import Person, Role

    if role not in list(Role):
        raise typer.BadParameter("must be owner, admin, member or viewer", param_hint="--role")
    try:
        checked = TypeAdapter(CheckedEmail).validate_python(email)
    except ValidationError as error:
        raise typer.BadParameter(str(error.errors()[0]["msg"]), param_hint="EMAIL") from None
    applicant = Applicant(checked, _password(), first_name, last_name)
    registration = _services().registration
    made = (
        registration.add_operator(applicant, org_id=org, role=Role(role))
        if org
        else registration.register_operator(applicant, org_name=org_name, visitor=Visitor("command line"))
    )
    if isinstance(made, Refused):
        _fail(_told(made))
    person = made if isinstance(made, Person) else made.person
    typer.echo(f"{person.email} is {person.role} of {person.org_name} (organisation {person.org_id}).")


@app.command()
def show(email: Email, project: Project = "") -> None:
    """Show an account: no secret is in it."""
    from mudguard.http.answers import timestamp

    administration, person = found(email, project)
    place = f"project {person.project_id}" if person.project_id else f"organisation {person.org_id}, {person.role}"
    last = timestamp(person.last_login_at) if person.last_login_at else "never"
    typer.echo(f"{person.email}  {person.first_name} {person.last_name}")
    typer.echo(f"id          {person.id}")
    typer.echo(f"of          {place}")
    typer.echo(f"status      {person.status}")
    typer.echo(f"2FA         {'on' if person.two_factor_enabled else 'off'}")
    typer.echo(f"sessions    {administration.count_sessions(person)}")
    typer.echo(f"last login  {last}")


@app.command()
def disable(email: Email, project: Project = "") -> None:
    """Switch an account off: every request of it is refused from now on."""
    from mudguard.store.people import Status

    administration, person = found(email, project)
    administration.set_status(person, Status.DISABLED)
    typer.echo(f"{person.email} is disabled. 'mudguard user enable' undoes it.")


@app.command()
def enable(email: Email, project: Project = "") -> None:
    """Switch an account on again, or approve one that waits for it."""
    from mudguard.store.people import Status

    administration, person = found(email, project)
    administration.set_status(person, Status.ACTIVE)
    typer.echo(f"{person.email} is active.")


def found(email: str, project: str) -> "tuple[Administration, Person]":
    """The account that the command is about."""
    from mudguard.app import milliseconds
    from mudguard.rules.refusals import Refused
    from mudguard.server import load_settings, prepare
    from mudguard.users.administration import Administration

    _, database = prepare(load_settings())
    administration = Administration(database=database, clock=milliseconds)
    person = administration.find(email, project_id=project)
    if isinstance(person, Refused):
        _fail(_told(person))
    return administration, person


def _services() -> "Services":
    from mudguard.app import Services
    from mudguard.server import load_settings, prepare

    settings = load_settings()
    keyring, database = prepare(settings)
    return Services(settings, keyring, database)


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


def _told(refused: "Refused") -> str:
    if isinstance(refused.details, dict):
        return "; ".join(f"{field}: {text}" for field, text in refused.details.items())
    return refused.text or refused.code.value


def _fail(text: str) -> NoReturn:
    typer.echo(f"mudguard: {text}", err=True)
    raise typer.Exit(1)
