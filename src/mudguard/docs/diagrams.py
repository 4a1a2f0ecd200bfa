"""Draws the guides' sequence diagrams as SVG. Reads the part of Mermaid's language that they use."""

import re
from html import escape
from typing import NamedTuple

COLUMN, ROW, TOP, MARGIN, LETTER = 210, 46, 54, 20, 7

_PARTICIPANT = re.compile(r"(?:participant|actor)\s+(\w+)(?:\s+as\s+(.+))?$")
_MESSAGE = re.compile(r"(\w+)\s*(-->>|->>|-->|->|-x|--x)[+-]?\s*(\w+)\s*:\s*(.*)$")
_NOTE = re.compile(r"[Nn]ote\s+(?:over|left of|right of)\s+(\w+)(?:\s*,\s*(\w+))?\s*:\s*(.*)$")
_BLOCK = re.compile(r"(alt|else|opt|loop|par|and|end)\b\s*(.*)$")
_IGNORED = ("autonumber", "activate", "deactivate", "%%")


class Row(NamedTuple):
    """A line of the diagram: a message with its arrow, a `note`, or the start of a `block`."""

    kind: str
    start: str
    end: str
    text: str


def sequence_diagram(source: str) -> str:
    """`source` as an SVG with a text for people who do not see it; empty if it is not a sequence diagram."""
    first, *lines = [line.strip() for line in source.strip().splitlines() if line.strip()] or [""]
    if first != "sequenceDiagram":
        return ""
    names = {found[1]: found[2] or found[1] for line in lines if (found := _PARTICIPANT.match(line))}
    rows = []
    for line in lines:
        if line.startswith(_IGNORED) or _PARTICIPANT.match(line):
            continue
        row = _row(line)
        if row is None:
            return ""
        rows.append(row)
    rows = [row for row in rows if row.text != "end"]
    for row in rows:
        for name in (row.start, row.end):
            if name:
                names.setdefault(name, name)
    return _drawn(names, rows)


def _row(line: str) -> Row | None:
    if found := _MESSAGE.match(line):
        return Row(found[2], found[1], found[3], found[4])
    if found := _NOTE.match(line):
        return Row("note", found[1], found[2] or found[1], found[3])
    if found := _BLOCK.match(line):
        return Row("block", "", "", f"{found[1]} {found[2]}".strip())
    return None


def _drawn(names: dict[str, str], rows: list[Row]) -> str:
    order = {name: index for index, name in enumerate(names)}
    messages = [row for row in rows if row.kind not in ("note", "block")]
    widths = [
        (LETTER * len(row.text) + 2 * MARGIN) // (abs(order[row.start] - order[row.end]) or 1) for row in messages
    ]
    column = max([COLUMN, *widths])
    width, height = column * len(names) + 2 * MARGIN, TOP + ROW * (len(rows) + 1)
    at = {name: MARGIN + column * index + column // 2 for index, name in enumerate(names)}
    parts = []
    for name, x in at.items():
        parts.append(f'<line class="life" x1="{x}" y1="{TOP - 14}" x2="{x}" y2="{height - 10}"/>')
        parts.append(f'<rect class="who" x="{x - 85}" y="8" width="170" height="32" rx="6"/>')
        parts.append(_text(x, 29, names[name], "who"))
    for index, (kind, start, end, text) in enumerate(rows):
        y = TOP + ROW * (index + 1) - 10
        if kind == "block":
            parts.append(f'<line class="block" x1="{MARGIN}" y1="{y - 22}" x2="{width - MARGIN}" y2="{y - 22}"/>')
            parts.append(_text(MARGIN + 4, y - 4, text, "block"))
        elif kind == "note":
            middle = (at[start] + at[end]) // 2
            across = max(abs(at[start] - at[end]), LETTER * len(text)) + 2 * MARGIN
            parts.append(f'<rect class="note" x="{middle - across // 2}" y="{y - 26}" width="{across}" height="34"/>')
            parts.append(_text(middle, y - 4, text, "note"))
        else:
            parts.append(_arrow(at[start], at[end], y, dashed=kind.startswith("--")))
            parts.append(_text((at[start] + at[end]) // 2 + (50 if start == end else 0), y - 8, text, "says"))
    told = escape(". ".join(_told(names, row) for row in rows))
    return (
        f'<figure class="diagram" tabindex="0"><svg viewBox="0 0 {width} {height}" width="{width}" role="img" '
        f'aria-label="{told}">{"".join(parts)}</svg></figure>\n'
    )


def _arrow(start: int, end: int, y: int, *, dashed: bool) -> str:
    kind = "answer" if dashed else "call"
    if start == end:
        path, tip, way = f"M{start} {y - 4}h36v14h-30", start + 2, -1
        y += 10
    else:
        way = 1 if end > start else -1
        path, tip = f"M{start} {y}H{end - 2 * way}", end - 2 * way
    head = f'<path class="head" d="M{tip} {y}l{-9 * way} -5v10z"/>'
    return f'<path class="{kind}" d="{path}"/>{head}'


def _text(x: int, y: int, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(text)}</text>'


def _told(names: dict[str, str], row: Row) -> str:
    kind, start, end, text = row
    if kind in ("note", "block"):
        return text
    return f"{names[start]} to {names[end]}: {text}"
