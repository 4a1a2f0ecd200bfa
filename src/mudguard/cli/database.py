"""`mudguard db`: the schema of the database."""

import typer

app = typer.Typer(help="The schema of the database.", no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Bring the schema up to date. Does nothing where it is."""
    from mudguard import server
    from mudguard.store import schema

    settings = server.load_settings()
    _, database = server.prepare(settings)
    current, _ = schema.versions(database)
    database.close()
    typer.echo(f"The schema is at version {current}.")


@app.command()
def status() -> None:
    """Say which version the schema has. Exit code 1 if it is not up to date."""
    from mudguard import server
    from mudguard.app import open_database
    from mudguard.store import schema

    database = open_database(server.load_settings())
    if database.is_missing():
        raise server.BootError(f"there is no database at {database.url.database} yet; 'mudguard db upgrade' makes it")
    current, latest = schema.versions(database)
    database.close()
    if current == latest:
        typer.echo(f"The schema is up to date (version {current}).")
    else:
        typer.echo(
            f"The schema is at version {current or 'none'}, this Mudguard wants {latest}: 'mudguard db upgrade'."
        )
        raise typer.Exit(1)
