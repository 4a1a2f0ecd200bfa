"""Finding a guide or an operation by words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mudguard.portal.catalogue import Operation
from mudguard.portal.guides import Guide

LONGEST_QUERY = 200
MOST_RESULTS = 20
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be found. A word in `title` weighs more than one in `text`."""

    kind: str
    title: str
    address: str
    summary: str
    text: str


def entries(operations: Iterable[Operation], guides: Iterable[Guide]) -> list[Entry]:
    """All that the site has."""
    found = []
    for operation in operations:
        words = f"{operation.slug} {operation.id} {operation.tag} {' '.join(row.code for row in operation.errors)}"
        title = f"{operation.method} {operation.path}"
        text = f"{operation.title} {operation.description} {words}"
        found.append(Entry("Operation", title, f"/docs/api/{operation.slug}", operation.title, text))
    for guide in guides:
        address = f"/docs/guides/{guide.name}"
        found.append(Entry("Guide", guide.title, address, guide.summary, guide.source))
        found += [
            Entry("Section", text, f"{address}#{anchor}", f"In the guide “{guide.title}”.", guide.title)
            for anchor, text in guide.headings
        ]
    return found


def search(entries: Iterable[Entry], query: str) -> list[Entry]:
    """The entries that have every word of `query`, or a word that begins with it, the best first."""
    wanted = words(query[:LONGEST_QUERY])
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
    title, text = words(entry.title), words(f"{entry.summary} {entry.text}")
    total = 0
    for word in wanted:
        in_title = sum(20 if found == word else 8 for found in title if found.startswith(word))
        in_text = min(sum(found.startswith(word) for found in text), 5)
        if not in_title and not in_text:
            return 0
        total += in_title + in_text
    return total
