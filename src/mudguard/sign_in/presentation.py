"""Sign-ins as the official clients expect them, for operators and for people of a project."""

from typing import Any

from mudguard.accounts.presentation import user
from mudguard.rules.assurance import level_of
from mudguard.sign_in.issuing import SignedIn
from mudguard.sign_in.registration import SignedUp
from mudguard.sign_in.schemas import (
    AuthResponse,
    ChallengeResponse,
    LocalSessionUser,
    LocalUser,
    LoginLocalUserResponse,
    NewLocalUser,
    RefreshTokenResponse,
    RegisterLocalUserResponse,
    SessionDescription,
)
from mudguard.store.people import Person
from mudguard.store.sessions import Session
from mudguard.web.answers import timestamp


def signed_in(outcome: SignedIn, *, message: str = "Signed in.") -> AuthResponse:
    """The body of an operator's login."""
    return AuthResponse(message=message, user=user(outcome.person), **_tokens(outcome))


def locally_signed_in(outcome: SignedIn) -> LoginLocalUserResponse:
    """The body of a login of a person of a project."""
    return LoginLocalUserResponse(message="Signed in.", user=local_user(outcome.person), **_tokens(outcome))


def challenge_completed(outcome: SignedIn) -> ChallengeResponse:
    """The body of the second step, the same as the login's."""
    shown = local_user(outcome.person) if outcome.person.project_id else user(outcome.person)
    return ChallengeResponse(message="Signed in.", user=shown, **_tokens(outcome))


def signed_up(outcome: SignedIn | SignedUp) -> RegisterLocalUserResponse:
    """The body of a local sign-up."""
    person = outcome.person
    shown = NewLocalUser(
        id=person.id,
        email=person.email,
        first_name=person.first_name,
        last_name=person.last_name,
        email_verified=person.email_verified,
        custom_role=person.custom_role,
    )
    if isinstance(outcome, SignedIn):
        return RegisterLocalUserResponse(
            message="Account created.",
            require_verification=False,
            user=shown,
            **_tokens(outcome),
        )
    next_step = "Verify your e-mail address" if outcome.waits_for_verification else "Wait for approval"
    return RegisterLocalUserResponse(
        message=f"Account created. {next_step}, then sign in.",
        require_verification=outcome.waits_for_verification,
        user=shown,
    )


def refreshed(outcome: SignedIn) -> RefreshTokenResponse:
    """The body of a refresh."""
    return RefreshTokenResponse(message="Token refreshed.", **_tokens(outcome))


def local_user(person: Person) -> LocalUser:
    """A person of a project."""
    return LocalUser(**_local(person))


def local_session_user(person: Person) -> LocalSessionUser:
    """A person of a project, with the project's own role."""
    return LocalSessionUser(**_local(person), custom_role=person.custom_role)


def described(session: Session, *, current_id: str) -> SessionDescription:
    """A session in the list of sessions."""
    return SessionDescription(
        id=session.id,
        current=session.id == current_id,
        aal=level_of(session.methods),
        address=session.address,
        user_agent=session.user_agent,
        created_at=timestamp(session.created_at),
        last_used_at=timestamp(session.last_used_at),
    )


def _local(person: Person) -> dict[str, object]:
    return {
        "id": person.id,
        "email": person.email,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "role": person.role.value,
        "email_verified": person.email_verified,
        "two_factor_enabled": person.two_factor_enabled,
    }


def _tokens(outcome: SignedIn) -> dict[str, Any]:
    return {
        "token": outcome.access_token,
        "refresh_token": outcome.refresh_token,
        "expires_in": outcome.expires_in,
    }
