"""`mudguard db`: the schema of the database."""

import typer

app = typer.Typer(help="Upgrade and check the database's schema.", no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Upgrade the schema. Does nothing if it is up to date."""
    from mudguard.serving import boot
    from mudguard.store import schema

    _, database = boot.prepare(boot.load_settings(), upgrade=True)
    current, _ = schema.versions(database)
    typer.echo(f"The schema is at version {current}.")


@app.command()
def status() -> None:
    """Say whether the schema is up to date. Exits with 1 if not."""
    from mudguard.serving import boot
    from mudguard.store import schema

    database = boot.existing_database(boot.load_settings())
    current, _ = schema.versions(database)
    typer.echo(f"The schema is up to date (version {current}).")
