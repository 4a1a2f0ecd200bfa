"""Where the demo plays: a server of its own, and a terminal that shows each request and what came of it."""

import json
import os
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx2

MUDGUARD = Path(sys.executable).with_name("mudguard")
PATIENCE_SECONDS = 30
COLUMNS = 100
IN_COLOUR = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
BOLD, DIM, GREEN, YELLOW = "1", "2", "32", "33"


class SurpriseError(Exception):
    """The server did not do what it promises."""


@contextmanager
def running_server() -> Iterator[str]:
    """The address of a server of our own. At the end it stops, and its folder is removed."""
    with tempfile.TemporaryDirectory(prefix="mudguard-demo-") as folder, Path(folder, "log").open("w+") as log:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MUDGUARD_")}
        process = subprocess.Popen(
            [MUDGUARD, "serve", "--port", "0"],
            env={**environment, "MUDGUARD_DATA_DIR": f"{folder}/var"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            announced = process.stdout.readline() if process.stdout else ""
            if "http://" not in announced:
                log.seek(0)
                raise SurpriseError(f"the server did not start: {log.read().strip() or 'it said nothing'}")
            yield next(word for word in announced.split() if word.startswith("http://"))
        finally:
            process.terminate()
            try:
                process.communicate(timeout=PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


class Stage:
    """Sends requests to a server, shows each as a numbered step, and checks that the answer is the promised one."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client
        self.steps = 0

    def step(
        self,
        sentence: str,
        request: str,
        body: object = None,
        *,
        expect: str,
        token: str = "",
        api_key: str = "",
        **ids: str,
    ) -> Any:
        """The JSON of the answer to `request`, such as `GET /api/projects/{org}`, whose {org} is one of `ids`.

        `expect` is the status with its code, or its phrase: `403 FORBIDDEN`, `200 OK`. Raises `SurpriseError`.
        """
        self.steps += 1
        verb, path = request.split()
        headers = {"Authorization": f"Bearer {token}"} if token else {"X-API-Key": api_key} if api_key else {}
        started = time.perf_counter()
        try:
            response = self._client.request(verb, path.format(**ids), json=body, headers=headers)
            answer = response.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise SurpriseError(f"{request}: no answer in JSON ({error})") from None
        took_ms = (time.perf_counter() - started) * 1000
        outcome = f"{response.status_code} {answer.get('code') or HTTPStatus(response.status_code).phrase}"
        say(f"\n{self.steps:2}  " + paint(sentence, BOLD))
        told = paint(f"{outcome:<26}", GREEN if response.is_success else YELLOW)
        say(f"    {verb:<4}  {path:<34}  {told}  {paint(f'{took_ms:4.0f} ms', DIM)}")
        if outcome != expect:
            raise SurpriseError(f"{request} should have answered {expect}, not {outcome}: {response.text}")
        return answer


def show(answer: dict[str, Any], *names: str) -> None:
    """Print some of an answer."""
    for name in names:
        text = f"{name}: {json.dumps(answer[name], ensure_ascii=False)}"
        for line in textwrap.wrap(text, COLUMNS, initial_indent=" " * 6, subsequent_indent=" " * 8):
            say(paint(line, DIM))


def paint(text: str, colour: str) -> str:
    """`text` in colour where that is wanted."""
    return f"\033[{colour}m{text}\033[0m" if IN_COLOUR else text


def say(text: str) -> None:
    """Print at once."""
    print(text, flush=True)
