"""A socket server that gives the answers it was told to, and keeps what it was asked."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

ScriptedAnswer = dict[str, Any]


@dataclass(frozen=True)
class Received:
    """A request that came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


class ScriptedServer:
    """Gives `answers` one after the other, each on a connection of its own; after the last, cuts every connection.

    What an answer has under `meanwhile` is called between the request and the answer.
    """

    def __init__(self, *answers: ScriptedAnswer, port: int = 0, after: float = 0) -> None:
        """It listens at once, or only some seconds after it was entered."""
        self.received: list[Received] = []
        self._answers = list(answers)
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", port))
        self._after = after
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept)
        self._answering: list[threading.Thread] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def meanwhile(self, call: Callable[[], object]) -> None:
        """Call this between the next request and its answer."""
        self._answers[0] = {**self._answers[0], "meanwhile": call}

    def __enter__(self) -> Self:
        if not self._after:
            self._listener.listen()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for thread in self._answering:
            thread.join()
        for connection in self._open:
            connection.close()

    def _accept(self) -> None:
        time.sleep(self._after)
        self._listener.listen()
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # the listener was closed
                return
            self._open.append(connection)
            self._answering.append(threading.Thread(target=self._answer, args=(connection,)))
            self._answering[-1].start()

    def _answer(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as lines:
            method, target, _ = lines.readline().decode().split(" ")
            headers = {}
            while line := lines.readline().decode().strip():
                name, _, value = line.partition(": ")
                headers[name.lower()] = value
            content = lines.read(int(headers.get("content-length", 0)))
        address = urlsplit(target)
        query = dict(parse_qsl(address.query))
        body = json.loads(content) if content else None
        self.received.append(Received(method, address.path, query, headers, body))
        answer: ScriptedAnswer = self._answers.pop(0) if self._answers else {"fault": "drop"}
        answer.get("meanwhile", lambda: None)()
        match answer.get("fault"):
            case "hang":
                return
            case "drop":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
            case "cut":
                connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"user": {"email": "mor')
            case "garbage":
                connection.sendall(answer["bytes"])
            case "trickle":  # a little now and then, for as long as anybody listens
                with suppress(OSError):
                    connection.sendall(answer.get("start", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"))
                    for _ in range(200):
                        connection.sendall(answer.get("drop", b" "))
                        time.sleep(0.05)
            case _:
                connection.sendall(_written(answer))
        connection.close()


def _written(answer: ScriptedAnswer) -> bytes:
    body = answer["text"] if "text" in answer else json.dumps(answer.get("json", {}))
    content = body if isinstance(body, bytes) else body.encode()
    headers = {"Content-Length": str(len(content)), "Connection": "close", **answer.get("headers", {})}
    lines = [f"HTTP/1.1 {answer['status']} Scripted", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + content


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
