"""`make faults`: every fault in its long form, and a table of what was done and what was lost."""

import logging
import sys

import structlog

from tests.faults.catalogue import LONG, all_findings
from tests.faults.report import table


def main() -> int:
    """1 if anything was lost, or answered wrongly."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    findings = []
    for finding in all_findings(LONG):
        findings.append(finding)
        sys.stderr.write(f"{finding.fault}: {'nothing lost' if finding.is_good else 'NOT GOOD'}\n")
        for problem in (*finding.lost, *finding.wrong):
            sys.stderr.write(f"  {problem[:500]}\n")
    sys.stdout.write(f"{table(findings)}\n")
    return 0 if all(finding.is_good for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
