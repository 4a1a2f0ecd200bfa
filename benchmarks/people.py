"""People made up from a seed: who they are, their secrets and tokens can be told again without being kept."""

import hmac
from dataclasses import dataclass

from mudguard.rules.identity import new_id
from mudguard.rules.roles import Role, Status
from mudguard.security.opaque_tokens import ChallengeToken, RefreshToken
from mudguard.store.people import Person

PASSWORD = "correct horse battery"
DAY_MS = 86_400_000
SIGN_UP_GAP_MS = 1_000
ADDRESS = "127.0.0.1"
"""Where the load comes from: nobody's address is new."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody of one database. People with an odd number have 2FA on; the first signed up at `first_at_ms`."""

    seed: str
    project_id: str
    first_at_ms: int
    password_hash: str

    def signed_up_at(self, number: int) -> int:
        """When, in milliseconds since 1970."""
        return self.first_at_ms + number * SIGN_UP_GAP_MS

    def has_second_factor(self, number: int) -> bool:
        """Whether their 2FA is on."""
        return number % 2 == 1

    def person_id(self, number: int) -> str:
        """Ids of people who signed up one after the other follow one another, as the server's do."""
        return new_id(self.signed_up_at(number), self._random("person", number)[:8])

    def email(self, number: int) -> str:
        """An address of which nobody reads the mail."""
        return f"person{number:08}@customers.test"

    def secret(self, number: int) -> bytes:
        """The authenticator's, 20 bytes."""
        return self._random("authenticator", number)[:20]

    def session_id(self, number: int) -> str:
        """The one session that each person has."""
        return new_id(self.signed_up_at(number), self._random("session", number)[:8])

    def refresh_token(self, number: int, generation: int) -> RefreshToken:
        """The session's token after so many renewals."""
        return RefreshToken(
            self.person_id(number),
            self.session_id(number),
            self._random("family", number)[:16],
            self._random("refresh", number, generation),
        )

    def challenge(self, number: int, turn: int) -> ChallengeToken:
        """A sign-in that waits for the second factor."""
        return ChallengeToken(self.person_id(number), self._random("challenge", number, turn))

    def person(self, number: int) -> Person:
        """Their row."""
        at = self.signed_up_at(number)
        return Person(
            id=self.person_id(number),
            org_id=None,
            project_id=self.project_id,
            role=Role.VIEWER,
            custom_role=None,
            email=self.email(number),
            first_name="Pia",
            last_name=f"Person {number}",
            avatar=None,
            password_hash=self.password_hash,
            credentials_version=2 if self.has_second_factor(number) else 1,
            status=Status.ACTIVE,
            is_anonymous=False,
            email_verified=False,
            last_login_at=at,
            created_at=at,
            updated_at=at,
            two_factor_enabled=self.has_second_factor(number),
        )

    def _random(self, purpose: str, *numbers: int) -> bytes:
        """32 bytes that are always the same for the same purpose and numbers."""
        return hmac.digest(self.seed.encode(), f"{purpose} {numbers}".encode(), "sha256")
