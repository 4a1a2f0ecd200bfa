"""What browsers and caches may do with the site."""

import gzip
import re

import httpx2
import pytest

PAGE, PAGE_WITH_REFERENCE = "/docs/guides", "/docs/api/post-api-users-2fa-setup"
FOR_EVER = "public, max-age=31536000, immutable"


def directives(response: httpx2.Response) -> dict[str, str]:
    """The Content-Security-Policy, directive by directive."""
    parts = [part.strip().partition(" ") for part in response.headers["content-security-policy"].split(";")]
    return {name: sources for name, _, sources in parts}


def assets(page: str) -> list[str]:
    """The files that a page loads."""
    return sorted(set(re.findall(r'(?:src|href)="(/docs/assets/[^"]+)"', page)))


@pytest.mark.parametrize("path", [PAGE, "/docs/search?q=x", "/docs/nothing", "/llms.txt"])
def test_a_page_may_only_use_what_the_server_itself_serves(path: str, site: httpx2.Client) -> None:
    assert directives(site.get(path)) == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }


@pytest.mark.parametrize("path", ["/docs", PAGE_WITH_REFERENCE])
def test_only_styles_are_freer_where_the_reference_is(path: str, site: httpx2.Client) -> None:
    own, freer = directives(site.get(PAGE)), directives(site.get(path))
    assert {name for name in own if own[name] != freer[name]} == {"style-src"}
    assert freer["style-src"] == "'self' 'unsafe-inline'"


@pytest.mark.parametrize("path", [PAGE, PAGE_WITH_REFERENCE, "/docs", "/docs/search?q=x", "/docs/nothing"])
def test_a_page_has_no_script_or_style_of_its_own(path: str, site: httpx2.Client) -> None:
    page = site.get(path).text
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style| style=| on\w+=", page) == []


@pytest.mark.parametrize("path", [PAGE, PAGE_WITH_REFERENCE, "/docs/nothing"])
def test_a_page_has_the_headers_of_every_answer(path: str, site: httpx2.Client) -> None:
    headers = site.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"


def test_a_page_is_asked_for_again_each_time_and_sent_only_when_it_changed(site: httpx2.Client) -> None:
    first = site.get(PAGE)
    again = site.get(PAGE, headers={"If-None-Match": first.headers["etag"]})
    assert first.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])


@pytest.mark.parametrize("path", [PAGE, PAGE_WITH_REFERENCE, "/docs/reference.json"])
def test_a_page_is_packed_for_who_can_unpack_it(path: str, site: httpx2.Client) -> None:
    packed = site.get(path, headers={"Accept-Encoding": "gzip"})
    plain = site.get(path, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content


def test_files_are_kept_for_ever_at_an_address_of_their_content(site: httpx2.Client) -> None:
    found = assets(site.get(PAGE_WITH_REFERENCE).text)
    assert len(found) == 6
    assert {site.get(address).headers["cache-control"] for address in found} == {FOR_EVER}


def test_a_file_at_the_address_of_another_version_is_not_kept(site: httpx2.Client) -> None:
    response = site.get("/docs/assets/0123456789abcdef/portal.css")
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-cache")


@pytest.mark.parametrize("name", ["nothing.js", "vendor", "scalar-api-reference.json", "..%2Froutes.py", "%2e%2e"])
def test_no_other_file_is_to_be_had(name: str, site: httpx2.Client) -> None:
    assert site.get(f"/docs/assets/0123456789abcdef/{name}").status_code == 404


@pytest.mark.parametrize("refused", ["identity", "gzip;q=0", "br"])
def test_the_reference_is_unpacked_for_who_cannot(refused: str, site: httpx2.Client) -> None:
    (address,) = [found for found in assets(site.get("/docs").text) if "scalar" in found]
    with site.stream("GET", address, headers={"Accept-Encoding": refused}) as response:
        assert "content-encoding" not in response.headers
        assert next(response.iter_raw())[:2] != gzip.compress(b"")[:2]
