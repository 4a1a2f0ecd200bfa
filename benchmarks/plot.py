"""The comparison as a picture: SVG bars, requests a second by work and server."""

from collections.abc import Sequence
from html import escape

from benchmarks.comparison import Results

_COLOURS = ("#1f6f8b", "#7fb069", "#c9782b", "#7d5a9c")
_WIDTH, _LEFT, _RIGHT, _BAR, _GAP, _TOP = 820, 190, 90, 18, 16, 64


def svg(results: Results, servers: Sequence[str], *, title: str) -> str:
    """Bars grouped by work. Each group has a scale of its own, since only within a work do servers compare."""
    parts: list[str] = []
    y = _TOP
    for work in dict.fromkeys(work for work, _ in results.samples):
        rates = {
            server: results.median(work, server, lambda sample: sample.load.rate)
            for server in servers
            if (work, server) in results.samples
        }
        parts.append(_text(_LEFT - 12, y + len(rates) * _BAR / 2 + 5, work, anchor="end", weight="600"))
        for server, rate in rates.items():
            width = max(2.0, (_WIDTH - _LEFT - _RIGHT) * rate / max(rates.values()))
            colour = _COLOURS[servers.index(server) % len(_COLOURS)]
            parts.append(f'<rect x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR - 3}" rx="2" fill="{colour}"/>')
            parts.append(_text(_LEFT + width + 6, y + _BAR - 6, f"{rate:,.0f}/s", size=11))
            y += _BAR
        y += _GAP
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" font-family="sans-serif">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{_WIDTH}" height="{y}" fill="#ffffff"/>',
            _text(16, 24, title, weight="600", size=15),
            *_legend(servers),
            *parts,
            "</svg>\n",
        ]
    )


def _legend(servers: Sequence[str]) -> list[str]:
    parts = []
    for index, server in enumerate(servers):
        x = 16 + index * 190
        parts.append(f'<rect x="{x}" y="36" width="12" height="12" rx="2" fill="{_COLOURS[index % len(_COLOURS)]}"/>')
        parts.append(_text(x + 18, 46, server))
    return parts


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "400", size: int = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" font-size="{size}" '
        f'fill="#222222">{escape(text)}</text>'
    )
