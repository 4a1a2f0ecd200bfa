"""What no request can do: changes made straight in the database."""

from typing import Any

from sqlalchemy import LargeBinary, literal, select, text, type_coerce, update

from mudguard.store import people
from mudguard.store.tables import two_factor
from tests.support.server import Server


def set_person(server: Server, person_id: str, **columns: object) -> None:
    """Set columns of a person."""
    server.inspect().write(people.change, person_id, **columns)


def stored_person(server: Server, person_id: str) -> people.Person:
    """A person as the database has them."""
    found = server.inspect().read(people.find, person_id)
    assert found is not None
    return found


def stored_two_factor(server: Server, person_id: str) -> dict[str, Any]:
    """The row of a person's second factor, by its columns, as it is stored."""
    columns = [
        type_coerce(column, LargeBinary).label(column.name) if column.name.endswith("_failures") else column
        for column in two_factor.c
    ]
    (row,) = server.inspect().rows(select(*columns).where(two_factor.c.person_id == person_id))
    return row


def set_two_factor(server: Server, person_id: str, **columns: object) -> None:
    """Set columns of a person's second factor; bytes as they are."""
    values = {
        name: literal(value, LargeBinary) if isinstance(value, bytes) else value for name, value in columns.items()
    }
    server.inspect().execute(update(two_factor).where(two_factor.c.person_id == person_id).values(values))


def alter_last_byte(server: Server, person_id: str, column: str) -> None:
    """Flip a bit of the last byte of a column of a person's second factor."""
    whole: bytes = stored_two_factor(server, person_id)[column]
    set_two_factor(server, person_id, **{column: whole[:-1] + bytes([whole[-1] ^ 1])})


def spoil_password_failures(server: Server) -> None:
    """Leave no count of wrong passwords whole, of whatever account."""
    spoilt = text("UPDATE password_failures SET failures = :spoilt")
    server.inspect().execute(spoilt.bindparams(spoilt=b"not whole"))
