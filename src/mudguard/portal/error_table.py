"""The errors of an operation as a table: status, code, what it means, what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mudguard.http.errors import MEANINGS
from mudguard.rules.refusals import Code

_IN_TWO: dict[Code, tuple[str, str]] = {
    Code.UNAUTHORIZED: ("No credential was sent.", MEANINGS[Code.UNAUTHORIZED].text),
    Code.INVALID_CREDENTIALS: (MEANINGS[Code.INVALID_CREDENTIALS].text, "Ask for both again."),
    Code.FORBIDDEN: (MEANINGS[Code.FORBIDDEN].text, "Ask somebody whose role allows it."),
    Code.EMAIL_VERIFICATION_REQUIRED: (
        "The project wants a verified e-mail address.",
        MEANINGS[Code.EMAIL_VERIFICATION_REQUIRED].text,
    ),
    Code.CONFLICT: (MEANINGS[Code.CONFLICT].text, "Look at what is there, and change it or choose another name."),
    Code.UNSUPPORTED_MEDIA_TYPE: (
        "The body is not JSON, by its Content-Type.",
        MEANINGS[Code.UNSUPPORTED_MEDIA_TYPE].text,
    ),
}
"""The codes whose text is one sentence: it is the meaning or the advice, and here is the other."""


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One error. `anchor` is its place in the guide to the errors."""

    status: int
    code: str
    meaning: str
    remedy: str

    @property
    def anchor(self) -> str:
        """The fragment of its section."""
        return self.code.lower()


def error_rows(responses: Mapping[str, Any]) -> list[ErrorRow]:
    """The errors among the `responses` of an operation, by status."""
    rows = []
    for status, response in sorted(responses.items()):
        for code in response["content"]["application/json"].get("examples", {}):
            meaning, remedy = explained(Code(code))
            rows.append(ErrorRow(int(status), code, meaning, remedy))
    return rows


def explained(code: Code) -> tuple[str, str]:
    """What `code` means, and what to do about it."""
    if code in _IN_TWO:
        return _IN_TWO[code]
    meaning, _, remedy = MEANINGS[code].text.partition(". ")
    return f"{meaning}.", remedy
