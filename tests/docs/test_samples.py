"""Every sample of every operation runs as it is shown, against a live server; only the values are real ones."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mudguard.docs.catalogue import Operation
from mudguard.docs.samples import INSTALL, Sample, example_answer, samples
from mudguard.docs.sdk_calls import CALLS
from tests.support import javascript
from tests.support.operations import OPERATIONS
from tests.support.server import Server
from tests.support.stages import values_for

ROOT = Path(__file__).parents[2]
PYTHON_CLIENT = ROOT / "sdk" / "python" / "src"
SHOWN = [Operation(found.method, found.template, found.described) for found in OPERATIONS]
ADDRESS = "http://localhost:5000"


def having(*kinds: str) -> list[Any]:
    """Every operation with each of its samples of these kinds."""
    return [
        pytest.param(operation, sample.kind, id=f"{operation.id}-{sample.kind}")
        for operation in SHOWN
        for sample in samples(operation, address=ADDRESS)
        if sample.kind in kinds
    ]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server to call."""
    with Server(tmp_path_factory.mktemp("live")) as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("samples")


@pytest.fixture(autouse=True)
def python_client_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python client can be imported, as it could where it is installed."""
    monkeypatch.syspath_prepend(str(PYTHON_CLIENT))


def ready(operation: Operation, kind: str, server: Server) -> Sample:
    """The sample, its code as it is shown but for the values."""
    (sample,) = [sample for sample in samples(operation, address=server.url) if sample.kind == kind]
    values = values_for(operation.id, server)

    def filled(text: str) -> str:
        for shown, real in values.items():
            text = text.replace(shown, real)
        return text

    return Sample(kind, sample.label, sample.language, filled(sample.setup), filled(sample.call))


@pytest.mark.parametrize(("operation", "kind"), having("javascript"))
def test_javascript_runs(operation: Operation, kind: str, live: Server, folder: Path) -> None:
    sample = ready(operation, kind, live)
    assert javascript.run(f'{sample.whole}\nconsole.log("done", typeof result);', folder).startswith("done ")


@pytest.mark.parametrize(("operation", "kind"), having("python", "official", "plain-python"))
def test_python_runs(operation: Operation, kind: str, live: Server) -> None:
    names: dict[str, Any] = {}
    try:
        exec(ready(operation, kind, live).whole, names)
        assert "result" in names
    finally:
        let_go(names.get("client"))


@pytest.mark.parametrize(("operation", "kind"), having("curl"))
def test_curl_runs(operation: Operation, kind: str, live: Server) -> None:
    command = ready(operation, kind, live).whole + " --silent --output /dev/null --write-out '%{http_code}'"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=30, check=True)
    assert int(done.stdout) == operation.success[0]


@pytest.mark.parametrize(("operation", "kind"), having("http"))
def test_http_is_a_request(operation: Operation, kind: str, live: Server) -> None:
    head, _, body = ready(operation, kind, live).whole.partition("\n\n")
    head = re.sub(r"Content-Length: \d+", f"Content-Length: {len(body.encode())}", head) + "\nConnection: close"
    with closing(socket.create_connection(("127.0.0.1", live.port), timeout=30)) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body.encode())
        status = connection.makefile("rb").readline().decode().split()
    assert status[:2] == ["HTTP/1.1", str(operation.success[0])]


@pytest.mark.parametrize(("operation", "kind"), having("http"))
def test_http_counts_its_body_right(operation: Operation, kind: str) -> None:
    (sample,) = [sample for sample in samples(operation, address=ADDRESS) if sample.kind == kind]
    head, _, body = sample.whole.partition("\n\n")
    declared = re.search(r"Content-Length: (\d+)", head)
    assert int(declared[1] if declared else 0) == len(body.encode())


@pytest.mark.parametrize("operation", SHOWN, ids=lambda operation: operation.id)
def test_the_answer_that_is_shown_has_the_status_of_the_operation(operation: Operation) -> None:
    assert example_answer(operation).startswith(f"HTTP/1.1 {operation.success[0]} ")


def test_no_call_is_noted_for_an_operation_that_is_not_there() -> None:
    assert set(CALLS) <= {operation.id for operation in SHOWN}


@pytest.mark.parametrize(
    ("kind", "readme"), [("javascript", "sdk/javascript"), ("python", "sdk/python"), ("official", ".")]
)
def test_a_client_is_installed_as_its_readme_says(kind: str, readme: str) -> None:
    (install,) = {sample.install for operation in SHOWN for sample in samples(operation, address=ADDRESS)
                  if sample.kind == kind}  # fmt: skip
    commands = [line for line in install.splitlines() if not line.startswith("#")]
    told = (ROOT / readme / "README.md").read_text("utf-8")
    assert [command for command in commands if command not in told] == []
    assert commands


def test_the_tarball_that_is_installed_is_the_one_that_is_packed() -> None:
    package = json.loads((ROOT / "sdk" / "javascript" / "package.json").read_text("utf-8"))
    assert f"/{package['name']}-{package['version']}.tgz" in INSTALL["javascript"]


def test_another_address_is_given_to_every_client() -> None:
    operation = next(operation for operation in SHOWN if operation.id == "setup2FA")
    found = samples(operation, address="https://auth.example.com")
    assert [sample.kind for sample in found if "https://auth.example.com" not in sample.whole] == ["http"]
    assert "Host: auth.example.com" in found[-1].whole


def let_go(client: Any) -> None:
    """Close the connections that a sample leaves to the end of its process."""
    if client is None:
        return
    if "mudbase" in sys.modules and isinstance(client, sys.modules["mudbase"].ApiClient):
        client.rest_client.pool_manager.clear()
    else:
        client.close()
