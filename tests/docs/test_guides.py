"""Guides: Markdown as the forge reads it, rendered for the site."""

import re

import httpx2
import pytest

from mudguard.docs.guides import anchor, load, on_the_site, render, sentence

SEQUENCE = """sequenceDiagram
    participant A as Your app
    participant M as Mudguard
    A->>M: POST /api/auth/login
    M-->>A: 403 & <challenge>
    Note over A,M: five minutes
    alt right
    A->>A: keep the tokens
    else wrong
    M--xA: 401
    end
"""


def test_the_first_heading_is_the_title_and_the_first_paragraph_the_summary() -> None:
    guide = render("x", "# Errors\n\nEvery error\nhas a `code`.\n\n## One\n")
    assert (guide.title, guide.summary) == ("Errors", "Every error has a code.")


@pytest.mark.parametrize(
    ("heading", "expected"),
    [("INVALID_TOKEN", "invalid_token"), ("401 and 403", "401-and-403"), ("What's next?", "whats-next")],
)
def test_headings_have_the_anchors_of_forges(heading: str, expected: str) -> None:
    assert anchor(heading) == expected
    assert f'<h2 id="{expected}">' in render("x", f"## {heading}\n").html


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("errors.md", "/docs/guides/errors"),
        ("errors.md#invalid_token", "/docs/guides/errors#invalid_token"),
        ("#here", "#here"),
        ("/docs/api/post-api-users-2fa-setup", "/docs/api/post-api-users-2fa-setup"),
        ("../../openapi.json", "/openapi.json"),
        ("https://example.com/x.md", "https://example.com/x.md"),
    ],
)
def test_links_lead_to_pages_of_the_site(written: str, expected: str) -> None:
    assert on_the_site(written) == expected
    assert f'href="{expected}"' in render("x", f"[x]({written})\n").html


def test_of_a_link_to_another_file_of_the_source_the_words_stay() -> None:
    assert on_the_site("../scaling.md") is None
    html = render("x", "See [how it *scales*](../scaling.md) and [limits](limits.md).\n").html
    assert html == '<p>See how it <em>scales</em> and <a href="/docs/guides/limits">limits</a>.</p>\n'


@pytest.mark.parametrize(
    ("written", "served"),
    [
        ("See [how it *scales*](../scaling.md).\n", "See how it *scales*.\n"),
        ("[x `y`](errors.md#invalid_token)\n", "[x `y`](/docs/guides/errors.md#invalid_token)\n"),
        ("[x](../../openapi.json) [y](/docs/api/z)\n", "[x](/openapi.json) [y](/docs/api/z)\n"),
        ("[two\nlines](../a/b.md)\n", "two\nlines\n"),
        ("`[x](../a.md)`\n", "`[x](../a.md)`\n"),
        ("```js\nf[0](../a.md)\n```\n", "```js\nf[0](../a.md)\n```\n"),
        ("# T\n\n<!-- Written by a\nprogram. -->\n\nWords.\n", "# T\n\nWords.\n"),
    ],
)
def test_the_markdown_for_tools_has_the_links_of_the_page(written: str, served: str) -> None:
    assert render("x", written).source == served


def test_html_is_shown_and_not_obeyed() -> None:
    html = render("x", "<script>alert(1)</script>\n\n[x](javascript:alert(1))\n").html
    assert "<script" not in html
    assert 'href="javascript' not in html


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Send `a<b>` & *wait*.", "Send <code>a&lt;b&gt;</code> &amp; *wait*."),
        ("<b> [x](y) `never closed", "&lt;b&gt; [x](y) `never closed"),
    ],
)
def test_of_a_sentence_only_code_is_read_as_markdown(written: str, shown: str) -> None:
    assert sentence(written) == shown


def test_comments_are_left_out() -> None:
    assert "written by" not in render("x", "# T\n\n<!-- written by a\nprogram -->\n\nWords.\n").html


def test_a_sequence_diagram_is_a_picture_that_is_told_in_words() -> None:
    html = render("x", f"```mermaid\n{SEQUENCE}```\n").html
    assert html.startswith('<figure class="diagram" tabindex="0"><svg ')
    assert "Your app to Mudguard: POST /api/auth/login" in html
    assert "403 &amp; &lt;challenge&gt;" in html


def test_another_diagram_stays_text() -> None:
    assert "<svg" not in render("x", "```mermaid\nflowchart LR\n  A --> B\n```\n").html


def test_a_diagram_that_is_not_understood_whole_stays_text() -> None:
    assert "<svg" not in render("x", "```mermaid\nsequenceDiagram\n  A->>B: x\n  box Purple\n```\n").html


@pytest.mark.parametrize("name", load())
def test_no_link_of_a_guide_leads_to_nothing(name: str, site: httpx2.Client) -> None:
    links = set(re.findall(r'href="(/[^"#]*)(?:#([^"]*))?"', load()[name].html))
    pages = {address: site.get(address) for address, _ in links}
    assert [address for address, page in pages.items() if page.status_code != 200] == []
    missing = [(address, part) for address, part in links if part and f'id="{part}"' not in pages[address].text]
    assert missing == []
