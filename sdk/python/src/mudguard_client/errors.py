"""Everything that can go wrong with a call, as one family of errors."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any


class MudbaseError(Exception):
    """The parent of all errors of a client. Catch a class of it, or look at `status` and `code`.

    Attributes:
        status: HTTP status; 0 where no whole answer came.
        code: stable code, such as `INVALID_TWO_FACTOR_CODE`; see the table of errors of the API.
        message: text for people, which says what to do next.
        request_id: names the request in the server's log.
        retry_after: seconds to wait before another attempt.
        details: of a validation error, a map of field to message.

    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        code: str,
        request_id: str | None = None,
        retry_after: float | None = None,
        details: str | Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after
        self.details = details

    def __repr__(self) -> str:
        return f"{type(self).__name__}(status={self.status}, code={self.code!r}, message={self.message!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[MudbaseError], args: tuple[Any, ...], state: dict[str, Any]) -> MudbaseError:
    """An error that came from another process."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class BadRequestError(MudbaseError):
    """400: something that was sent is not right, such as a field (`details` says which), a code or a password."""


class AuthenticationError(MudbaseError):
    """401: nobody is signed in any more, or the credentials of a sign-in are wrong."""


class PermissionDeniedError(MudbaseError):
    """403: known, but not allowed."""


class NotFoundError(MudbaseError):
    """404: there is nothing there, or nothing that the caller may see."""


class MethodNotAllowedError(MudbaseError):
    """405: the address does not take this verb."""


class ConflictError(MudbaseError):
    """409: in conflict with what exists, such as an e-mail address that is taken."""


class PayloadTooLargeError(MudbaseError):
    """413: the body is too large."""


class UnsupportedMediaTypeError(MudbaseError):
    """415: the body is of another type than JSON."""


class RateLimitedError(MudbaseError):
    """429: too many requests, or too many wrong codes or passwords. `retry_after` says how long to wait."""


class ServerError(MudbaseError):
    """500 and above: a fault of the server or of what stands before it."""


class ServiceUnavailableError(ServerError):
    """503: the server cannot do this right now.

    Ask for the state before you repeat a change: the database may have failed as it was carried out.
    """


class UnreadableAnswerError(MudbaseError):
    """The answer is none of a Mudguard server: a page of HTML, a redirect."""


class NetworkError(MudbaseError):
    """No whole answer came.

    With `CONNECTION_FAILED` nothing was sent; with `CONNECTION_LOST` a request that changes something may have been
    carried out.
    """


class TimedOutError(NetworkError):
    """No answer within the time that a call has. A request that changes something may have been carried out."""


class TwoFactorRequired(PermissionDeniedError):  # noqa: N818  # a half-finished sign-in more than an error
    """The password was right, and the account has a second factor: ask for a code, and pass it to `complete`.

    Attributes:
        challenge_token: names the half-finished sign-in. It opens nothing without a code, but keep it out of logs.
        methods: how it can be completed: `totp`, `backup_code`.
        expires_in: seconds that the challenge lives; sign in anew after that.

    """

    def __init__(
        self,
        message: str,
        *,
        challenge_token: str,
        methods: Sequence[str],
        expires_in: int,
        complete: Callable[[str], Any],
        **facts: Any,
    ) -> None:
        super().__init__(message, **facts)
        self.challenge_token = challenge_token
        self.methods = tuple(methods)
        self.expires_in = expires_in
        self._complete = complete

    def complete(self, code: str) -> Any:
        """Finish the sign-in with a code of the authenticator app, or a backup code: a `SignIn`.

        With `AsyncMudbaseClient` it is to be awaited. A wrong code is an `AuthenticationError` with
        `INVALID_TWO_FACTOR_CODE`; the same challenge can be tried again.
        """
        return self._complete(code)

    def __reduce__(self) -> tuple[Any, ...]:
        state = {name: value for name, value in self.__dict__.items() if name != "_complete"}
        return _restored, (type(self), self.args, state)  # the client stays behind: there is `complete_two_factor`
