"""Records as the store keeps them, each new one with an id of its own; what a test is not about is made up."""

import itertools
from typing import Any

from mudguard.rules.events import Event, EventType, Outcome
from mudguard.rules.roles import Role, Status
from mudguard.security.hashing import Argon2Parameters, HashedCodes
from mudguard.store.challenges import Challenge
from mudguard.store.organizations import Organization
from mudguard.store.people import Person
from mudguard.store.projects import Project
from mudguard.store.sessions import Session
from mudguard.store.two_factor import PendingSetup

NOW = 1_700_000_000_000
DAY = 86_400_000

PENDING = PendingSetup(b"sealed secret", b"sealed codes", NOW + 900_000)
CODES = HashedCodes(b"s" * 16, b"d" * 320, Argon2Parameters(19_456, 2))

_numbers = itertools.count(1)


def new_id() -> str:
    """An id that no other record has."""
    return f"{next(_numbers):024x}"


def organization(**changes: Any) -> Organization:
    """An organisation."""
    id_ = new_id()
    values = {"id": id_, "name": "Northwind", "slug": f"northwind-{id_}", "created_at": NOW, "updated_at": NOW}
    return Organization(**{**values, **changes})


def project(org_id: str, **changes: Any) -> Project:
    """A project of an organisation."""
    id_ = new_id()
    values = {
        "id": id_,
        "org_id": org_id,
        "name": "Shop",
        "description": None,
        "slug": f"shop-{id_}",
        "settings": {"requireEmailVerification": False},
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Project(**{**values, **changes})


def person(**changes: Any) -> Person:
    """A person of a project that need not be there, or an operator if `org_id` is given and `project_id` is not."""
    id_ = new_id()
    values = {
        "id": id_,
        "org_id": None,
        "project_id": None if "org_id" in changes else "f" * 24,
        "role": Role.VIEWER,
        "custom_role": None,
        "email": f"{id_}@customers.test",
        "first_name": "Pia",
        "last_name": "Person",
        "avatar": None,
        "password_hash": "$argon2id$",
        "credentials_version": 1,
        "status": Status.ACTIVE,
        "is_anonymous": False,
        "email_verified": False,
        "last_login_at": None,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Person(**{**values, **changes})


def session(person_id: str, **changes: Any) -> Session:
    """A session of a person, signed in by password."""
    values = {
        "person_id": person_id,
        "id": new_id(),
        "auth_time": NOW,
        "methods": ("pwd",),
        "refresh_family_hash": b"f" * 32,
        "refresh_hash": b"1" * 32,
        "created_at": NOW,
        "last_used_at": NOW,
        "address": "192.0.2.1",
        "user_agent": "a browser",
    }
    return Session(**{**values, **changes})


def challenge(person_id: str, **changes: Any) -> Challenge:
    """A challenge of a person, with five minutes to go."""
    values = {
        "person_id": person_id,
        "id": new_id(),
        "credentials_version": 1,
        "failures": 0,
        "expires_at": NOW + 300_000,
    }
    return Challenge(**{**values, **changes})


def event(**changes: Any) -> Event:
    """A security event: somebody gave a right password."""
    values = {
        "id": new_id(),
        "person_id": "a" * 24,
        "project_id": "f" * 24,
        "at": NOW,
        "type": EventType.SIGN_IN_PASSWORD,
        "outcome": Outcome.SUCCESS,
        "reason": None,
        "factor": None,
        "actor": "a" * 24,
        "address": "192.0.2.1",
        "request_id": "a request",
    }
    return Event(**{**values, **changes})


def api_key(project: Project, created_by: str, **changes: Any) -> dict[str, Any]:
    """The columns of an API key of a project: three requests in ten seconds."""
    id_ = new_id()
    values = {
        "id": id_,
        "org_id": project.org_id,
        "project_id": project.id,
        "name": "Backend",
        "secret_hash": bytes.fromhex(id_).rjust(32, b"\0"),
        "permissions": [],
        "limit_requests": 3,
        "limit_window": 10,
        "expires_at": None,
        "created_by": created_by,
        "created_at": NOW,
    }
    return {**values, **changes}
