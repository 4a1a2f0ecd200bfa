"""Examples for the documentation of signing up and signing in."""

from typing import Any

from mudguard.accounts.examples import USER

TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI2NjVmMWMyYWI3ZDk0ZTAwMTJhYjM0Y2QifQ.doc_preview_sig"
REFRESH_TOKEN = "mgr_Zl8cKrfZTgASqzTNZl8cK7fZTgASqzTO…"
CHALLENGE_TOKEN = "mgc_Zl8cKrfZTgASqzTNm1n0…"
PROJECT_ID = "665f1c2ab7d94e0012ab34ce"
CREDENTIALS = {"email": "morgan.chen@northwind.dev", "password": "correct horse battery"}
APPLICANT = {**CREDENTIALS, "firstName": "Morgan", "lastName": "Chen"}

LOCAL_USER: dict[str, Any] = {
    "id": "665f1c2ab7d94e0012ab34cd",
    "email": "morgan.chen@northwind.dev",
    "firstName": "Morgan",
    "lastName": "Chen",
    "role": "viewer",
    "emailVerified": False,
    "twoFactorEnabled": False,
}
NEW_LOCAL_USER: dict[str, Any] = {
    "id": "665f1c2ab7d94e0012ab34cd",
    "email": "morgan.chen@northwind.dev",
    "firstName": "Morgan",
    "lastName": "Chen",
    "emailVerified": False,
    "customRole": None,
}
TOKENS: dict[str, Any] = {"token": TOKEN, "refreshToken": REFRESH_TOKEN, "expiresIn": 1800}
SIGNED_IN: dict[str, Any] = {"message": "Signed in.", **TOKENS, "user": USER}
LOCALLY_SIGNED_IN: dict[str, Any] = {"message": "Signed in.", **TOKENS, "user": LOCAL_USER}
SESSION: dict[str, Any] = {
    "_id": "665f1c2ab7d94e0012ab34cf",
    "current": True,
    "aal": "aal2",
    "address": "192.0.2.7",
    "userAgent": "Mozilla/5.0",
    "createdAt": "2026-01-02T03:04:05.000Z",
    "lastUsedAt": "2026-01-02T03:04:05.000Z",
}
