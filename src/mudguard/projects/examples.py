"""Examples of projects and API keys, for the documentation."""

from typing import Any

ORG_ID = "665f1c2ab7d94e0012ab34cc"
PROJECT_ID = "665f1c2ab7d94e0012ab34ce"
PROJECT: dict[str, Any] = {
    "_id": PROJECT_ID,
    "name": "Northwind Shop",
    "slug": "northwind-shop",
    "org": ORG_ID,
    "settings": {
        "allowAnonymousAuth": False,
        "requireEmailVerification": False,
        "requirePhoneVerification": False,
        "defaultUserAccountStatus": "active",
        "enableRealtime": False,
        "enableStorage": False,
        "enableFunctions": False,
    },
    "createdAt": "2026-01-02T03:04:05.000Z",
    "updatedAt": "2026-01-02T03:04:05.000Z",
}
KEY: dict[str, Any] = {
    "_id": "665f1c2ab7d94e0012ab34d0",
    "name": "Back end",
    "project": {"_id": PROJECT_ID, "name": "Northwind Shop", "slug": "northwind-shop"},
    "permissions": [{"resource": "auth", "actions": ["read"]}],
    "rateLimit": {"requests": 1000, "window": 3600},
    "usage": {"requests": 0},
    "isActive": True,
    "createdBy": {
        "_id": "665f1c2ab7d94e0012ab34cd",
        "firstName": "Morgan",
        "lastName": "Chen",
        "email": "morgan.chen@northwind.dev",
    },
    "createdAt": "2026-01-02T03:04:05.000Z",
}
SECRET = "mb_live_q0Z1…"  # an example
