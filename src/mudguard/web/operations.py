"""Describes operations. Routes, checks, limits and documentation come from the description."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar, get_type_hints

from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from mudguard.rules.identity import is_id
from mudguard.rules.refusals import ErrorCode, Refused
from mudguard.web.access import Access, AccessChecks
from mudguard.web.answers import ResponseModel, json_answer
from mudguard.web.errors import RefusedError
from mudguard.web.inputs import Input

ServiceT = TypeVar("ServiceT")
CallerT = TypeVar("CallerT")
InputT = TypeVar("InputT")

ALWAYS = (ErrorCode.INTERNAL_ERROR, ErrorCode.SERVICE_UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class Call(Generic[CallerT, InputT]):
    """A request that passed its checks. `ids` are the ids in the path, in lower case."""

    caller: CallerT
    input: InputT
    ids: Mapping[str, str]


Endpoint = Callable[[ServiceT, Call[CallerT, InputT]], Awaitable[ResponseModel]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path.

    The endpoint's return type is the model of the answer. `answered` describes the answer, and `example` is one.
    `errors` are this operation's own errors; the errors of its access and its input are added. Every name in the braces
    of `path` is that of an id.
    """

    endpoint: Endpoint[Any, Any, Any]
    method: str
    path: str
    id: str
    tag: str
    summary: str
    description: str
    access: Access[Any]
    takes: Input[Any]
    answers: type[ResponseModel]
    answered: str
    example: Mapping[str, Any]
    status: int = 200
    request_example: Mapping[str, Any] | None = None
    errors: tuple[ErrorCode, ...] = ()

    @property
    def path_ids(self) -> list[str]:
        """The names in the path's braces, in their order."""
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]

    @property
    def all_errors(self) -> list[ErrorCode]:
        """All errors that a caller can get, in the order of `ErrorCode`."""
        found = {*self.errors, *self.access.errors, *self.takes.errors, *ALWAYS}
        if self.path_ids:
            found.add(ErrorCode.VALIDATION_ERROR)
        return [code for code in ErrorCode if code in found]


class Operations(Generic[ServiceT]):
    """The operations of one service, in the order of their descriptions."""

    def __init__(self, tag: str) -> None:
        self._tag = tag
        self._described: list[Operation] = []

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._described)

    def add(
        self, method: str, path: str, *, access: Access[CallerT], takes: Input[InputT], **description: Any
    ) -> Callable[[Endpoint[ServiceT, CallerT, InputT]], Endpoint[ServiceT, CallerT, InputT]]:
        """Describe the operation of the decorated coroutine; see `Operation`."""

        def describe(endpoint: Endpoint[ServiceT, CallerT, InputT]) -> Endpoint[ServiceT, CallerT, InputT]:
            self._described.append(
                Operation(
                    endpoint=endpoint, method=method, path=path, tag=self._tag, access=access, takes=takes,
                    answers=get_type_hints(endpoint)["return"], **description,
                )
            )  # fmt: skip
            return endpoint

        return describe

    def routes(self, service: ServiceT, checks: AccessChecks) -> list[Route]:
        """Routes that call the operations on `service`."""
        return [_route(operation, service, checks) for operation in self._described]


class _Handler:
    """An operation of a service, as an ASGI application. A function would be wrapped by the framework."""

    def __init__(self, operation: Operation, service: object, checks: AccessChecks) -> None:
        self.operation = operation
        self._run = partial(operation.endpoint, service)
        self._checks = checks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the caller, read the input, run the endpoint, and send its answer."""
        operation = self.operation
        request = Request(scope, receive, send)
        caller = await operation.access.check(self._checks, request)
        given = await operation.takes.read(request)
        answer = await self._run(Call(caller, given, _ids(request)))
        await json_answer(answer, status=operation.status)(scope, receive, send)


def _route(operation: Operation, service: object, checks: AccessChecks) -> Route:
    route = Route(operation.path, _Handler(operation, service, checks), methods=[operation.method])
    route.methods = {operation.method}  # the framework adds HEAD to GET
    return route


def _ids(request: Request) -> Mapping[str, str]:
    """The ids in the path. Raises `RefusedError`."""
    ids: Mapping[str, str] = request.path_params
    wrong: dict[str, object] = {name: "must be 24 hex digits" for name, text in ids.items() if not is_id(text)}
    if wrong:
        raise RefusedError(Refused(ErrorCode.VALIDATION_ERROR, details=wrong))
    return {name: text.lower() for name, text in ids.items()}
