"""Limits per address that two servers share through Valkey."""

from contextlib import ExitStack
from pathlib import Path

from mudguard.web.rate_limits import PER_MINUTE, RateLimitedAction
from tests.support.processes import ServerProcess
from tests.support.valkey import ValkeyServer


def test_two_servers_let_no_more_through_than_one(
    tmp_path: Path, machine: dict[str, str], valkey: ValkeyServer
) -> None:
    starting = [
        ServerProcess(tmp_path, umask=-1, ip_limits="on", trusted_proxies="127.0.0.1", valkey_url=valkey.url, **machine)
        for _ in range(2)
    ]
    with ExitStack() as stack:
        servers = [stack.enter_context(server) for server in starting]
        statuses = []
        for number in range(PER_MINUTE[RateLimitedAction.CHALLENGE] + 20):
            body = {"challengeToken": "no challenge", "token": "123456"}
            headers = {"X-Forwarded-For": "198.51.100.7"}
            statuses.append(
                servers[number % 2].client.post("/api/auth/2fa/challenge", json=body, headers=headers).status_code
            )
    assert statuses == [401] * PER_MINUTE[RateLimitedAction.CHALLENGE] + [429] * 20
