"""The pages of the site. Each is made on its first request and kept compressed."""

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from mudguard.docs import guides, reference, search
from mudguard.docs.assets import VENDORED, Assets
from mudguard.docs.catalogue import Operation, operations
from mudguard.docs.guides import Guide
from mudguard.docs.samples import example_answer, samples

HTML, MARKDOWN, JSON, TEXT = (
    "text/html; charset=utf-8",
    "text/markdown; charset=utf-8",
    "application/json",
    "text/plain; charset=utf-8",
)
GUIDE_ORDER = ("authentication", "two-factor", "sign-in", "errors", "limits", "operating", "from-mudbase")


@dataclass(frozen=True, slots=True)
class Page:
    """A page. `packed` is gzip. A page with the reference allows what the reference needs."""

    packed: bytes
    media_type: str
    has_reference: bool = False

    @property
    def tag(self) -> str:
        """Its entity tag. Weak, since it is the same with and without gzip (RFC 9110 section 8.8.3)."""
        return f'W/"{sha256(self.packed).hexdigest()[:20]}"'


class Site:
    """All pages for one OpenAPI document. `address` is the server's, `sources` the file of each operation's code."""

    def __init__(
        self, document: Mapping[str, Any], assets: Assets, *, address: str, edit_url: str, sources: Mapping[str, str]
    ) -> None:
        self.operations = {operation.slug: operation for operation in operations(document)}
        self._document = document
        self._address = address
        self._edit_url = edit_url.rstrip("/")
        self._sources = sources
        self._made: dict[str, Page] = {}
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["sentence"] = guides.sentence
        self._templates.globals.update(
            asset=assets.address,
            scalar=assets.address(VENDORED),
            integrity=assets.vendored["integrity"],
            groups=self._groups(),
            product=document["info"]["title"],
            version=document["info"]["version"],
        )

    @cached_property
    def guides(self) -> dict[str, Guide]:
        """The guides, those for beginners first."""
        found = guides.load()
        order = [name for name in GUIDE_ORDER if name in found]
        return {name: found[name] for name in [*order, *(name for name in found if name not in order)]}

    @cached_property
    def _entries(self) -> list[search.Entry]:
        return search.entries(self.operations.values(), self.guides.values())

    def home(self) -> Page:
        """The whole reference, and where to begin."""
        return self._kept("/", lambda: self._html("home.html", has_reference=True, guides=self.guides.values()))

    def document(self) -> Page:
        """The OpenAPI document that the whole reference reads."""
        return self._kept(
            "/reference.json",
            lambda: self._json(reference.whole(self._document, self.operations, address=self._address)),
        )

    def api(self, name: str) -> Page | None:
        """An operation: its page; Markdown with `.md`; OpenAPI with `.json`. None if it does not exist."""
        if name in self.operations:
            return self._kept(f"/api/{name}", lambda: self._operation(self.operations[name]))
        slug, _, form = name.rpartition(".")
        operation = self.operations.get(slug)
        if operation is None:
            return None
        if form == "md":
            return self._kept(f"/api/{name}", lambda: self._as_markdown(operation))
        if form == "json":
            return self._kept(
                f"/api/{name}", lambda: self._json(reference.alone(self._document, operation, address=self._address))
            )
        return None

    def guide(self, name: str) -> Page | None:
        """A guide: its page, or its Markdown with `.md`. None if it does not exist."""
        guide = self.guides.get(name.removesuffix(".md"))
        if guide is None:
            return None
        if name.endswith(".md"):
            return self._kept(f"/guides/{name}", lambda: _page(guide.source, MARKDOWN))
        return self._kept(
            f"/guides/{name}",
            lambda: self._html(
                "guide.html",
                guide=guide,
                guides=self.guides.values(),
                edit=self._edit_link(f"docs/guides/{guide.name}.md"),
            ),
        )

    def guide_list(self) -> Page:
        """The list of guides."""
        return self._kept("/guides", lambda: self._html("guides.html", guides=self.guides.values()))

    def overview(self) -> Page:
        """The site's contents for tools: `llms.txt`."""
        return self._kept("/llms.txt", lambda: self._text("llms.txt", TEXT, guides=self.guides.values()))

    def results(self, query: str) -> Page:
        """The results for `query`. The page shows only the part that is searched."""
        query = query[: search.LONGEST_QUERY]
        return self._html("search.html", query=query, results=search.search(self._entries, query))

    def nothing(self, path: str) -> Page:
        """The page for an address that does not exist, with suggestions."""
        return self._html("not_found.html", nearest=search.nearest(self.operations.values(), path))

    def _groups(self) -> dict[str, list[Operation]]:
        found: dict[str, list[Operation]] = {}
        for operation in self.operations.values():
            found.setdefault(operation.tag, []).append(operation)
        return found

    def _operation(self, operation: Operation) -> Page:
        return self._html("operation.html", has_reference=True, **self._facts(operation))

    def _as_markdown(self, operation: Operation) -> Page:
        return self._text("operation.md", MARKDOWN, **self._facts(operation))

    def _facts(self, operation: Operation) -> dict[str, Any]:
        status, answered, example = operation.success
        found = {sample.kind: sample for sample in samples(operation, address=self._address)}
        return {
            "operation": operation,
            "samples": found,
            "clients": [sample for sample in found.values() if sample.setup],
            "status": status,
            "answered": answered,
            "example": json.dumps(example, indent=2, ensure_ascii=False),
            "answer": example_answer(operation),
            "note": reference.authentication_note(operation),
            "edit": self._edit_link(self._sources.get(operation.id, "")),
        }

    def _edit_link(self, source: str) -> str:
        return f"{self._edit_url}/{source}" if self._edit_url and source else ""

    def _html(self, template: str, *, has_reference: bool = False, **values: Any) -> Page:
        return _page(self._templates.get_template(template).render(**values), HTML, has_reference=has_reference)

    def _text(self, template: str, media_type: str, **values: Any) -> Page:
        return _page(self._templates.get_template(template).render(**values), media_type)

    def _json(self, content: Mapping[str, Any]) -> Page:
        return _page(json.dumps(content, ensure_ascii=False, separators=(",", ":")), JSON)

    def _kept(self, address: str, make: Callable[[], Page]) -> Page:
        if address not in self._made:
            self._made[address] = make()
        return self._made[address]


def _page(text: str, media_type: str, *, has_reference: bool = False) -> Page:
    return Page(gzip.compress(text.encode(), mtime=0), media_type, has_reference)
