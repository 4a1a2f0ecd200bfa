"""Challenges: sign-ins that wait for a second factor. One that is over is removed."""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, delete, insert, select, update

from mudguard.store.prepared import Prepared
from mudguard.store.rows import column_values
from mudguard.store.tables import challenges


@dataclass(frozen=True, slots=True)
class Challenge:
    """A password was right at `credentials_version`; the second factor is outstanding."""

    person_id: str
    id: str
    credentials_version: int
    failures: int
    expires_at: int


_THIS = and_(challenges.c.person_id == bindparam("of_person"), challenges.c.id == bindparam("challenge_id"))
_ADD = Prepared(insert(challenges))
_FIND = Prepared(select(challenges).where(_THIS))
_CLAIM = Prepared(delete(challenges).where(_THIS))


def add(connection: Connection, challenge: Challenge) -> None:
    """Begin a challenge."""
    _ADD.run(connection, column_values(challenges, challenge))


def find(connection: Connection, person_id: str, challenge_id: str) -> Challenge | None:
    """The challenge, if it is not over."""
    row = _FIND.one(connection, {"of_person": person_id, "challenge_id": challenge_id})
    return None if row is None else Challenge(*row)


def claim(connection: Connection, challenge: Challenge) -> bool:
    """Use `challenge` up; False if that was done already."""
    return _CLAIM.run(connection, {"of_person": challenge.person_id, "challenge_id": challenge.id}) == 1


def count_failure(connection: Connection, challenge: Challenge) -> None:
    """Count a wrong code against `challenge`."""
    connection.execute(
        update(challenges)
        .where(challenges.c.person_id == challenge.person_id, challenges.c.id == challenge.id)
        .values(failures=challenges.c.failures + 1)
    )


def drop_all(connection: Connection, person_id: str) -> None:
    """End every challenge of a person."""
    connection.execute(delete(challenges).where(challenges.c.person_id == person_id))
