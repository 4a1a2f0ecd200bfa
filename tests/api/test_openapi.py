"""The OpenAPI document: the committed one is the served one, valid, complete, and by its official names."""

import operator
import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from pydantic import BaseModel

from mudguard.rules.refusals import ErrorCode
from mudguard.serving.application import OPERATIONS as DESCRIBED
from mudguard.web.inputs import JsonBody
from mudguard.web.operations import Operation as DescribedOperation
from tests.support.answers import ERROR_KEYS
from tests.support.operations import COMMITTED, DOCUMENT, OPERATIONS, WITH_A_BODY, Operation
from tests.support.server import Server

SETUP_SUMMARY = "Initiate two-factor authentication setup (secret, QR code, backup codes)"
SETUP_DESCRIPTION = (
    "Initiates two-factor authentication setup for the current user. Returns a secret, QR code, and manual entry key "
    "for the user to add to an authenticator app. Requires JWT Bearer token (BearerToken). API keys are not supported."
)

OFFICIAL_IDS = {
    "POST /api/auth/register": "registerUser",
    "POST /api/auth/login": "loginUser",
    "GET /api/auth/session": "getCurrentSession",
    "POST /api/auth/logout": "logoutUser",
    "POST /api/auth/refresh": "refreshToken",
    "POST /api/auth/local/register": "registerLocalUser",
    "POST /api/auth/local/login": "loginLocalUser",
    "GET /api/auth/local/session": "getLocalSession",
    "POST /api/auth/local/logout": "logoutLocalUser",
    "GET /api/users/me": "getCurrentUser",
    "PATCH /api/users/update": "updateUserProfile",
    "PATCH /api/users/password": "changePassword",
    "GET /api/users/me/export": "exportUserData",
    "POST /api/users/me/erase": "eraseUserData",
    "POST /api/users/2fa/setup": "setup2FA",
    "POST /api/users/2fa/verify": "verify2FA",
    "POST /api/users/2fa/disable": "disable2FA",
    "GET /api/projects/{orgId}/projects": "listProjects",
    "POST /api/projects/{orgId}/projects": "createProject",
    "GET /api/projects/{orgId}/projects/{id}": "getProject",
    "PATCH /api/projects/{orgId}/projects/{id}": "updateProject",
    "DELETE /api/projects/{orgId}/projects/{id}": "deleteProject",
    "GET /api/api-keys": "listApiKeys",
    "POST /api/api-keys": "createApiKey",
    "PATCH /api/api-keys/{id}": "updateApiKey",
    "DELETE /api/api-keys/{id}": "deleteApiKey",
    "POST /api/api-keys/{id}/regenerate": "regenerateApiKey",
    "GET /api/api-keys/{id}/usage": "getApiKeyUsage",
    "GET /health": "healthCheck",
}
OURS_ALONE = {
    "POST /api/auth/2fa/challenge",
    "GET /api/users/2fa",
    "POST /api/users/2fa/backup-codes",
    "GET /api/users/me/sessions",
    "DELETE /api/users/me/sessions/{id}",
    "GET /api/users/me/security-events",
    "GET /api/projects/{orgId}/projects/{id}/security-events",
    "GET /livez",
    "GET /readyz",
    "GET /.well-known/jwks.json",
}

every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=str)


def through(model: type[BaseModel], example: dict[str, Any]) -> dict[str, Any]:
    """`example` read by `model` and written again, which keeps only the keys that it knows."""
    read = model.model_validate(example, by_alias=True, by_name=False)
    return read.model_dump(mode="json", by_alias=True, exclude_unset=True)


def media(described: dict[str, Any]) -> dict[str, Any]:
    """The JSON in a response or request body."""
    found: dict[str, Any] = described["content"]["application/json"]
    return found


def errors_of(operation: Operation) -> dict[str, dict[str, Any]]:
    return {status: found for status, found in operation.described["responses"].items() if status >= "4"}


def error_codes(operation: Operation) -> set[str]:
    return {code for found in errors_of(operation).values() for code in media(found)["examples"]}


def references(part: object) -> Iterator[str]:
    """Every `$ref` at any depth."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref":
                yield value
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_the_committed_document_is_the_served_one(server: Server) -> None:
    response = server.client.get("/openapi.json")
    assert response.headers["Content-Type"] == "application/json"
    assert response.text == COMMITTED.read_text("utf-8")


def test_it_is_openapi_3_1(server: Server) -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(DOCUMENT).validate()


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        found: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def test_no_schema_is_left_over() -> None:
    used = {reference.rpartition("/")[2] for reference in references(DOCUMENT)}
    assert used == set(DOCUMENT["components"]["schemas"])


def test_operations_are_the_official_ones_by_their_names_and_a_few_of_our_own() -> None:
    by_name = {str(operation): operation.described["operationId"] for operation in OPERATIONS}
    assert {name: by_name[name] for name in OFFICIAL_IDS} == OFFICIAL_IDS
    assert set(by_name) - set(OFFICIAL_IDS) == OURS_ALONE


def test_every_name_of_an_operation_is_its_own() -> None:
    names = [operation.described["operationId"] for operation in OPERATIONS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("space", [chr(code) for code in range(0x3001) if chr(code).isspace()], ids=ascii)
def test_a_name_that_is_refused_as_empty_is_none_by_its_schema_either(space: str) -> None:
    pattern = DOCUMENT["components"]["schemas"]["RegisterRequest"]["properties"]["firstName"]["pattern"]
    assert re.search(pattern, space) is None


def test_setup_is_described_in_the_words_of_the_official_api() -> None:
    (setup,) = [operation for operation in OPERATIONS if operation.described["operationId"] == "setup2FA"]
    assert (setup.described["summary"], setup.described["description"]) == (SETUP_SUMMARY, SETUP_DESCRIPTION)
    assert setup.described["responses"]["200"]["description"] == "2FA setup data"
    assert {status: errors_of(setup)[status]["description"] for status in ("400", "401", "403")} == {
        "400": "Bad request or validation error.",
        "401": "Authentication required or invalid token.",
        "403": "Access denied or insufficient permissions.",
    }


@every_operation
def test_it_has_summary_description_tag_and_security(operation: Operation) -> None:
    described = operation.described
    assert described["summary"]
    assert described["description"].endswith((".", "`."))
    assert len(described["tags"]) == 1
    assert set(described["tags"]) <= {tag["name"] for tag in DOCUMENT["tags"]}
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert all(set(requirement) <= set(schemes) for requirement in described["security"])


@every_operation
def test_every_variable_of_its_path_is_described(operation: Operation) -> None:
    described = {each["name"]: each for each in operation.described.get("parameters", []) if each["in"] == "path"}
    assert set(described) == set(re.findall(r"{(\w+)}", operation.template))
    assert all(each["required"] for each in described.values())


@every_operation
def test_its_success_has_a_schema_and_an_example(operation: Operation) -> None:
    (success,) = [found for status, found in operation.described["responses"].items() if status < "3"]
    assert set(media(success)) == {"schema", "example"}


@pytest.mark.parametrize("operation", WITH_A_BODY, ids=str)
def test_its_body_has_a_schema_and_an_example(operation: Operation) -> None:
    assert set(media(operation.described["requestBody"])) == {"schema", "example"}


@every_operation
def test_every_error_has_an_example_of_each_code_in_the_shape_of_all_errors(operation: Operation) -> None:
    for found in errors_of(operation).values():
        assert media(found)["schema"] == {"$ref": "#/components/schemas/Error"}
        for code, example in media(found)["examples"].items():
            assert example["value"].keys() >= ERROR_KEYS
            assert (example["value"]["code"], example["value"]["path"]) == (code, operation.template)


@every_operation
def test_it_says_which_errors_follow_from_its_credentials_and_its_body(operation: Operation) -> None:
    codes = error_codes(operation)
    assert codes >= {"INTERNAL_ERROR", "SERVICE_UNAVAILABLE"}
    assert codes <= set(ErrorCode)
    if operation.needs_person:
        assert codes >= {
            "UNAUTHORIZED", "INVALID_TOKEN", "TOKEN_EXPIRED", "SESSION_REVOKED", "API_KEY_NOT_SUPPORTED",
            "ACCOUNT_DISABLED",
        }  # fmt: skip
    if operation.takes_body:
        assert codes >= {"VALIDATION_ERROR", "PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"}


@every_operation
def test_errors_to_be_waited_out_and_bad_credentials_have_their_headers(operation: Operation) -> None:
    for status, found in errors_of(operation).items():
        expected = {"401": {"WWW-Authenticate"}, "429": {"Retry-After"}, "503": {"Retry-After"}}.get(status, set())
        assert set(found["headers"]) == expected


@pytest.mark.parametrize("operation", DESCRIBED, ids=operator.attrgetter("id"))
def test_an_example_of_an_answer_is_one_that_the_server_could_have_sent(operation: DescribedOperation) -> None:
    assert through(operation.answers, dict(operation.example)) == operation.example


@pytest.mark.parametrize("operation", DESCRIBED, ids=operator.attrgetter("id"))
def test_an_example_of_a_body_is_one_that_the_server_takes(operation: DescribedOperation) -> None:
    if isinstance(operation.takes, JsonBody):
        example = dict(operation.request_example or {})
        assert through(operation.takes.model, example) == example


def test_the_schema_of_errors_has_the_documented_keys_and_every_code() -> None:
    schema = DOCUMENT["components"]["schemas"]["Error"]
    assert set(schema["required"]) == ERROR_KEYS
    assert schema["properties"]["code"]["enum"] == [code.value for code in ErrorCode]
