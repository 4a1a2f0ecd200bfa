"""Whatever is sent as a body, the server has an answer to it: never a 5xx, and only documented errors."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.answers import ERROR_KEYS
from tests.support.operations import WITH_A_BODY, Operation
from tests.support.people import Player, operator
from tests.support.server import Server

BOUNDED = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

_text = st.text(st.characters(), max_size=40)  # with lone surrogates among them
_scalars = st.none() | st.booleans() | st.integers() | st.floats() | _text
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_text, inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def sender(server: Server) -> Player:
    """Somebody whose token every request carries."""
    return operator(server)


def bodies_like(example: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Bodies with the fields of `example`, each as it is, left out, or anything else; and some more fields."""
    fields = {name: st.just(value) | _values for name, value in example.items()}
    known = st.fixed_dictionaries({}, optional=fields)
    return st.builds(lambda more, body: {**more, **body}, st.dictionaries(_text, _values, max_size=2), known)


def check(sender: Player, operation: Operation, body: bytes) -> None:
    headers = {**sender.headers, "Content-Type": "application/json"}
    response = sender.client.request(operation.method, operation.path, content=body, headers=headers)
    assert response.status_code < 500, (body, response.text)
    documented = operation.described["responses"][str(response.status_code)]["content"]["application/json"]
    if response.is_error:
        assert response.json().keys() >= ERROR_KEYS
        assert response.json()["code"] in documented["examples"]


@pytest.mark.parametrize("operation", WITH_A_BODY, ids=str)
def test_any_bytes_have_an_answer(operation: Operation, sender: Player) -> None:
    @BOUNDED
    @given(st.binary(max_size=200))
    def fuzz(body: bytes) -> None:
        check(sender, operation, body)

    fuzz()


@pytest.mark.parametrize("operation", WITH_A_BODY, ids=str)
def test_any_json_has_an_answer(operation: Operation, sender: Player) -> None:
    @BOUNDED
    @given(_values)
    def fuzz(body: object) -> None:
        check(sender, operation, json.dumps(body).encode())

    fuzz()


@pytest.mark.parametrize("operation", WITH_A_BODY, ids=str)
def test_any_body_that_resembles_the_right_one_has_an_answer(operation: Operation, sender: Player) -> None:
    @BOUNDED
    @given(bodies_like(operation.body))
    def fuzz(body: dict[str, Any]) -> None:
        check(sender, operation, json.dumps(body).encode())

    fuzz()
