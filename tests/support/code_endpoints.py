"""Every endpoint that takes a code while 2FA is on, called in one way, so that a rule can be tested at all of them.

A person of a project can use them all: an operator who owns an organisation in use cannot be erased.
"""

from collections.abc import Callable

import httpx2

from tests.support.people import Player

CodeEndpoint = Callable[[Player, object], httpx2.Response]


def challenge(player: Player, code: object) -> httpx2.Response:
    """The second step of a sign-in."""
    return player.answer(player.challenge(), code)


def one_step_login(player: Player, code: object) -> httpx2.Response:
    """Both steps of a sign-in at once."""
    return player.login(totpToken=code)


def new_backup_codes(player: Player, code: object) -> httpx2.Response:
    """A new set of backup codes."""
    return player.post("/api/users/2fa/backup-codes", {"token": code})


def replacement(player: Player, code: object) -> httpx2.Response:
    """A setup in place of the authenticator that is on."""
    return player.post("/api/users/2fa/setup", {"token": code})


def disable(player: Player, code: object) -> httpx2.Response:
    """2FA off."""
    return player.post("/api/users/2fa/disable", {"password": player.password, "token": code})


def erase(player: Player, code: object) -> httpx2.Response:
    """The account gone."""
    body = {"confirm": "DELETE", "currentPassword": player.password, "totpToken": code}
    return player.post("/api/users/me/erase", body)


PUBLIC: list[CodeEndpoint] = [challenge, one_step_login]
LASTING: list[CodeEndpoint] = [*PUBLIC, new_backup_codes, replacement]
"""Those after which the same authenticator is still in force."""

ALL: list[CodeEndpoint] = [*LASTING, disable, erase]


def wrong_code_answer(endpoint: CodeEndpoint) -> tuple[int, str]:
    """How `endpoint` turns a wrong code down: 401 is kept for bad bearers where a bearer is needed."""
    return 401 if endpoint in PUBLIC else 400, "INVALID_TWO_FACTOR_CODE"
