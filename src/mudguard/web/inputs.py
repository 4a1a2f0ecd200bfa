"""Reads a request's JSON body or query, and checks it against a model."""

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from starlette.requests import Request

from mudguard.rules.refusals import ErrorCode, Refused
from mudguard.web.errors import RefusedError

MAX_BODY_BYTES = 64 * 1024
BODY_SECONDS = 10
MAX_DEPTH = 32
MAX_NUMBER_LENGTH = 400
MAX_MESSAGES = 20
"""Fields of which an answer says what is wrong with them."""

_JSON_TYPE = re.compile(r"application/(?:[\w!#$&.+^-]+\+)?json\s*(?:;.*)?", re.IGNORECASE)
_SURROGATE_OR_NUL = re.compile("[\ud800-\udfff\x00]")

InputT_co = TypeVar("InputT_co", covariant=True)
ModelT = TypeVar("ModelT", bound=BaseModel)

BODY_ERRORS = (ErrorCode.VALIDATION_ERROR, ErrorCode.PAYLOAD_TOO_LARGE, ErrorCode.UNSUPPORTED_MEDIA_TYPE)


class RequestModel(BaseModel):
    """A body as clients send it: camelCase, strict types, unknown keys ignored."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_alias=True, validate_by_name=False, strict=True)


class QueryModel(BaseModel):
    """The parameters of a query. They are text, and numbers are parsed from it."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_alias=True, validate_by_name=False)


class Input(Protocol[InputT_co]):
    """What an operation reads from a request before it runs."""

    @property
    def errors(self) -> Sequence[ErrorCode]:
        """The errors of a request with other input."""

    async def read(self, request: Request) -> InputT_co:
        """Read the input of `request`. Raises a `RefusedError` that says what is wrong with it."""


class NoInput:
    """No input."""

    errors: Sequence[ErrorCode] = ()

    async def read(self, _request: Request) -> None:
        """Leave the request as it is."""


NOTHING = NoInput()


class JsonBody(Generic[ModelT]):
    """A body, as `model`. With `optional`, a missing body counts as an empty one."""

    errors: Sequence[ErrorCode] = BODY_ERRORS

    def __init__(self, model: type[ModelT], *, optional: bool = False) -> None:
        self.model = model
        self.optional = optional

    async def read(self, request: Request) -> ModelT:
        """Read the body. Raises a `RefusedError` that says what is wrong with it."""
        raw = await read_body(request)
        if not raw and self.optional:
            return self.model.model_validate({})
        if not raw:
            raise _invalid("The body is missing. Send JSON, with 'Content-Type: application/json'.")
        if not _JSON_TYPE.fullmatch(request.headers.get("content-type", "")):
            raise RefusedError(Refused(ErrorCode.UNSUPPORTED_MEDIA_TYPE))
        try:
            return self.model.model_validate(strictly_parsed(raw), by_alias=True)
        except ValidationError as error:
            raise RefusedError(Refused(ErrorCode.VALIDATION_ERROR, details=field_messages(error))) from None
        except ValueError as error:
            raise _invalid(f"The body is not JSON that can be read: {error}.") from None


class Query(Generic[ModelT]):
    """A query, as `model`. The last of repeated parameters counts. Unknown parameters are ignored."""

    errors: Sequence[ErrorCode] = (ErrorCode.VALIDATION_ERROR,)

    def __init__(self, model: type[ModelT]) -> None:
        self.model = model

    async def read(self, request: Request) -> ModelT:
        """Read the query. Raises a `RefusedError` that says what is wrong with it."""
        try:
            return self.model.model_validate(dict(request.query_params), by_alias=True)
        except ValidationError as error:
            raise RefusedError(Refused(ErrorCode.VALIDATION_ERROR, details=field_messages(error))) from None


async def read_body(request: Request) -> bytes:
    """Read the whole body. Raises `RefusedError` as soon as it is over 64 KiB."""
    if not ("content-length" in request.headers or "transfer-encoding" in request.headers):
        return b""  # RFC 9112 section 6.3
    chunks, length = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                length += len(chunk)
                if length > MAX_BODY_BYTES:
                    raise RefusedError(Refused(ErrorCode.PAYLOAD_TOO_LARGE))
                chunks.append(chunk)
    except TimeoutError:
        raise _invalid(f"The body did not arrive within {BODY_SECONDS} seconds. Send it again.") from None
    return b"".join(chunks)


def strictly_parsed(raw: bytes) -> Any:
    """Parse a JSON text (RFC 8259) that means the same to every reader (RFC 7493).

    Raises a `ValueError` that says what is wrong: duplicate keys, lone surrogates, NUL, numbers that are huge or not
    finite, or deep nesting.
    """
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_int=_number(int),
            parse_float=_number(float),
            parse_constant=_no_constant,
        )
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg.lower()} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    _check(value, MAX_DEPTH)
    return value


def field_messages(error: ValidationError) -> dict[str, object]:
    """What is wrong, by field, of the first fields. Names of nested fields are joined by dots."""
    messages: dict[str, object] = {}
    for item in error.errors(include_url=False, include_input=False)[:MAX_MESSAGES]:
        field = ".".join(str(part) for part in item["loc"]) or "body"
        messages[field] = _message(item["type"], item["msg"])
    return messages


def _message(kind: str, text: str) -> str:
    if kind == "missing":
        return "is required"
    if kind == "extra_forbidden":
        return "is not known here; leave it out"
    return text.removeprefix("Value error, ")


def _check(value: Any, depth: int) -> None:
    if depth == 0:
        raise ValueError("it is nested too deeply")
    if isinstance(value, str) and _SURROGATE_OR_NUL.search(value):
        raise ValueError("a string holds NUL or half a surrogate pair")
    if isinstance(value, dict):
        for key, member in value.items():
            _check(key, depth)
            _check(member, depth - 1)
    elif isinstance(value, list):
        for member in value:
            _check(member, depth - 1)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _number(convert: Callable[[str], Any]) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        number = convert(text) if len(text) <= MAX_NUMBER_LENGTH else None
        if number is None or number in (float("inf"), float("-inf")):
            raise ValueError("a number is too large")
        return number

    return parse


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _invalid(text: str) -> RefusedError:
    return RefusedError(Refused(ErrorCode.VALIDATION_ERROR, text))
