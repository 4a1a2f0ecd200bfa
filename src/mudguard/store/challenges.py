"""Challenges: sign-ins that wait for a second factor. One that is over is removed."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from mudguard.store.tables import challenges


@dataclass(frozen=True, slots=True)
class Challenge:
    """A password was right at `password_version`; the second factor is outstanding."""

    person_id: str
    id: str
    password_version: int
    failures: int
    expires_at: int


def add(connection: Connection, challenge: Challenge) -> None:
    """Begin a challenge."""
    connection.execute(
        insert(challenges).values({column.name: getattr(challenge, column.name) for column in challenges.c})
    )


def find(connection: Connection, person_id: str, challenge_id: str) -> Challenge | None:
    """The challenge, if it is not over."""
    row = connection.execute(
        select(challenges).where(challenges.c.person_id == person_id, challenges.c.id == challenge_id)
    ).one_or_none()
    return None if row is None else Challenge(*row)


def claim(connection: Connection, challenge: Challenge) -> bool:
    """Use `challenge` up; False if that was done already."""
    claimed = connection.execute(
        delete(challenges).where(challenges.c.person_id == challenge.person_id, challenges.c.id == challenge.id)
    )
    return claimed.rowcount == 1


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
