"""The errors of an operation as a table: status, code, what it means, what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mudguard.rules.refusals import ErrorCode
from mudguard.web.error_codes import ERRORS


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One error. `anchor` is its place in the guide to errors."""

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
            described = ERRORS[ErrorCode(code)]
            rows.append(ErrorRow(int(status), code, described.cause, described.remedy))
    return rows
