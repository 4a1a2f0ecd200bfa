"""Alembic's entry point. Migrations run on the caller's connection, in the caller's transaction."""

from alembic import context

from mudguard.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=False)
context.run_migrations()
