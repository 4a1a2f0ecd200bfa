"""Finds guides and operations by words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mudguard.docs.catalogue import Operation
from mudguard.docs.guides import Guide

LONGEST_QUERY = 200
MOST_WORDS = 10
MOST_RESULTS = 20
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to find. A word in its title weighs more than a word in its text."""

    kind: str
    title: str
    address: str
    summary: str
    title_words: tuple[str, ...]
    text_words: tuple[str, ...]

    @classmethod
    def of(cls, kind: str, title: str, address: str, *, summary: str, text: str) -> "Entry":
        """An entry, split into words once."""
        return cls(kind, title, address, summary, tuple(words(title)), tuple(words(f"{summary} {text}")))


def entries(operations: Iterable[Operation], guides: Iterable[Guide]) -> list[Entry]:
    """Everything on the site."""
    found = []
    for operation in operations:
        more = f"{operation.slug} {operation.id} {operation.tag} {' '.join(row.code for row in operation.errors)}"
        title, address = f"{operation.method} {operation.path}", f"/docs/api/{operation.slug}"
        text = f"{operation.description} {more}"
        found.append(Entry.of("Operation", title, address, summary=operation.title, text=text))
    for guide in guides:
        address = f"/docs/guides/{guide.name}"
        found.append(Entry.of("Guide", guide.title, address, summary=guide.summary, text=guide.source))
        found += [
            Entry.of("Section", text, f"{address}#{anchor}", summary=f"In the guide “{guide.title}”.", text="")
            for anchor, text in guide.headings
        ]
    return found


def search(entries: Iterable[Entry], query: str) -> list[Entry]:
    """The entries that have every word of `query`, or a word that begins with it, the best first."""
    wanted = words(query[:LONGEST_QUERY])[:MOST_WORDS]
    if not wanted:
        return []
    weighed = [(_weight(entry, wanted), entry) for entry in entries]
    hits = sorted((pair for pair in weighed if pair[0]), key=lambda pair: -pair[0])
    return [entry for _, entry in hits[:MOST_RESULTS]]


def nearest(operations: Iterable[Operation], address: str) -> list[Operation]:
    """The operations whose names share the most words with `address`, at most five."""
    wanted = set(words(address[:LONGEST_QUERY]))
    shared = [(len(wanted & set(words(operation.slug))), operation) for operation in operations]
    hits = sorted((pair for pair in shared if pair[0] > 1), key=lambda pair: -pair[0])
    return [operation for _, operation in hits[:5]]


def words(text: str) -> list[str]:
    """The words of `text` in lower case."""
    return _WORD.findall(text.lower().replace("_", " "))


def _weight(entry: Entry, wanted: list[str]) -> int:
    total = 0
    for word in wanted:
        in_title = sum(20 if found == word else 8 for found in entry.title_words if found.startswith(word))
        in_text = min(sum(found.startswith(word) for found in entry.text_words), 5)
        if not in_title and not in_text:
            return 0
        total += in_title + in_text
    return total
