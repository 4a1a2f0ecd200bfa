"""The command line. Commands import what they need when they run, so that `--help` is fast."""

import sys
from typing import Annotated

import typer

from mudguard.cli import audit, database, keys, people, serving, two_factor
from mudguard.errors import CommandError

app = typer.Typer(
    name="mudguard",
    help="A self-hosted second factor. Start with 'mudguard serve'.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(serving.serve)
app.command("openapi")(serving.openapi)
app.command("version")(serving.version)
app.add_typer(database.app, name="db")
app.add_typer(people.app, name="user")
app.add_typer(two_factor.app, name="2fa")
app.add_typer(audit.app, name="audit")
app.add_typer(keys.app, name="keys")


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and exit.", callback=serving.version_option, is_eager=True),
    ] = False,
) -> None:
    """Options before the command."""


def main() -> None:
    """Run the command line. Returns 0 for success, 1 for failure (one line on standard error), 2 for wrong usage."""
    try:
        app()
    except CommandError as error:
        sys.exit(f"mudguard: {error}")
