"""What the site costs a server: nothing at start, and little memory."""

import re
import subprocess
import sys
from pathlib import Path

from tests.support.processes import ServerProcess

MEGABYTE = 1_000_000


def resident(process: int) -> int:
    """Bytes of memory that a process holds, by Linux's account."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def test_what_renders_pages_is_not_loaded_at_start() -> None:
    loaded = "import sys, mudguard.serving.worker, mudguard.serving.server"
    code = f"{loaded}; print({{'jinja2', 'markdown_it'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_reference_is_not_kept_in_memory(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        script = re.search(r'<script defer src="([^"]+)"', server.client.get("/docs").text)
        assert script is not None
        before = resident(server.pid)
        for _ in range(20):
            assert len(server.client.get(script[1]).content) > 4 * MEGABYTE
        assert resident(server.pid) - before < 2 * MEGABYTE
