"""Alembic's way in: migrations run on the connection and in the transaction of whoever calls."""

from alembic import context

from mudguard.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=False)
context.run_migrations()
