"""The page of an operation: everything that the seed's page has, without JavaScript."""

import json
import re
from html import unescape

import httpx2
import pytest

from mudguard.docs.error_guide import slug
from mudguard.rules.refusals import ErrorCode
from mudguard.web.error_codes import ERRORS
from tests.docs.conftest import EDIT_URL
from tests.support.operations import OPERATIONS, Operation

SETUP = "/docs/api/post-api-users-2fa-setup"


def text_of(html: str) -> str:
    """The words of a page, as a person reads them."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).replace("\u200b", "")


@pytest.fixture(scope="module")
def setup_page(site: httpx2.Client) -> str:
    return text_of(site.get(SETUP).text)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_operation_has_its_page(operation: Operation, site: httpx2.Client) -> None:
    response = site.get(f"/docs/api/{slug(operation.method, operation.template)}")
    assert response.status_code == 200
    shown = text_of(response.text)
    wanted = [operation.described["summary"], operation.template, "cURL", "Responses", "Errors"]
    assert [part for part in wanted if part not in shown] == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_the_page_says_what_credential_is_wanted(operation: Operation, site: httpx2.Client) -> None:
    shown = text_of(site.get(f"/docs/api/{slug(operation.method, operation.template)}").text)
    ways = {name for way in operation.described["security"] for name in way}
    expected = {
        frozenset(): "Public, no auth required",
        frozenset({"bearerAuth"}): "Requires JWT ",
        frozenset({"bearerAuth", "apiKeyAuth"}): "Requires JWT or API key",
    }[frozenset(ways)]
    assert expected in shown


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_error_of_an_operation_is_in_its_table(operation: Operation, site: httpx2.Client) -> None:
    shown = text_of(site.get(f"/docs/api/{slug(operation.method, operation.template)}").text)
    codes = [
        code
        for response in operation.described["responses"].values()
        for code in response["content"]["application/json"].get("examples", {})
    ]
    assert [code for code in codes if code not in shown] == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_code_in_sentences_is_shown_as_code(operation: Operation, site: httpx2.Client) -> None:
    page = site.get(f"/docs/api/{slug(operation.method, operation.template)}").text
    sentences = re.sub(r"<(code|pre|noscript)\b.*?</\1>", "", page, flags=re.DOTALL)
    assert "`" not in sentences


@pytest.mark.parametrize(
    "part",
    [
        "users Initiate two-factor authentication setup (secret, QR code, backup codes)",
        "Returns a secret, QR code, and manual entry key",
        "POST /api/users/2fa/setup",
        (
            "Authentication Requires JWT Note Include your JWT in the Authorization: Bearer YOUR_TOKEN header "
            "(user-facing apps, RBAC). View authentication guide →"
        ),
        (
            "SDK setup Create a client and set credentials (JWT and/or API key) before calling the API. "
            "Match the authentication type shown above."
        ),
        'import { MudbaseClient } from "mudbase"; const client = new MudbaseClient(); client.setJWT("YOUR_TOKEN");',
        "npm install path/to/mudbase-0.1.0.tgz",
        "pip install ./sdk/python",
        "pip install mudbase==1.3.17",
        "Example request Call this endpoint using the client from SDK setup. Use View HTTP for a raw cURL example.",
        "const result = await client.users.setup2fa();",
        "result = client.users.setup2fa()",
        "result = mudbase.UsersApi(client).setup2_fa()",
        "curl -X POST http://localhost:5000/api/users/2fa/setup",
        "POST /api/users/2fa/setup HTTP/1.1 Host: localhost:5000",
        "HTTP/1.1 200 OK Content-Type: application/json",
        "Try It Live Test this endpoint with your own credentials. Your requests will be sent to the live API.",
        "No request yet. Send a request to see the full inspector.",
        "Responses 200 2FA setup data",
        (
            "400 Bad request or validation error. 401 Authentication required or invalid token. "
            "403 Access denied or insufficient permissions."
        ),
        "Status Code Meaning What to do",
    ],
)
def test_the_page_of_the_setup_has_every_part_of_the_seed(part: str, setup_page: str) -> None:
    assert part in setup_page


def test_the_page_leads_to_the_source_of_the_operation(site: httpx2.Client) -> None:
    assert f'<a href="{EDIT_URL}/src/mudguard/factors/routes.py">Edit this page</a>' in site.get(SETUP).text


def test_an_operation_is_markdown_at_its_address_with_md(site: httpx2.Client) -> None:
    response = site.get(f"{SETUP}.md")
    assert response.headers["content-type"] == "text/markdown; charset=utf-8"
    assert response.text.startswith("# Initiate two-factor authentication setup")
    assert "| 403 | `API_KEY_NOT_SUPPORTED` |" in response.text


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_an_operation_alone_is_a_whole_openapi_document(operation: Operation, site: httpx2.Client) -> None:
    name = slug(operation.method, operation.template)
    document = site.get(f"/docs/api/{name}.json").json()
    assert list(document["paths"]) == [operation.template]
    referred = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert referred == set(document["components"]["schemas"])


def test_an_operation_alone_is_valid(site: httpx2.Client) -> None:
    document = site.get(f"{SETUP}.json").json()
    assert [sample["label"] for sample in document["paths"]["/api/users/2fa/setup"]["post"]["x-codeSamples"]] == [
        "JavaScript", "Python", "Official Python client", "Python, without a client", "cURL", "HTTP",
    ]  # fmt: skip


def test_the_whole_reference_tells_of_authentication_and_errors(site: httpx2.Client) -> None:
    document = site.get("/docs/reference.json").json()
    description = document["paths"]["/api/users/2fa/setup"]["post"]["description"]
    assert "**Authentication:** Requires JWT." in description
    assert f"- **403** `API_KEY_NOT_SUPPORTED` {ERRORS[ErrorCode.API_KEY_NOT_SUPPORTED].cause}" in description


def test_the_contract_itself_stays_as_it_is(site: httpx2.Client) -> None:
    assert "x-codeSamples" not in site.get("/openapi.json").text
