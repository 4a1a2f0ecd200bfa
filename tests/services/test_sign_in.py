"""Sign-ins at the same moment, and what may happen between the check of a password and its transaction."""

import asyncio
from pathlib import Path

from mudguard.authn.callers import Visitor
from mudguard.rules.refusals import Refused
from mudguard.serving.boot import prepare
from mudguard.sign_in.issuing import SignedIn
from mudguard.store.people import OPERATORS
from mudguard.wiring import Services
from tests.support.people import operator
from tests.support.server import Server, make_settings

VISITOR = Visitor("192.0.2.7", "Mozilla/5.0", "5f2b9c0e7a1d4c36")


def test_right_passwords_that_are_checked_while_one_is_hashed_anew_are_all_right(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        owner = operator(server)
    settings = make_settings(tmp_path, argon2_memory_kib=16)
    ring, database = prepare(settings)

    async def sign_in_at_once() -> list[SignedIn | Refused]:
        services = Services(settings, ring, database)
        login = services.sign_in.login
        outcomes = await asyncio.gather(
            *(login(OPERATORS, owner.email, owner.password, visitor=VISITOR) for _ in range(12))
        )
        await services.close()
        return outcomes

    assert [type(outcome) for outcome in asyncio.run(sign_in_at_once())] == [SignedIn] * 12
