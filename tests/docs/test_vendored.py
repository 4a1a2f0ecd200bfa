"""The vendored reference: it is the published file, packed, and pages have the browser check that."""

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path

import httpx2
import pytest

import mudguard.docs

VENDOR = Path(mudguard.docs.__file__).parent / "static" / "vendor"
FACTS = json.loads((VENDOR / "scalar-api-reference.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def script() -> bytes:
    return gzip.decompress((VENDOR / "scalar-api-reference.js.gz").read_bytes())


def test_what_is_packed_is_the_published_file(script: bytes) -> None:
    integrity = "sha384-" + base64.b64encode(hashlib.sha384(script).digest()).decode()
    assert (len(script), hashlib.sha256(script).hexdigest(), integrity) == (
        FACTS["bytes"], FACTS["sha256"], FACTS["integrity"],
    )  # fmt: skip


def test_the_script_says_that_it_is_the_version_that_is_noted(script: bytes) -> None:
    assert f"{FACTS['version']}".encode() in script


def test_its_licence_comes_along() -> None:
    assert (VENDOR / "scalar-api-reference.LICENSE").read_text("utf-8").startswith(f"{FACTS['license']} License")


@pytest.mark.parametrize("path", ["/docs", "/docs/api/post-api-users-2fa-setup"])
def test_pages_have_the_browser_check_it(path: str, site: httpx2.Client) -> None:
    script = re.search(r'<script defer src="([^"]+)" integrity="([^"]+)">', site.get(path).text)
    assert script is not None
    assert script[2] == FACTS["integrity"]
    assert hashlib.sha256(site.get(script[1]).content).hexdigest() == FACTS["sha256"]
