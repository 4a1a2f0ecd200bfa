"""The settings of the site: whether it is there, and where its pages are edited."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.support.server import Server, make_settings


@pytest.fixture(scope="module")
def undocumented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("undocumented"), docs="off") as running:
        yield running


@pytest.mark.parametrize(
    "path",
    ["/", "/docs", "/docs/api/post-api-users-2fa-setup", "/docs/guides", "/docs/search", "/llms.txt", "/openapi.json"],
)
def test_off_takes_all_of_it_away(path: str, undocumented: Server) -> None:
    response = undocumented.client.get(path)
    assert (response.status_code, response.json()["code"]) == (404, "NOT_FOUND")


def test_off_leaves_the_api(undocumented: Server) -> None:
    assert undocumented.client.get("/health").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//forge.test/x",
        "forge.test",
        'https://forge.test/"onclick="alert(1)',
        "https://forge.test/<b>",
        "https://forge.test/ x",
        "https://forge.test/?a=b",
        "https://",
    ],
)
def test_an_edit_address_that_is_no_plain_web_address_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="docs_edit_url"):
        make_settings(tmp_path, docs_edit_url=address)


def test_without_an_edit_address_no_page_has_the_link(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        assert "Edit this page" not in server.client.get("/docs/guides/authentication").text
