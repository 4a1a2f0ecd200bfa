"""What no request can do: changes made straight in the database."""

from typing import Any

from sqlalchemy import select, update

from mudguard.store import people
from mudguard.store.tables import password_failures, two_factor
from tests.support.server import Server


def set_person(server: Server, person_id: str, **columns: object) -> None:
    """Set columns of a person."""
    server.inspect().transact(lambda connection: people.change(connection, person_id, **columns))


def stored_person(server: Server, person_id: str) -> people.Person:
    """A person as the database has them."""
    with server.inspect().reading() as connection:
        found = people.find(connection, person_id)
    assert found is not None
    return found


def stored_two_factor(server: Server, person_id: str) -> dict[str, Any]:
    """The row of a person's second factor, by its columns."""
    with server.inspect().reading() as connection:
        query = select(two_factor).where(two_factor.c.person_id == person_id)
        return dict(connection.execute(query).one()._mapping)


def set_two_factor(server: Server, person_id: str, **columns: object) -> None:
    """Set columns of a person's second factor."""
    change = update(two_factor).where(two_factor.c.person_id == person_id).values(columns)
    server.inspect().transact(lambda connection: connection.execute(change))


def alter_last_byte(server: Server, person_id: str, column: str) -> None:
    """Flip a bit of the last byte of a column of a person's second factor."""
    whole: bytes = stored_two_factor(server, person_id)[column]
    set_two_factor(server, person_id, **{column: whole[:-1] + bytes([whole[-1] ^ 1])})


def spoil_password_failures(server: Server) -> None:
    """Leave no count of wrong passwords whole, of whatever account."""
    change = update(password_failures).values(failures=b"not whole")
    server.inspect().transact(lambda connection: connection.execute(change))
