"""What is printed and kept of a comparison. Figures are of servers on any core, unless something else is said."""

import json
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.comparison import Conditions, Results, Sample

_QUIET = 0.1
"""The share of the machine that others may take."""


def table(results: Results, *, against: Sequence[str]) -> str:
    """A Markdown table: medians over the rounds. Rates are compared with those of the servers `against`, and each
    with its own when pinned: the median of the rounds' ratios, the least and the greatest in brackets.
    """
    rivals = [name for name in against if any(server == name for _, server in results.samples)]
    heads = ["requests/s", "p50 ms", "p99 ms", "server µs", "database µs", "memory MB"]
    heads += [f"× {name}" for name in rivals]  # noqa: RUF001  # it is a factor
    heads += ["of own pinned rate"] if results.pinned else []
    lines = [f"| work | server | {' | '.join(heads)} |", f"|---|---|{'--:|' * len(heads)}"]
    works = dict.fromkeys(work for work, _ in results.samples)
    for work, server in sorted(results.samples, key=lambda key: list(works).index(key[0])):
        cells = [
            f"{results.median(work, server, _rate):,.0f}",
            f"{results.median(work, server, lambda sample: sample.load.p50_ms):.1f}",
            f"{results.median(work, server, lambda sample: sample.load.p99_ms):.1f}",
            f"{results.median(work, server, lambda sample: sample.server_us):,.0f}",
            f"{results.median(work, server, lambda sample: sample.database_us):,.0f}",
            f"{results.median(work, server, lambda sample: sample.memory / 1e6):.0f}",
        ]
        cells += ["" if server in rivals else _range(results.ratios(work, server, name, _rate)) for name in rivals]
        cells += [_range(results.of_pinned(work, server, _rate))] if results.pinned else []
        lines.append(f"| {work} | {server} | {' | '.join(cells)} |")
    return "\n".join(lines)


def circumstances(results: Results, conditions: Conditions, *, rounds: int, people: int) -> str:
    """Where and how it was measured, in a few sentences."""
    cores = os.cpu_count()
    told = (
        f"{datetime.now(UTC):%Y-%m-%d}, {cores} cores ({platform.machine()}), Python {platform.python_version()};"
        f" {rounds} rounds of {conditions.seconds:g} s, {conditions.clients} clients, {people:,} people in each"
        f" database. Servers, generator and PostgreSQL on any core; others took {results.others:.0%} of"
        " the machine."
    )
    if results.pinned:
        pinned = conditions.pinned()
        told += (
            f" Pinned, in the same rounds: the server on core {pinned.server_core}, of which others took"
            f" {results.others_when_pinned:.0%}, generator and PostgreSQL on core {pinned.generator_core}."
        )
    return told


def objection(results: Results) -> str:
    """What to say of a machine that was too busy with other things; empty if it was not."""
    if results.others <= _QUIET:
        return ""
    return f"NOISY: others took {results.others:.0%} of the machine. Measure again when it has nothing else to do.\n"


def keep(results: Results, path: Path, *, told: str, servers: Sequence[str]) -> None:
    """Write every sample as JSON."""
    samples = [
        {"work": work, "server": server, "pinned": is_pinned, "round": turn, **asdict(sample)}
        for is_pinned, found in ((False, results.samples), (True, results.pinned))
        for (work, server), all_samples in found.items()
        for turn, sample in enumerate(all_samples, start=1)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {"circumstances": told, "servers": list(servers), "void": results.void, "samples": samples}
    path.write_text(json.dumps(kept, indent=1))


def _rate(sample: Sample) -> float:
    return sample.load.rate


def _range(ratios: Sequence[float]) -> str:
    if not ratios:
        return ""
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"  # noqa: RUF001  # a range
