"""What is printed and kept of a comparison."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.comparison import Conditions, Results


def table(results: Results, *, of: str) -> str:
    """A Markdown table: medians over the rounds, and how the rate and the CPU of the server `of` compare with each."""
    head = "| work | server | requests/s | server µs | database µs | p50 ms | p99 ms | memory MB"
    lines = [
        f"{head} | {of}'s rate | its CPU |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for work, server in sorted(results.samples, key=lambda key: list(results.samples).index(key)):
        rate = results.ratio(work, of, server, lambda sample: sample.load.rate)
        cpu = results.ratio(work, of, server, lambda sample: sample.server_us)
        values = [
            results.median(work, server, lambda sample: sample.load.rate),
            results.median(work, server, lambda sample: sample.server_us),
            results.median(work, server, lambda sample: sample.database_us),
        ]
        fine = [
            results.median(work, server, lambda sample: sample.load.p50_ms),
            results.median(work, server, lambda sample: sample.load.p99_ms),
        ]
        memory = results.median(work, server, lambda sample: sample.memory / 1e6)
        cells = [
            work, server, *(f"{value:,.0f}" for value in values), *(f"{value:.1f}" for value in fine),
            f"{memory:.0f}", _factor(rate, is_shown=server != of), _factor(cpu, is_shown=server != of),
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _factor(ratio: float | None, *, is_shown: bool) -> str:
    return f"{ratio:.2f} ×" if is_shown and ratio is not None else ""  # noqa: RUF001  # it is a factor


def circumstances(results: Results, conditions: Conditions, *, rounds: int, people: int) -> str:
    """Where and how it was measured, in a sentence."""
    where = (
        f"server on core {conditions.server_core}, of which others took {results.others:.0%}, generator and PostgreSQL"
        f" on core {conditions.generator_core}"
        if conditions.server_core is not None
        else "server and generator on any core"
    )
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores ({platform.machine()}), Python"
        f" {platform.python_version()}; {rounds} rounds of {conditions.seconds:g} s, {conditions.clients} clients,"
        f" {people:,} people in each database; {where}."
    )


def keep(results: Results, path: Path, *, told: str, servers: Sequence[str]) -> None:
    """Write every sample as JSON."""
    samples = [
        {"work": work, "server": server, "round": turn, **asdict(sample)}
        for (work, server), all_samples in results.samples.items()
        for turn, sample in enumerate(all_samples, start=1)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {"circumstances": told, "servers": list(servers), "void": results.void, "samples": samples}
    path.write_text(json.dumps(kept, indent=1))
