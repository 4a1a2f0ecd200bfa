"""PostgreSQL 15 or newer, by psycopg; PgBouncer in transaction mode may stand before it."""
