"""Operations: how their routes check, read and answer, and that each of the server's has one."""

from typing import Any, cast

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from starlette.testclient import TestClient

from mudguard.rules.refusals import ErrorCode, Refused
from mudguard.serving.application import OPERATIONS
from mudguard.web import errors
from mudguard.web.access import Access, AccessChecks
from mudguard.web.answers import Message
from mudguard.web.errors import RefusedError
from mudguard.web.inputs import NOTHING, JsonBody, Query, QueryModel, RequestModel
from mudguard.web.operations import Call, Operations
from tests.support.server import Server

SOME_ID = "0123456789ABCDEF01234567"


class Named(RequestModel):
    """A body."""

    first_name: str


class Counted(QueryModel):
    """A query."""

    how_many: int = 7


async def who(_checks: AccessChecks, request: Request) -> str:
    """The caller by a header of the request."""
    if "who" not in request.headers:
        raise RefusedError(Refused(ErrorCode.UNAUTHORIZED))
    return request.headers["who"]


greetings: Operations[str] = Operations("greetings")


@greetings.add(
    "POST", "/of/{orgId}/things/{id}", id="name", access=Access(who), takes=JsonBody(Named),
    summary="", description="", answered="", example={}, status=201,
)  # fmt: skip
async def name(service: str, call: Call[str, Named]) -> Message:
    return Message(message=f"{service} {call.caller}: {call.input.first_name} {dict(call.ids)}")


@greetings.add(
    "GET", "/things", id="count", access=Access(who), takes=Query(Counted),
    summary="", description="", answered="", example={},
)  # fmt: skip
async def count(_service: str, call: Call[str, Counted]) -> Message:
    return Message(message=str(call.input.how_many))


@greetings.add(
    "DELETE", "/things", id="delete", access=Access(who), takes=NOTHING,
    summary="", description="", answered="", example={},
)  # fmt: skip
async def delete(_service: str, call: Call[str, None]) -> Message:
    return Message(message=str(call.input))


@pytest.fixture
def client() -> TestClient:
    """A client of a server with these operations, as somebody."""
    app = Starlette(routes=greetings.routes("Hello", cast("AccessChecks", None)))
    app.state.clock = lambda: 0
    errors.install(app)

    async def with_id(scope: Any, receive: Any, send: Any) -> None:
        scope.setdefault("state", {})["request_id"] = "1"
        await app(scope, receive, send)

    return TestClient(with_id, headers={"who": "Kim"})


def test_an_endpoint_gets_service_caller_body_and_the_ids_in_lower_case(client: TestClient) -> None:
    response = client.post(f"/of/{SOME_ID}/things/{'A' * 24}", json={"firstName": "Lee"})
    assert response.json() == {"message": f"Hello Kim: Lee {{'orgId': '{SOME_ID.lower()}', 'id': '{'a' * 24}'}}"}


def test_an_answer_has_the_status_of_its_operation(client: TestClient) -> None:
    assert client.post(f"/of/{SOME_ID}/things/{SOME_ID}", json={"firstName": "Lee"}).status_code == 201


def test_the_caller_is_checked_before_the_body_is_read(client: TestClient) -> None:
    del client.headers["who"]
    assert client.post(f"/of/{SOME_ID}/things/{SOME_ID}", content=b"no JSON").json()["code"] == "UNAUTHORIZED"


@pytest.mark.parametrize("wrong", ["nothing", "0" * 23, "0" * 25, "g" * 24])
def test_what_is_no_id_is_refused_by_its_name(client: TestClient, wrong: str) -> None:
    response = client.post(f"/of/{SOME_ID}/things/{wrong}", json={"firstName": "Lee"})
    assert (response.status_code, response.json()["details"]) == (400, {"id": "must be 24 hex digits"})


@pytest.mark.parametrize(("query", "read"), [("", "7"), ("?howMany=3", "3"), ("?howMany=1&howMany=2&more=4", "2")])
def test_a_query_is_read_by_its_model(client: TestClient, query: str, read: str) -> None:
    assert client.get(f"/things{query}").json() == {"message": read}


def test_a_wrong_query_is_refused_by_its_parameter(client: TestClient) -> None:
    response = client.get("/things?howMany=many")
    assert (response.status_code, list(response.json()["details"])) == (400, ["howMany"])


def test_an_operation_may_take_nothing(client: TestClient) -> None:
    assert client.request("DELETE", "/things", content=b"whatever").json() == {"message": "None"}


def test_a_path_tells_which_methods_its_operations_have(client: TestClient) -> None:
    response = client.head("/things")
    assert (response.status_code, response.headers["Allow"]) == (405, "DELETE, GET")


def test_every_operation_has_one_route(server: Server) -> None:
    served = [(route.path, route.methods) for route in server.app.routes if isinstance(route, Route)]
    assert [served.count((operation.path, {operation.method})) for operation in OPERATIONS] == [1] * len(OPERATIONS)


def test_every_operation_has_an_id_of_its_own() -> None:
    assert len({operation.id for operation in OPERATIONS}) == len(OPERATIONS)
