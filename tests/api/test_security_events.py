"""Security events: what is done to an account, or tried, is recorded with how it ended, and can be looked up."""

from collections.abc import Callable

import pytest

from mudguard.rules.events import Event, EventType
from mudguard.store import audit
from mudguard.store.audit import Filter
from tests.support.faults import database_locked
from tests.support.people import PASSWORD, Player, first_project, operator, person
from tests.support.server import Server
from tests.support.trail import problems_at

pytestmark = pytest.mark.both_databases

Act = Callable[[Player], object]

NEW_PASSWORD = "another horse battery"
WRONG = "not my password"
HOUR = 3600


@pytest.fixture
def enrolled(member: Player) -> Player:
    """A person of a project whose 2FA is on."""
    return member.enrol()


def recorded(server: Server, person_id: str) -> list[Event]:
    """What the trail has of a person's account, the newest first."""
    return server.inspect().read(audit.events, Filter(person_id=person_id), most=100)


def told(event: Event) -> tuple[str, str | None, str | None]:
    """Type, reason of refusal, and factor."""
    assert (event.outcome.value == "success") == (event.reason is None)
    return event.type.value, event.reason, event.factor


def change_password(player: Player, current: str, new: str = NEW_PASSWORD) -> object:
    return player.patch("/api/users/password", {"currentPassword": current, "newPassword": new})


def log_in(player: Player, password: str) -> object:
    player.password = password
    return player.login()


def disable(player: Player, password: str, code: str) -> object:
    return player.post("/api/users/2fa/disable", {"password": password, "token": code})


def erase(player: Player, password: str, code: str = "") -> object:
    body = {"confirm": "DELETE", "currentPassword": password, **({"totpToken": code} if code else {})}
    return player.post("/api/users/me/erase", body)


def verify_wrongly(player: Player) -> object:
    player.begin_setup()
    return player.post("/api/users/2fa/verify", {"token": player.wrong_code()})


def set_up_long_after_sign_in(player: Player) -> object:
    player.clock.advance(HOUR + 60)
    renewed = player.refreshed()
    return renewed.post("/api/users/2fa/setup")


def refresh_twice(player: Player) -> object:
    player.refresh()
    return player.refresh()


WITHOUT_2FA: dict[str, tuple[Act, tuple[str, str | None, str | None]]] = {
    "sign-up": (lambda _: None, ("account.register", None, None)),
    "sign-in": (lambda player: player.login(), ("sign_in.password", None, None)),
    "wrong password": (lambda player: log_in(player, WRONG), ("sign_in.password", "INVALID_CREDENTIALS", None)),
    "profile": (lambda player: player.patch("/api/users/update", {"firstName": "P"}), ("profile.update", None, None)),
    "new password": (lambda player: change_password(player, PASSWORD), ("password.change", None, None)),
    "new password without the old": (
        lambda player: change_password(player, WRONG), ("password.change", "INVALID_PASSWORD", None),
    ),
    "new password that is none": (
        lambda player: change_password(player, PASSWORD, "password123"), ("password.change", "VALIDATION_ERROR", None),
    ),
    "setup": (lambda player: player.begin_setup(), ("two_factor.setup", None, None)),
    "setup long after sign-in": (
        set_up_long_after_sign_in, ("two_factor.setup", "REAUTHENTICATION_REQUIRED", None),
    ),
    "verify": (lambda player: player.enrol(), ("two_factor.verify", None, "totp")),
    "verify wrongly": (verify_wrongly, ("two_factor.verify", "INVALID_TWO_FACTOR_CODE", "totp")),
    "verify nothing": (
        lambda player: player.post("/api/users/2fa/verify", {"token": "000000"}),
        ("two_factor.verify", "TWO_FACTOR_SETUP_NOT_STARTED", "totp"),
    ),
    "log-out": (lambda player: player.post("/api/auth/local/logout"), ("session.revoke", None, None)),
    "no such session": (
        lambda player: player.delete(f"/api/users/me/sessions/{'0' * 24}"), ("session.revoke", "NOT_FOUND", None),
    ),
    "used refresh token": (refresh_twice, ("session.refresh", "INVALID_REFRESH_TOKEN", None)),
    "erasure": (lambda player: erase(player, PASSWORD), ("account.erase", None, None)),
    "erasure with a wrong password": (
        lambda player: erase(player, WRONG), ("account.erase", "INVALID_PASSWORD", None),
    ),
}  # fmt: skip

WITH_2FA: dict[str, tuple[Act, tuple[str, str | None, str | None]]] = {
    "first step": (lambda player: player.login(), ("sign_in.password", "TWO_FACTOR_REQUIRED", None)),
    "both steps at once": (
        lambda player: player.login(totpToken=player.fresh_code()), ("sign_in.password", None, "totp"),
    ),
    "second step": (
        lambda player: player.answer(player.challenge(), player.fresh_code()), ("sign_in.second_factor", None, "totp"),
    ),
    "second step with a backup code": (
        lambda player: player.answer(player.challenge(), player.backup_codes[0]),
        ("sign_in.second_factor", None, "backup_code"),
    ),
    "second step with a wrong code": (
        lambda player: player.answer(player.challenge(), player.wrong_code()),
        ("sign_in.second_factor", "INVALID_TWO_FACTOR_CODE", "totp"),
    ),
    "second step with a wrong backup code": (
        lambda player: player.answer(player.challenge(), "00000000x"),
        ("sign_in.second_factor", "INVALID_TWO_FACTOR_CODE", "backup_code"),
    ),
    "too many wrong codes": (
        lambda player: [player.login(totpToken=player.wrong_code()) for _ in range(6)],
        ("sign_in.password", "TOO_MANY_ATTEMPTS", "totp"),
    ),
    "setup over what is on": (
        lambda player: player.post("/api/users/2fa/setup"), ("two_factor.setup", "TWO_FACTOR_ALREADY_ENABLED", None),
    ),
    "replacement": (
        lambda player: player.begin_setup({"token": player.fresh_code()}), ("two_factor.setup", None, "totp"),
    ),
    "new backup codes": (
        lambda player: player.post("/api/users/2fa/backup-codes", {"token": player.fresh_code()}),
        ("two_factor.backup_codes", None, "totp"),
    ),
    "new backup codes with a wrong code": (
        lambda player: player.post("/api/users/2fa/backup-codes", {"token": player.wrong_code()}),
        ("two_factor.backup_codes", "INVALID_TWO_FACTOR_CODE", "totp"),
    ),
    "disable": (lambda player: disable(player, PASSWORD, player.fresh_code()), ("two_factor.disable", None, "totp")),
    "disable by a backup code": (
        lambda player: disable(player, PASSWORD, player.backup_codes[0]), ("two_factor.disable", None, "backup_code"),
    ),
    "disable with a wrong password": (
        lambda player: disable(player, WRONG, player.fresh_code()), ("two_factor.disable", "INVALID_PASSWORD", "totp"),
    ),
    "erasure": (lambda player: erase(player, PASSWORD, player.fresh_code()), ("account.erase", None, "totp")),
    "erasure without a code": (
        lambda player: erase(player, PASSWORD), ("account.erase", "INVALID_TWO_FACTOR_CODE", None),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WITHOUT_2FA)
def test_without_2fa_an_operation_is_recorded_with_how_it_ended(server: Server, member: Player, name: str) -> None:
    act, expected = WITHOUT_2FA[name]
    act(member)
    newest = recorded(server, member.person_id)[0]
    assert told(newest) == expected
    assert (newest.actor, newest.project_id) == (member.person_id, member.project_id)


@pytest.mark.parametrize("name", WITH_2FA)
def test_with_2fa_an_operation_is_recorded_with_its_factor_and_how_it_ended(
    server: Server, enrolled: Player, name: str
) -> None:
    act, expected = WITH_2FA[name]
    act(enrolled)
    assert told(recorded(server, enrolled.person_id)[0]) == expected


def test_one_operation_is_one_event(server: Server, member: Player) -> None:
    member.enrol()
    types = [event.type for event in recorded(server, member.person_id)]
    assert types == [EventType.TWO_FACTOR_VERIFY, EventType.TWO_FACTOR_SETUP, EventType.ACCOUNT_REGISTER]


@pytest.mark.parametrize("look", ["/api/users/me", "/api/users/2fa", "/api/users/me/security-events"])
def test_looking_is_not_recorded(server: Server, member: Player, look: str) -> None:
    before = recorded(server, member.person_id)
    member.get(look)
    assert recorded(server, member.person_id) == before


def test_an_event_says_from_where_and_by_which_request(server: Server, member: Player) -> None:
    response = member.login()
    newest = recorded(server, member.person_id)[0]
    assert (newest.address, newest.request_id) == ("127.0.0.1", response.headers["X-Request-Id"])
    assert server.clock() - HOUR * 1000 < newest.at <= server.clock()


def test_an_attempt_at_an_address_that_nobody_has_is_recorded_without_it(server: Server, owner: Player) -> None:
    body = {"projectId": first_project(owner), "email": "nobody@customers.test", "password": WRONG}
    request_id = server.client.post("/api/auth/local/login", json=body).headers["X-Request-Id"]
    (event,) = [event for event in recorded(server, "") if event.request_id == request_id]
    assert told(event) == ("sign_in.password", "INVALID_CREDENTIALS", None)
    assert (event.actor, event.project_id) == ("", first_project(owner))
    assert "nobody@" not in repr(event)


def test_nothing_secret_is_in_the_trail(server: Server, member: Player) -> None:
    setup = member.begin_setup()
    codes = [member.code()]
    member.post("/api/users/2fa/verify", {"token": codes[0]})
    challenge = member.challenge()
    codes.append(member.fresh_code())
    pair = member.answer(challenge, codes[1]).json()
    log_in(member, WRONG)
    tokens = [member.token, member.refresh_token, challenge, pair["token"], pair["refreshToken"]]
    secrets = [PASSWORD, WRONG, setup["secret"], *setup["backupCodes"], *codes, *tokens, member.email]
    shown = repr(
        [(event.type, event.reason, event.factor, event.actor) for event in recorded(server, member.person_id)]
    )
    shown += member.get("/api/users/me/security-events").text
    assert [secret for secret in secrets if secret in shown] == []


def test_what_was_put_off_is_not_recorded_and_the_trail_stays_whole(server: Server, member: Player) -> None:
    before = recorded(server, member.person_id)
    with database_locked(server):
        assert member.post("/api/users/2fa/setup").status_code == 503
    assert recorded(server, member.person_id) == before
    assert problems_at(server) == []


def test_events_outlive_the_person(server: Server, member: Player) -> None:
    erase(member, PASSWORD)
    assert [told(event)[0] for event in recorded(server, member.person_id)] == ["account.erase", "account.register"]


def test_events_outlive_the_project(server: Server) -> None:
    owner = operator(server)
    project_id = first_project(owner)
    member = person(server, project_id)
    assert owner.delete(f"/api/projects/{owner.org_id}/projects/{project_id}").status_code == 200
    assert [told(event)[0] for event in recorded(server, member.person_id)] == ["account.register"]
    assert told(recorded(server, owner.person_id)[0]) == ("project.delete", None, None)
