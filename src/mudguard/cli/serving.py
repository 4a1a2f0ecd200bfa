"""`mudguard serve`, `openapi`, `version`."""

from typing import Annotated

import typer


def serve(
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="NUMBER", min=0, max=65535, help="Port to listen on. 0 takes a free one.")
    ] = 5000,
    workers: Annotated[int, typer.Option(metavar="NUMBER", min=1, max=64, help="Number of processes.")] = 1,
) -> None:
    """Run the server. On SQLite this first upgrades the schema.

    Settings come from MUDGUARD_* variables, or from the TOML file that MUDGUARD_CONFIG names. On SIGTERM or Ctrl-C the
    server finishes the requests in flight, then stops.
    """
    from mudguard.serving import boot, server

    settings = boot.load_settings()

    def announce(address: str) -> None:
        documentation = f" (its documentation: {address}/docs)" if settings.docs == "on" else ""
        typer.echo(f"Mudguard listens on {address}{documentation}")

    server.serve(settings, host=host, port=port, workers=workers, announce=announce)


def openapi() -> None:
    """Print the OpenAPI document of this version."""
    from mudguard.serving.application import OPERATIONS
    from mudguard.web.openapi import text

    typer.echo(text(OPERATIONS), nl=False)


def version() -> None:
    """Print the version."""
    from mudguard import __version__

    typer.echo(__version__)


def version_option(wanted: bool) -> None:
    """`mudguard --version` does the same as `mudguard version`."""
    if wanted:
        version()
        raise typer.Exit
