"""How long the client takes to import beyond httpx2: the best of several fresh processes each. At most 30 ms.

Measured as processor time, so that a busy machine tells the same as an idle one.
"""

import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src"
ROUNDS = 15
MOST_MS = 30.0
TIMED = (
    "import sys, time; sys.path.insert(0, {path!r}); start = time.process_time(); {code}; "
    "print(time.process_time() - start)"
)


def milliseconds(code: str) -> float:
    """The least time that `code` took."""
    command = [sys.executable, "-c", TIMED.format(path=str(SOURCE), code=code)]
    times = [float(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(ROUNDS)]
    return min(times) * 1000


def main() -> int:
    """Measure, tell, and fail if it is too much."""
    alone, client = milliseconds("import httpx2"), milliseconds("import httpx2, mudguard_client")
    print(f"httpx2 {alone:.1f} ms, with mudguard_client {client:.1f} ms: {client - alone:.1f} ms more")
    return client - alone > MOST_MS


if __name__ == "__main__":
    sys.exit(main())
