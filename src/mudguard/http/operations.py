"""How an operation is described: what it needs, what it answers, every error it can give."""

from collections.abc import Iterable, Mapping
from typing import Any

from mudguard.http.answers import Answer
from mudguard.rules.refusals import Code

BEARER_CODES = (Code.UNAUTHORIZED, Code.INVALID_TOKEN, Code.TOKEN_EXPIRED, Code.SESSION_REVOKED)
PERSON_CODES = (*BEARER_CODES, Code.API_KEY_NOT_SUPPORTED, Code.ACCOUNT_DISABLED)
BODY_CODES = (Code.VALIDATION_ERROR, Code.PAYLOAD_TOO_LARGE, Code.UNSUPPORTED_MEDIA_TYPE)
ALWAYS = (Code.INTERNAL_ERROR, Code.SERVICE_UNAVAILABLE)


def operation(
    operation_id: str, summary: str, description: str, *, answers: type[Answer], example: Mapping[str, Any],
    answered: str, status: int = 200, request_example: Mapping[str, Any] | None = None, codes: Iterable[Code] = (),
) -> dict[str, Any]:  # fmt: skip
    """Keyword arguments for a route.

    `answered` describes the answer, `example` is one; `codes` are the errors of this operation. What follows from
    its dependencies (credentials, body, limits) is added when the document is made.
    """
    return {
        "operation_id": operation_id,
        "summary": summary,
        "description": description,
        "status_code": status,
        "response_model": None,
        "responses": {
            status: {
                "model": answers,
                "description": answered,
                "content": {"application/json": {"example": dict(example)}},
            }
        },
        "openapi_extra": {
            "x-codes": [code.value for code in codes],
            "x-request-example": dict(request_example) if request_example is not None else None,
        },
    }
