"""The demo, as `make demo` runs it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import cv2
import numpy as np
import pytest

from tests.support.connections import Connection
from tests.support.processes import PATIENCE_SECONDS

DEMO = Path(__file__).parents[1] / "demo" / "demo.py"
PIXELS = 6


@contextmanager
def running_demo(temporary: Path) -> Iterator[subprocess.Popen[str]]:
    """The demo in a process of its own, with `temporary` for its temporary files."""
    with subprocess.Popen(
        [sys.executable, DEMO],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    ) as demo:
        yield demo


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo keeps its temporary files."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def screen(folder: Path) -> str:
    """What a demo that went well has shown."""
    with running_demo(folder) as demo:
        shown, _ = demo.communicate(timeout=PATIENCE_SECONDS)
    assert demo.returncode == 0, shown
    return shown


def test_every_step_of_the_main_job_is_shown_with_its_status(screen: str) -> None:
    steps = re.findall(r"^    (GET|POST) +(\S+) +(\d{3} \w+) +\d+ ms$", screen, re.MULTILINE)
    assert [f"{path} {outcome}" for _, path, outcome in steps] == [
        "/api/auth/register 201 Created",
        "/api/projects/{org}/projects 201 Created",
        "/api/auth/local/register 201 Created",
        "/api/auth/local/login 200 OK",
        "/api/users/2fa/setup 200 OK",
        "/api/users/2fa/verify 200 OK",
        "/api/auth/local/login 403 TWO_FACTOR_REQUIRED",
        "/api/auth/2fa/challenge 200 OK",
        "/api/auth/local/login 403 TWO_FACTOR_REQUIRED",
        "/api/auth/2fa/challenge 401 INVALID_TWO_FACTOR_CODE",
        "/api/auth/local/login 403 TWO_FACTOR_REQUIRED",
        "/api/auth/2fa/challenge 200 OK",
        "/api/users/2fa 200 OK",
        "/api/api-keys 201 Created",
        "/api/users/2fa/setup 403 API_KEY_NOT_SUPPORTED",
    ]


def test_the_qr_code_on_the_screen_can_be_scanned(screen: str) -> None:
    key = re.search(r"or type ((?:[A-Z2-7]{4} ?){8})$", screen, re.MULTILINE)
    assert key is not None
    scanned = unquote(cv2.QRCodeDetectorAruco().detectAndDecode(photographed(screen))[0])
    assert scanned.startswith("otpauth://totp/Northwind Shop:pia@customers.test?")
    assert f"secret={key[1].replace(' ', '')}" in scanned


def test_the_screen_need_not_be_wider_than_100_columns_nor_have_colours(screen: str) -> None:
    assert max(map(len, screen.splitlines())) <= 100
    assert "\033" not in screen


def test_nothing_is_left_behind(screen: str, folder: Path) -> None:
    assert screen.endswith("The server has stopped, and its data is gone.\n")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_nothing_is_left_behind_by_a_demo_that_was_interrupted(tmp_path: Path, number: int, code: int) -> None:
    with running_demo(tmp_path) as demo:
        assert demo.stdout is not None
        announced = re.match(r"Mudguard listens on http://127.0.0.1:(\d+),", demo.stdout.readline())
        demo.send_signal(number)
        shown, _ = demo.communicate(timeout=PATIENCE_SECONDS)
    assert (demo.returncode, "Traceback" in shown) == (code, False)
    assert list(tmp_path.iterdir()) == []
    assert announced is not None
    with pytest.raises(ConnectionRefusedError):
        Connection(int(announced[1]))


def photographed(screen: str) -> cv2.typing.MatLike:
    """The half blocks of a QR code on `screen`, in pixels."""
    lines = [line.strip("\n")[4:] for line in screen.splitlines() if re.fullmatch(r"    [█▀▄ ]+", line)]
    halves = [[block in lit for block in line] for line in lines for lit in ("█▀", "█▄")]
    modules = np.array(halves, dtype=np.uint8) * 255
    return np.kron(modules, np.ones((PIXELS, PIXELS), dtype=np.uint8))
