"""What paths exist and which methods they take."""

from fastapi import FastAPI
from starlette.routing import Match, Route
from starlette.types import Scope


def allowed_methods(app: FastAPI, scope: Scope) -> list[str]:
    """The methods that the path of `scope` takes, over all routes (RFC 9110 section 10.2.1)."""
    found: set[str] = set()
    for route in app.routes:
        if isinstance(route, Route) and route.matches(scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return sorted(found)


def template(scope: Scope) -> str:
    """The path template of the route that took the request, so that logs hold no ids; `-` if none did."""
    return getattr(scope.get("route"), "path", "-")
