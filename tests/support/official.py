"""Mudbase's own Python client, as it comes, pointed at a server of ours."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mudbase import (
    ApiClient,
    ApiException,
    APIKeysApi,
    AuthenticationApi,
    Configuration,
    HealthApi,
    ProjectsApi,
    UsersApi,
)

from tests.support.people import Player
from tests.support.server import Server


class Official:
    """The client's groups of operations, signed in with `token` or, without one, not at all."""

    def __init__(self, server: Server, token: str | None = None) -> None:
        self._client = ApiClient(Configuration(host=server.url, access_token=token))
        self.auth = AuthenticationApi(self._client)
        self.users = UsersApi(self._client)
        self.projects = ProjectsApi(self._client)
        self.keys = APIKeysApi(self._client)
        self.health = HealthApi(self._client)

    def signed_in_as(self, player: Player) -> "Official":
        """The same client with the token of `player`."""
        return self.with_token(player.token)

    def with_token(self, token: str) -> "Official":
        """The same client with another token."""
        self._client.configuration.access_token = token
        return self

    def close(self) -> None:
        """Close the connections."""
        self._client.rest_client.pool_manager.clear()


@contextmanager
def official_client(server: Server) -> Iterator[Official]:
    """The client, for as long as it is needed."""
    client = Official(server)
    yield client
    client.close()


def told(error: ApiException) -> dict[str, Any]:
    """The body of the answer that the client turned into `error`."""
    body: dict[str, Any] = json.loads(error.body or "{}")
    return body


def header(error: ApiException, name: str) -> str:
    """A header of the answer that the client turned into `error`; empty if it was not there."""
    value: str = (error.headers or {}).get(name, "")
    return value
