"""A real PgBouncer in transaction mode before PostgreSQL, thrown away afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import make_url

from tests.support.ports import free_port
from tests.support.programs import folder_of, found, listening, unprivileged_user

_CONFIGURATION = """
[databases]
* = host=127.0.0.1 port={behind}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
server_reset_query_always = 0
"""
"""Three connections to PostgreSQL for all: fewer than the server has, so that they change hands all the time."""


@contextmanager
def running_pgbouncer(database_url: str) -> Iterator[str]:
    """The URL of the same database through a PgBouncer."""
    program = found("pgbouncer", package="pgbouncer")
    url, port, user = make_url(database_url), free_port(), unprivileged_user()
    with folder_of(user) as folder:
        configuration = folder / "pgbouncer.ini"
        users = folder / "users"
        configuration.write_text(_CONFIGURATION.format(folder=folder, behind=url.port, port=port))
        users.write_text(f'"{url.username}" ""\n')
        for file in (configuration, users):  # whatever the umask of the tests is: PgBouncer runs as somebody else
            file.chmod(0o644)
        with listening(program, str(configuration), port=port, folder=folder, user=user):
            yield url.set(port=port).render_as_string(hide_password=False)
