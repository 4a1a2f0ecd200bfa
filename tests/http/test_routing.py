"""How endpoints are called: with what their dependencies give, or with what FastAPI finds in path and query."""

from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.applications import Starlette
from starlette.testclient import TestClient

from mudguard.http.routing import DirectRoute
from tests.support.server import Server

asked: list[str] = []


class Header:
    """A dependency that gives a header of the request."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def __call__(self, request: Request) -> str:
        asked.append(self._name)
        return request.headers[self._name]


First = Annotated[str, Depends(Header("first"))]
Second = Annotated[str, Depends(Header("second"))]


def client() -> TestClient:
    """A client of an application with an endpoint of each kind."""
    routes = APIRouter(route_class=DirectRoute)

    @routes.get("/direct")
    async def direct(one: First, two: Second) -> Response:
        return Response(f"{one} {two}")

    @routes.get("/nothing")
    async def nothing() -> Response:
        return Response("nothing")

    @routes.get("/general/{number}")
    async def general(one: First, number: Annotated[int, Path()], more: Annotated[int, Query()] = 7) -> Response:
        return Response(f"{one} {number} {more}")

    return TestClient(Starlette(routes=routes.routes), raise_server_exceptions=False)


def test_an_endpoint_gets_what_its_dependencies_give() -> None:
    assert client().get("/direct", headers={"first": "1", "second": "2"}).text == "1 2"


def test_dependencies_are_asked_in_the_order_of_the_arguments() -> None:
    asked.clear()
    client().get("/direct", headers={"first": "1", "second": "2"})
    assert asked == ["first", "second"]


def test_where_a_dependency_raises_the_next_is_not_asked() -> None:
    asked.clear()
    assert client().get("/direct", headers={"second": "2"}).status_code == 500
    assert asked == ["first"]


def test_an_endpoint_may_take_nothing() -> None:
    assert client().get("/nothing").text == "nothing"


def test_an_endpoint_may_take_path_and_query_as_well() -> None:
    assert client().get("/general/5?more=6", headers={"first": "1"}).text == "1 5 6"


@pytest.mark.parametrize(
    "path",
    ["/api/users/me", "/api/users/2fa/setup", "/api/auth/2fa/challenge", "/api/auth/refresh", "/api/auth/local/login"],
)
def test_what_every_sign_in_asks_for_is_answered_directly(server: Server, path: str) -> None:
    (route,) = (route for route in server.app.routes if getattr(route, "path", "") == path)
    assert isinstance(route, DirectRoute)
    assert route.app == route._answer
