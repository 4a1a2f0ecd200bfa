"""A clock that the tests may set."""

import time


class Clock:
    """Real time, plus what the tests have let pass. Called, it gives milliseconds since 1970."""

    def __init__(self) -> None:
        self.offset_ms = 0
        self._stands_at: int | None = None

    def __call__(self) -> int:
        real = time.time_ns() // 1_000_000 if self._stands_at is None else self._stands_at
        return real + self.offset_ms

    def stand_still(self) -> "Clock":
        """Let time pass by `advance` only, for tests that count to the second."""
        self._stands_at = time.time_ns() // 1_000_000
        return self

    def seconds(self) -> float:
        """Seconds since 1970, as an authenticator app counts."""
        return self() / 1000

    def advance(self, seconds: float) -> None:
        """Let time pass, or step the clock back."""
        self.offset_ms += int(seconds * 1000)

    def next_step(self) -> None:
        """Go on to the next TOTP step, whose code is fresh."""
        self.advance(30)
