"""The roles of operators, and the states of an account."""

from enum import StrEnum


class Role(StrEnum):
    """What an operator may do in an organisation. People of a project are viewers."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"


class Status(StrEnum):
    """The state of an account. Of an erased one only the id is left."""

    ACTIVE = "active"
    PENDING = "pending"
    DISABLED = "disabled"
    ERASED = "erased"
