"""The other pages: the way in, guides, search, what is not there, and what tools read."""

import re
from urllib.parse import urljoin

import httpx2
import pytest

from mudguard.docs.search import LONGEST_QUERY
from tests.support.operations import OPERATIONS


def links_of(markdown: str) -> list[str]:
    """Where its links lead, as they are written."""
    return re.findall(r"\]\(([^()\s]+)\)", markdown)


@pytest.mark.parametrize("path", ["/", "/docs/"])
def test_the_root_leads_to_the_site(path: str, site: httpx2.Client) -> None:
    response = site.get(path)
    assert (response.status_code, response.headers["location"]) == (302, "/docs")


@pytest.mark.parametrize("path", ["/docs", "/docs/guides", "/docs/guides/authentication", "/docs/search"])
def test_a_page_is_html(path: str, site: httpx2.Client) -> None:
    response = site.get(path)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_the_first_page_leads_to_every_operation_without_javascript(site: httpx2.Client) -> None:
    page = site.get("/docs").text
    assert page.count('<li><a href="/docs/api/') >= len(OPERATIONS)


def test_a_guide_is_markdown_at_its_address_with_md(site: httpx2.Client) -> None:
    response = site.get("/docs/guides/authentication.md")
    assert response.headers["content-type"] == "text/markdown; charset=utf-8"
    assert response.text.startswith("# Authentication\n")


def test_llms_txt_lists_every_operation_and_guide_as_markdown(site: httpx2.Client) -> None:
    text = site.get("/llms.txt").text
    assert text.count("](/docs/api/") == len(OPERATIONS)
    assert "](/docs/guides/authentication.md)" in text


def test_every_address_in_llms_txt_is_there(site: httpx2.Client) -> None:
    addresses = [part.partition(")")[0] for part in site.get("/llms.txt").text.split("](")[1:]]
    assert [address for address in addresses if site.get(address).status_code != 200] == []


def test_no_link_of_the_markdown_for_tools_leads_to_nothing(site: httpx2.Client) -> None:
    pages = {address: site.get(address).text for address in ["/llms.txt", *links_of(site.get("/llms.txt").text)]}
    found = {urljoin(address, link) for address, text in pages.items() for link in links_of(text)}
    inside = {link.partition("#")[0] for link in found if link.startswith("/")}
    assert {link for link in inside if site.get(link).status_code != 200} == set()


def test_the_markdown_for_tools_does_not_say_what_wrote_it(site: httpx2.Client) -> None:
    assert "<!--" not in site.get("/docs/guides/errors.md").text


@pytest.mark.parametrize(
    "path", ["/docs/nothing", "/docs/api/nothing", "/docs/api/nothing.md", "/docs/guides/x.md", "/docs/a/b"]
)
def test_what_is_not_there_is_a_page_that_helps(path: str, site: httpx2.Client) -> None:
    response = site.get(path)
    assert (response.status_code, response.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert 'action="/docs/search"' in response.text


def test_an_address_that_is_nearly_right_gets_the_operation_that_was_meant(site: httpx2.Client) -> None:
    page = site.get("/docs/api/post-users-2fa-setup").text
    assert 'href="/docs/api/post-api-users-2fa-setup"' in page.partition("Did you mean")[2].partition("</ul>")[0]


def test_elsewhere_what_is_not_there_is_an_error_of_the_api(site: httpx2.Client) -> None:
    assert site.get("/nothing").json()["code"] == "NOT_FOUND"


def test_a_page_is_only_read(site: httpx2.Client) -> None:
    response = site.post("/docs")
    assert (response.status_code, response.json()["code"]) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("2fa setup", "/docs/api/post-api-users-2fa-setup"),
        ("INVALID_CHALLENGE", "/docs/api/post-api-auth-2fa-challenge"),
        ("authentic", "/docs/guides/authentication"),
    ],
)
def test_the_search_finds(query: str, first: str, site: httpx2.Client) -> None:
    page = site.get("/docs/search", params={"q": query}).text
    assert f'href="{first}"' in page.partition('<ol class="results">')[2]


def test_the_search_says_when_there_is_nothing(site: httpx2.Client) -> None:
    assert "Nothing has all the words of “zebra”" in site.get("/docs/search", params={"q": "zebra"}).text


@pytest.mark.parametrize(
    "path", ["/docs/search?q=%3Cscript%3Ealert(1)%3C/script%3E%22%27", "/docs/%3Cscript%3Ealert(1)%3C/script%3E"]
)
def test_what_comes_in_the_address_is_shown_as_text(path: str, site: httpx2.Client) -> None:
    assert "<script>alert" not in site.get(path).text


def test_a_query_of_any_length_is_answered(site: httpx2.Client) -> None:
    assert site.get("/docs/search", params={"q": "a b " * 2_000}).status_code == 200


def test_a_query_is_shown_as_far_as_it_is_searched(site: httpx2.Client) -> None:
    page = site.get("/docs/search", params={"q": "x" * 20_000}).text
    assert max(map(len, re.findall("x+", page))) == LONGEST_QUERY


def test_the_first_page_says_what_needs_javascript(site: httpx2.Client) -> None:
    (note,) = re.findall(r"<noscript>(.*?)</noscript>", site.get("/docs").text, re.DOTALL)
    assert "needs JavaScript" in note


def test_an_operation_says_how_long_its_sign_in_lasts_and_where_to_try_several(site: httpx2.Client) -> None:
    part = (
        site.get("/docs/api/post-api-users-2fa-setup").text.partition('id="try-it-live"')[2].partition("</section>")[0]
    )
    assert "kept in the memory of this page only" in part
    assert '<a href="/docs">the whole reference</a>' in part
