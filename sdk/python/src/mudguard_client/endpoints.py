"""How an endpoint is written down once, and called through either client."""

from collections.abc import Callable, Coroutine, Mapping
from functools import wraps
from typing import Any, Concatenate, Generic, Literal, ParamSpec, Protocol, Self, TypeVar, overload
from urllib.parse import quote

from mudguard_client.core import Core, Steps
from mudguard_client.results import camel_case

Blocking = Literal["blocking"]
"""Marks what belongs to `MudbaseClient`: a call gives its result."""
Awaited = Literal["awaited"]
"""Marks what belongs to `AsyncMudbaseClient`: a call gives something to await."""

Kind = TypeVar("Kind", bound=str)
T = TypeVar("T")
P = ParamSpec("P")


class Driver(Protocol):
    """A client: carries steps out."""

    def __call__(self, steps: Steps[Any]) -> Any:
        """The result of the steps, at once or to be awaited."""


class Endpoints(Generic[Kind]):
    """A group of calls."""

    def __init__(self, core: Core, drive: Driver, timeout: float) -> None:
        self._core = core
        self._drive = drive
        self._timeout = timeout


class Operation(Generic[P, T]):
    """A method that describes a call in steps, and carries it out in the manner of its client."""

    def __init__(self, describe: Callable[Concatenate[Any, P], Steps[T]]) -> None:
        self._describe = describe
        self.__doc__ = describe.__doc__
        self.__wrapped__ = describe

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, instance: Endpoints[Blocking], owner: type[Any]) -> Callable[P, T]: ...
    @overload
    def __get__(self, instance: Endpoints[Awaited], owner: type[Any]) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, instance: Endpoints[Any] | None, owner: type[Any]) -> Any:
        if instance is None:
            return self
        method = self._describe.__get__(instance)

        @wraps(method)
        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            return instance._drive(method(*args, **kwargs))  # noqa: SLF001  # the other half of this class

        return call


operation = Operation


def given(**values: Any) -> dict[str, Any]:
    """The values that were given, named as the server names them."""
    return {camel_case(name): _spelt(value) for name, value in values.items() if value is not None}


def segment(identifier: str) -> str:
    """An id as a part of a path. An empty one, or dots, would name another address than was meant."""
    if not identifier.strip("."):
        raise ValueError("an id is missing")
    return quote(identifier, safe="")


def _spelt(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {camel_case(name): _spelt(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_spelt(inner) for inner in value]
    return value
