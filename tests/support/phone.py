"""A phone with an authenticator app, and the person who types its codes into programs of other processes."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from tests.support.authenticator import Authenticator
from tests.support.clock import Clock
from tests.support.scanner import scanned


class Phone:
    """`with Phone(clock) as phone:` answers a POST to `phone.url` with the code that the app shows then.

    A body is the picture of a QR code, which is scanned first if it is a new one. Each code is fresh, since time goes
    on to the next step before it; the first `mistypes` of them are wrong.
    """

    def __init__(self, clock: Clock, authenticator: Authenticator | None = None, *, mistypes: int = 0) -> None:
        self._clock = clock
        self._authenticator = authenticator
        self._mistypes = mistypes
        self._last_picture = ""

    def __enter__(self) -> Self:
        person = self

        class Asked(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                picture = self.rfile.read(int(self.headers["Content-Length"])).decode()
                code = person.type_code(picture).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(code)))
                self.end_headers()
                self.wfile.write(code)

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # the base class has it so
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def type_code(self, picture: str) -> str:
        """What the person types who is shown `picture`, a data URI; empty where none is shown."""
        if picture and picture != self._last_picture:
            self._authenticator = Authenticator.scanning(scanned(picture), self._clock.seconds)
            self._last_picture = picture
        assert self._authenticator is not None, "nothing was scanned"
        self._clock.next_step()
        if self._mistypes:
            self._mistypes -= 1
            return self._authenticator.wrong_code()
        return self._authenticator.code()
