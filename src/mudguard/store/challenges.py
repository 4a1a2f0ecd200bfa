"""Challenges: sign-ins that wait for a second factor. A challenge that is over is removed."""

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, delete, insert, select, update

from mudguard.store.connection import Connection
from mudguard.store.records import Record, pair
from mudguard.store.statements import Query, Statement
from mudguard.store.tables import challenges


@dataclass(frozen=True, slots=True)
class Challenge:
    """The password was right at `credentials_version`. The second factor is still missing."""

    person_id: str
    id: str
    credentials_version: int
    failures: int
    expires_at: int


_CHALLENGE = Record(Challenge, *challenges.c)
_THIS = and_(challenges.c.person_id == bindparam("of_person"), challenges.c.id == bindparam("challenge_id"))
_FIND = Query(select(challenges).where(_THIS), _CHALLENGE.read)
_ADD = Statement(insert(challenges))
_CLAIM = Statement(delete(challenges).where(_THIS))
_COUNT_FAILURE = Statement(update(challenges).where(_THIS).values(failures=challenges.c.failures + 1))
_DROP_ALL = Statement(delete(challenges).where(challenges.c.person_id == bindparam("of_person")))
_EXPIRED = Query(
    select(challenges.c.person_id, challenges.c.id)
    .where(challenges.c.expires_at < bindparam("now"))
    .limit(bindparam("most")),
    pair,
)


async def add(connection: Connection, challenge: Challenge) -> None:
    """Begin a challenge."""
    await connection.run(_ADD, _CHALLENGE.values(challenge, challenges))


async def find(connection: Connection, person_id: str, challenge_id: str) -> Challenge | None:
    """The challenge, if it is not over."""
    return await connection.first(_FIND, _key(person_id, challenge_id))


async def claim(connection: Connection, challenge: Challenge) -> bool:
    """Use `challenge`. False if it was used already."""
    return await connection.run(_CLAIM, _key(challenge.person_id, challenge.id)) == 1


async def count_failure(connection: Connection, challenge: Challenge) -> None:
    """Count a wrong code against `challenge`."""
    await connection.run(_COUNT_FAILURE, _key(challenge.person_id, challenge.id))


async def drop_all(connection: Connection, person_id: str) -> None:
    """End every challenge of a person."""
    await connection.run(_DROP_ALL, {"of_person": person_id})


async def expired(connection: Connection, *, now_ms: int, most: int) -> list[tuple[str, str]]:
    """Person and id of at most `most` expired challenges."""
    return await connection.all(_EXPIRED, {"now": now_ms, "most": most})


async def remove(connection: Connection, found: list[tuple[str, str]]) -> None:
    """Remove challenges that are over."""
    await connection.run_many(_CLAIM, [_key(*each) for each in found])


def _key(person_id: str, challenge_id: str) -> dict[str, str]:
    return {"of_person": person_id, "challenge_id": challenge_id}
