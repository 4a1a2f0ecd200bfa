"""`mudguard serve`, `openapi`, `version`."""

from typing import Annotated

import typer


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 5000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that serve.")] = 1,
) -> None:
    """Run the server. On SQLite the schema is brought up to date first.

    Settings come from MUDGUARD_* variables, or from the TOML file that MUDGUARD_CONFIG names. SIGTERM and Ctrl-C finish
    the requests in flight, then stop.
    """
    from mudguard import server

    settings = server.load_settings()

    def announce(address: str) -> None:
        typer.echo(f"Mudguard listens on {address} (its OpenAPI document: {address}/openapi.json)")

    server.serve(settings, host=host, port=port, workers=workers, announce=announce)


def openapi() -> None:
    """Print the OpenAPI document of this version."""
    from mudguard.app import create_app
    from mudguard.http.openapi import text
    from mudguard.security.keyring import KEY_BYTES, Key, Keyring
    from mudguard.server import load_settings

    app = create_app(load_settings(), Keyring([Key.of(bytes(KEY_BYTES))]))
    typer.echo(text(app), nl=False)


def version() -> None:
    """Print the version."""
    from mudguard import __version__

    typer.echo(__version__)
