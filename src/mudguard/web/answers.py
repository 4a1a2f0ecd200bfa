"""Answers: JSON bodies, moments, and the shapes that several features share."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from starlette.responses import Response

Timestamp = Annotated[str, Field(json_schema_extra={"format": "date-time", "example": "2026-01-02T03:04:05.000Z"})]
Id = Annotated[str, Field(pattern="^[0-9a-f]{24}$", json_schema_extra={"example": "665f1c2ab7d94e0012ab34cd"})]


class ResponseModel(BaseModel):
    """The body of an answer: camelCase keys, and only keys that have a value."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, extra="forbid", frozen=True
    )


class Message(ResponseModel):
    """A sentence that says what was done."""

    message: str


def timestamp(moment_ms: int) -> str:
    """Milliseconds since 1970 as `2026-01-02T03:04:05.000Z`."""
    moment = datetime.fromtimestamp(moment_ms // 1000, UTC).replace(tzinfo=None)
    return f"{moment.isoformat()}.{moment_ms % 1000:03d}Z"


def json_answer(body: BaseModel, *, status: int = 200) -> Response:
    """`body` as JSON, without the keys that were not set."""
    content = body.model_dump_json(by_alias=True, exclude_unset=True)
    return Response(content, status_code=status, media_type="application/json")


def plain(body: BaseModel) -> dict[str, Any]:
    """`body` as plain values for JSON."""
    return body.model_dump(by_alias=True, exclude_unset=True)


def json_response(body: Mapping[str, object], *, status: int, headers: Mapping[str, str]) -> Response:
    """`body` as JSON."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(content, status_code=status, media_type="application/json", headers=dict(headers))
