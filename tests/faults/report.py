"""The table of what was done and what was lost."""

from collections.abc import Sequence

from tests.faults.trial import Finding

_HEAD = ("fault", "times", "requests", "503", "cut", "acknowledged", "lost", "wrong", "recovery", "slowest")


def table(findings: Sequence[Finding]) -> str:
    """A line for each finding. Recovery and slowest request are the worst, in seconds."""
    rows = [
        (
            finding.fault, finding.times, finding.requests, finding.put_off, finding.cut, finding.acknowledged,
            len(finding.lost), len(finding.wrong), f"{finding.recovery:.2f} s", f"{finding.slowest:.2f} s",
        )
        for finding in findings
    ]  # fmt: skip
    cells = [[str(cell) for cell in row] for row in (_HEAD, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEAD))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    )
