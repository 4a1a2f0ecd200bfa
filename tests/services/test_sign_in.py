"""The two halves of a sign-in, and what may happen between them."""

from pathlib import Path

from mudguard.boot import prepare
from mudguard.services import Services
from mudguard.sign_in.bearer import Visitor
from mudguard.sign_in.service import SignedIn, WeighedLogin
from mudguard.store.people import OPERATORS
from tests.support.people import operator
from tests.support.server import Server, make_settings

VISITOR = Visitor("192.0.2.7", "Mozilla/5.0", "5f2b9c0e7a1d4c36")


def test_right_passwords_that_were_weighed_before_one_was_hashed_anew_are_all_right(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        owner = operator(server)
    settings = make_settings(tmp_path, argon2_memory_kib=16)
    ring, database = prepare(settings)
    sign_in = Services(settings, ring, database).sign_in
    weighed = [sign_in.weigh_login(OPERATORS, owner.email, owner.password, visitor=VISITOR) for _ in range(12)]
    outcomes = [sign_in.login(each, visitor=VISITOR) for each in weighed if isinstance(each, WeighedLogin)]
    database.close()
    assert [type(outcome) for outcome in outcomes] == [SignedIn] * 12
