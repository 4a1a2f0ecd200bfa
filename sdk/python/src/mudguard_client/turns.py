"""What one call at a time does for all of them: refresh the tokens, and tell the application of them."""

import copy
import threading
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future

from mudguard_client.answers import connection_lost
from mudguard_client.errors import MudbaseError
from mudguard_client.tokens import Tokens

Flight = Future[MudbaseError | None]
"""A refresh under way; in the end, what it failed with."""


class Turns:
    """The turns of one process, for threads and for event loops."""

    def __init__(self) -> None:
        self._boarding = threading.Lock()
        self._flight: Flight | None = None
        self._telling = threading.Lock()
        self._news: deque[Tokens | None] = deque()

    def board(self) -> tuple[Flight, bool]:
        """The refresh under way, and whether the caller has to do it."""
        with self._boarding:
            if self._flight is not None:
                return self._flight, False
            self._flight = Future()
            return self._flight, True

    def land(self, flight: Flight, error: BaseException | None) -> None:
        """It is over: all who wait may go on. Only the first word counts."""
        with self._boarding:
            if self._flight is flight:
                self._flight = None
        if not flight.done():
            flight.set_result(error if error is None or isinstance(error, MudbaseError) else connection_lost())

    def news(
        self, tokens: Tokens | None, is_held: Callable[[Tokens | None], bool]
    ) -> Generator[Tokens | None, None, None]:
        """What the caller has to tell, one after the other; nothing while another one tells, who will tell this too.

        What is not held any more is left out: the store of an application ends with what came last.
        """
        self._news.append(tokens)
        while self._news and self._telling.acquire(blocking=False):
            try:
                while self._news:
                    latest = self._news.popleft()
                    if is_held(latest):
                        yield latest
            finally:
                self._telling.release()


def raise_again(error: MudbaseError | None) -> None:
    """Raise the failure of a refresh for one more of those who waited, each their own."""
    if error is not None:
        raise copy.copy(error)
