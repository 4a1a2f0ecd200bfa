"""Guides: Markdown as the forge reads it, rendered for the site."""

import pytest

from mudguard.portal.guides import anchor, on_the_site, render

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


def test_html_is_shown_and_not_obeyed() -> None:
    html = render("x", "<script>alert(1)</script>\n\n[x](javascript:alert(1))\n").html
    assert "<script" not in html
    assert 'href="javascript' not in html


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
