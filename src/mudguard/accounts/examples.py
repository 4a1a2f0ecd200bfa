"""Examples of a person's own account, for the documentation."""

from typing import Any

USER: dict[str, Any] = {
    "_id": "665f1c2ab7d94e0012ab34cd",
    "email": "morgan.chen@northwind.dev",
    "firstName": "Morgan",
    "lastName": "Chen",
    "fullName": "Morgan Chen",
    "role": "owner",
    "customRole": None,
    "isAnonymous": False,
    "emailVerified": False,
    "phoneVerified": False,
    "twoFactorEnabled": False,
    "lastLogin": "2026-01-02T03:04:05.000Z",
    "createdAt": "2026-01-02T03:04:05.000Z",
    "updatedAt": "2026-01-02T03:04:05.000Z",
    "org": {"_id": "665f1c2ab7d94e0012ab34cc", "name": "Northwind", "slug": "northwind"},
}
