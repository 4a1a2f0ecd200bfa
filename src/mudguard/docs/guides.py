"""Renders the guides for the site, and sentences with code. People also read the guides' Markdown on the forge."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_COMMENT = re.compile(r"<!--.*?-->\n*", re.DOTALL)
_CODE_OR_LINK = re.compile(
    r"^```.*?^```$|(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)|\[(?P<words>[^\[\]]+)\]\((?P<address>[^()\s]+)\)",
    re.DOTALL | re.MULTILINE,
)
_SENTENCES = MarkdownIt("zero").enable("backticks")
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Guide:
    """A guide. `source` is its Markdown, `html` the page's HTML, `headings` the anchor and text of each section.

    The links of both lead to pages of the site.
    """

    name: str
    title: str
    summary: str
    source: str
    html: str
    headings: tuple[tuple[str, str], ...]


def load() -> dict[str, Guide]:
    """All guides by name, from the package, or from `docs/guides` in a checkout."""
    folder = Path(__file__).parent / "guides"
    if not folder.is_dir():
        folder = Path(__file__).parents[3] / "docs" / "guides"
    paths = [path for path in sorted(folder.glob("*.md")) if path.stem != "README"]
    return {path.stem: render(path.stem, path.read_text("utf-8")) for path in paths}


def render(name: str, source: str) -> Guide:
    """The guide in `source`. Its first heading is the title, its first paragraph the summary."""
    markdown = _renderer()
    source = _COMMENT.sub("", source)
    tokens = markdown.parse(source)
    title, headings, summary = name, [], ""
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            text = _plain(inline)
            opening.attrSet("id", anchor(text))
            if opening.tag == "h1":
                title = text
            elif opening.tag == "h2":
                headings.append((anchor(text), text))
        elif opening.type == "paragraph_open" and not summary:
            summary = _plain(inline)
    for inline in tokens:
        if inline.children:
            inline.children = list(_linked(inline.children))
    html = markdown.renderer.render(tokens, markdown.options, {})
    return Guide(name, title, summary, _CODE_OR_LINK.sub(_served, source), html, tuple(headings))


def sentence(text: str) -> str:
    """The HTML of a sentence. Text between backticks is code."""
    html: str = _SENTENCES.renderInline(text)
    return html


def on_the_site(address: str, *, form: str = "") -> str | None:
    """Where a guide's link leads on the site. None for other source files, which have no page.

    Links to guides lead to their pages, or to their Markdown if the form is `.md`.
    """
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or not parts.path or parts.path.startswith("/"):
        return address
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    if "/" not in parts.path and parts.path.endswith(".md"):
        return f"/docs/guides/{parts.path.removesuffix('.md')}{form}{fragment}"
    if parts.path.endswith("openapi.json"):
        return "/openapi.json"
    return None


def anchor(heading: str) -> str:
    """The fragment of a heading, as forges make it."""
    return _NOT_IN_ANCHORS.sub("", heading.strip().lower()).replace(" ", "-")


def _linked(tokens: Sequence[Token]) -> Iterator[Token]:
    """`tokens` with links to pages of the site. Other links become plain text."""
    is_dropped = False
    for token in tokens:
        if token.type == "link_open":
            address = on_the_site(str(token.attrGet("href")))
            is_dropped = address is None
            if address is not None:
                token.attrSet("href", address)
        if not (is_dropped and token.type in ("link_open", "link_close")):
            yield token


def _served(found: re.Match[str]) -> str:
    """A link in the Markdown for tools, by the rule of `_linked`. Code stays as it is."""
    if not found["address"]:
        return found[0]
    address = on_the_site(found["address"], form=".md")
    return found["words"] if address is None else f"[{found['words']}]({address})"


def _plain(inline: Token) -> str:
    return "".join(child.content if child.type in ("text", "code_inline") else " " * (child.type == "softbreak")
                   for child in inline.children or ())  # fmt: skip


def _renderer() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.add_render_rule("fence", _fence)
    markdown.add_render_rule(
        "table_open", lambda *_: '<div class="table" tabindex="0" role="group" aria-label="Table"><table>\n'
    )
    markdown.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return markdown


def _fence(_renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
    """A code block, or a picture of a sequence diagram."""
    from mudguard.docs.diagrams import sequence_diagram  # noqa: PLC0415  # only guides with diagrams need it

    token = tokens[index]
    if token.info.strip() == "mermaid" and (drawn := sequence_diagram(token.content)):
        return drawn
    language = escapeHtml(token.info.strip())
    code = f'<code class="language-{language}">{escapeHtml(token.content)}</code>'
    return f'<div class="code" data-copy><pre tabindex="0">{code}</pre></div>\n'
