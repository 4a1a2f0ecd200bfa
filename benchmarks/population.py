"""A database full of people, written in bulk through the store's own tables, as the server would have left it.

It goes on where it was interrupted. Secrets are sealed, and the audit trail is chained, with the key ring beside it.
"""

import asyncio
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, update

from benchmarks import rows
from benchmarks.people import ADDRESS, PASSWORD, SIGN_UP_GAP_MS, Cast
from mudguard.authn.clock import milliseconds
from mudguard.projects.service import new_project
from mudguard.rules.backup_codes import COUNT, DIGEST_BYTES, SALT_BYTES
from mudguard.rules.events import Event, EventType, Outcome, first_link, head_mac, link, stream_count_mac
from mudguard.rules.identity import RANDOM_ID_BYTES, email_key, new_id
from mudguard.rules.purposes import AUDIT_KEY, AUDIT_KEY_OWNER, AUTHENTICATOR_SECRET
from mudguard.security.field_cipher import FieldCipher
from mudguard.security.hashing import Argon2Parameters, PasswordHasher
from mudguard.security.hashing_pool import HashingPool
from mudguard.serving.boot import prepare
from mudguard.settings import Settings
from mudguard.store.organizations import Organization
from mudguard.store.people import PERSON
from mudguard.store.tables import (
    audit_streams,
    emails,
    instance,
    known_addresses,
    organizations,
    people,
    projects,
    security_events,
    sessions,
    two_factor,
)

BATCH = 10_000
"""People a transaction."""

_HASTE = ("synchronous=OFF", "cache_size=-400000", "foreign_keys=OFF", "secure_delete=OFF")

USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

_PLAIN_EVENTS = ((EventType.ACCOUNT_REGISTER, None), (EventType.SIGN_IN_PASSWORD, None))
_PROTECTED_EVENTS = (
    *_PLAIN_EVENTS,
    (EventType.TWO_FACTOR_SETUP, None),
    (EventType.TWO_FACTOR_VERIFY, "totp"),
    (EventType.SIGN_IN_PASSWORD, None),
    (EventType.SIGN_IN_SECOND_FACTOR, "totp"),
)
Progress = Callable[[int, float], None]
Rows = list[dict[str, Any]]


def populate(settings: Settings, count: int, *, progress: Progress = lambda _done, _left: None) -> Cast:
    """See to it that the database of `settings` holds `count` people; `progress` hears how many there are, and how many
    seconds the others will take.

    What is there already stays. While it writes SQLite waits for no disk: a power cut would cost the database.
    """
    ring, database = prepare(settings, upgrade=True)
    seal, started = FieldCipher(ring), time.monotonic()
    with rows.engine_of(settings, *_HASTE) as engine:
        cast = _cast(settings, engine)
        with engine.connect() as connection:
            done = begun_with = connection.scalar(select(func.count()).select_from(emails)) or 0
        while done < count:
            numbers = range(done, min(done + BATCH, count))
            with engine.begin() as connection:
                _write(connection, cast, seal, numbers)
            done = numbers.stop
            progress(done, (time.monotonic() - started) / (done - begun_with) * (count - done))
        if database.is_sqlite:
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.exec_driver_sql("PRAGMA optimize")
    os.sync()
    return cast


def _cast(settings: Settings, engine: Engine) -> Cast:
    """Whose database it is, from a file beside the key ring; with a new organisation and project for a new one."""
    path = settings.data_dir / "cast.json"
    if path.exists():
        return Cast(**json.loads(path.read_text()))
    now_ms = milliseconds()
    organization = Organization(new_id(now_ms, secrets.token_bytes(8)), "Northwind", "northwind", now_ms, now_ms)
    project = new_project(organization.id, "Shop", "shop", now_ms=now_ms)
    with engine.begin() as connection:
        connection.execute(insert(organizations), asdict(organization))
        connection.execute(insert(projects), asdict(project))
    first_at_ms = now_ms - 2_000_000 * SIGN_UP_GAP_MS
    cast = Cast(secrets.token_hex(), project.id, first_at_ms, _password_hash(settings.argon2))
    path.write_text(json.dumps(asdict(cast)))
    return cast


def _password_hash(cost: Argon2Parameters) -> str:
    pool = HashingPool()
    try:
        return asyncio.run(PasswordHasher(cost, pool).hash(PASSWORD))
    finally:
        pool.close()


def _write(connection: Connection, cast: Cast, seal: FieldCipher, numbers: range) -> None:
    everybody = [cast.person(number) for number in numbers]
    connection.execute(insert(people), [PERSON.values(person, people) for person in everybody])
    connection.execute(
        insert(emails),
        [{"realm": person.realm, "email_key": email_key(person.email), "person_id": person.id} for person in everybody],
    )
    connection.execute(insert(sessions), [session_row(cast, number, now_ms=milliseconds()) for number in numbers])
    connection.execute(
        insert(known_addresses),
        [{"person_id": person.id, "address": ADDRESS, "last_seen_at": person.last_login_at} for person in everybody],
    )
    protected = [_second_factor(cast, number, seal) for number in numbers if cast.has_second_factor(number)]
    if protected:
        connection.execute(insert(two_factor), protected)
    _write_trail(connection, _audit_key(connection, seal), list(_events(cast, numbers)))


def session_row(cast: Cast, number: int, *, now_ms: int, generation: int = 0) -> dict[str, Any]:
    """The session of a person, who signed in just now."""
    token = cast.refresh_token(number, generation)
    return {
        "person_id": token.person_id,
        "id": token.session_id,
        "auth_time": now_ms,
        "methods": ("pwd", "otp", "mfa") if cast.has_second_factor(number) else ("pwd",),
        "refresh_family_hash": token.family_hash,
        "refresh_hash": token.secret_hash,
        "created_at": now_ms,
        "last_used_at": now_ms,
        "address": ADDRESS,
        "user_agent": USER_AGENT,
    }


def _second_factor(cast: Cast, number: int, seal: FieldCipher) -> dict[str, Any]:
    """A factor that is on. Its backup codes are digests of nothing: to hash ten for each would take hours."""
    person_id = cast.person_id(number)
    return {
        "person_id": person_id,
        "version": 2,
        "secret": seal.encrypt(cast.secret(number), owner=person_id, purpose=AUTHENTICATOR_SECRET),
        "enabled_at": cast.signed_up_at(number),
        "last_step": None,
        "backup_salt": secrets.token_bytes(SALT_BYTES),
        "backup_digests": secrets.token_bytes(COUNT * DIGEST_BYTES),
        "backup_cost": Argon2Parameters(),
        "backup_used": 0,
        "totp_failures": (),
        "backup_failures": (),
    }


def _events(cast: Cast, numbers: range) -> Iterator[Event]:
    for number in numbers:
        person_id, at = cast.person_id(number), cast.signed_up_at(number)
        kinds = _PROTECTED_EVENTS if cast.has_second_factor(number) else _PLAIN_EVENTS
        for turn, (kind, factor) in enumerate(kinds):
            moment = at + turn
            yield Event(
                id=new_id(moment, secrets.token_bytes(RANDOM_ID_BYTES)),
                person_id=person_id,
                project_id=cast.project_id,
                at=moment,
                type=kind,
                outcome=Outcome.SUCCESS,
                reason=None,
                factor=factor,
                actor=person_id,
                address=ADDRESS,
                request_id=secrets.token_hex(8),
            )


def _audit_key(connection: Connection, seal: FieldCipher) -> bytes:
    sealed = connection.execute(select(instance.c.audit_key)).scalar_one()
    return seal.decrypt(sealed, owner=AUDIT_KEY_OWNER, purpose=AUDIT_KEY)


def _write_trail(connection: Connection, key: bytes, events: list[Event]) -> None:
    """The events as a stream of its own, as a connection of the server would have written it."""
    stream = new_id(events[0].at, secrets.token_bytes(RANDOM_ID_BYTES))
    written: Rows = []
    last = first_link(key, stream)
    for position, happened in enumerate(events, start=1):
        last = link(key, last, position, happened)
        written.append(
            {
                **{name: getattr(happened, name) for name in Event.__slots__},
                "stream": stream,
                "position": position,
                "link": last,
            }
        )
    connection.execute(insert(security_events), written)
    connection.execute(
        insert(audit_streams).values(
            id=stream,
            started_at=events[0].at,
            length=len(events),
            last_link=last,
            seal=head_mac(key, stream, len(events), last),
        )
    )
    streams = (connection.scalar(select(instance.c.audit_streams)) or 0) + 1
    connection.execute(update(instance).values(audit_streams=streams, audit_seal=stream_count_mac(key, streams)))
