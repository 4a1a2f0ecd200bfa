"""PostgreSQL 15 or newer, through psycopg, and through PgBouncer in transaction mode if there is one."""
