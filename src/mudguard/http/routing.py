"""What paths exist, which methods they take, and how their endpoints are called."""

from collections.abc import Awaitable, Callable
from inspect import signature
from typing import Any, get_type_hints

from fastapi import Request
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.params import Depends
from fastapi.routing import APIRoute
from starlette.applications import Starlette
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

_Dependency = Callable[[Request], Awaitable[Any]]


class DirectRoute(APIRoute):
    """A route as FastAPI describes it, that asks its dependencies itself where it takes nothing else (ADR 27).

    Such dependencies are given the request and awaited, in the order of the endpoint's arguments. A route that also
    takes something from the path or the query goes through FastAPI's general machinery.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        dependencies = _dependencies_of(endpoint)
        if dependencies is None:
            self.app = AsyncExitStackMiddleware(self.app)
        else:
            self._dependencies = dependencies
            self.app = self._answer

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the route takes a request. FastAPI looks for routers within routers first; there are none."""
        match, found = Route.matches(self, scope)
        if match is not Match.NONE:
            found["route"] = self
        return match, found

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        arguments = {name: await dependency(request) for name, dependency in self._dependencies.items()}
        response = await self.endpoint(**arguments)
        await response(scope, receive, send)


def allowed_methods(app: Starlette, scope: Scope) -> list[str]:
    """The methods that the path of `scope` takes, over all routes (RFC 9110 section 10.2.1)."""
    found: set[str] = set()
    for route in app.routes:
        if isinstance(route, Route) and route.matches(scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return sorted(found)


def template(scope: Scope) -> str:
    """The path template of the route that took the request, so that logs hold no ids; `-` if none did."""
    return getattr(scope.get("route"), "path", "-")


def _dependencies_of(endpoint: Callable[..., Any]) -> dict[str, _Dependency] | None:
    """What gives each argument, by its name; None if something other than the request gives one."""
    annotations = get_type_hints(endpoint, include_extras=True)
    found: dict[str, _Dependency] = {}
    for name in signature(endpoint).parameters:
        for mark in getattr(annotations[name], "__metadata__", ()):
            if (
                isinstance(mark, Depends)
                and mark.dependency
                and [*signature(mark.dependency).parameters] == ["request"]
            ):
                found[name] = mark.dependency
        if name not in found:
            return None
    return found
