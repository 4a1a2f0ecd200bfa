"""The account of the person who is signed in."""

from mudguard_client.accounts import (
    BackupCodes,
    EventsPage,
    ExportedData,
    Message,
    Profile,
    Sessions,
    TwoFactorSetup,
    TwoFactorStatus,
    UpdatedProfile,
)
from mudguard_client.core import Steps
from mudguard_client.endpoints import Endpoints, Kind, given, operation, segment


class Users(Endpoints[Kind]):
    """The account of the person who is signed in: `client.users`."""

    @operation
    def get(self) -> Steps[Profile]:
        """The person."""
        return self._core.send("GET", "/api/users/me", Profile, timeout=self._timeout)

    @operation
    def update(
        self, *, first_name: str | None = None, last_name: str | None = None, avatar: str | None = None
    ) -> Steps[UpdatedProfile]:
        """Change names or avatar (an http or https address; empty to remove it); what is left out stays."""
        body = given(first_name=first_name, last_name=last_name, avatar=avatar)
        return self._core.send("PATCH", "/api/users/update", UpdatedProfile, body=body, timeout=self._timeout)

    @operation
    def change_password(self, *, current_password: str, new_password: str) -> Steps[Message]:
        """Set a new password. The person's other sessions end."""
        body = given(current_password=current_password, new_password=new_password)
        return self._core.send("PATCH", "/api/users/password", Message, body=body, timeout=self._timeout)

    @operation
    def two_factor(self) -> Steps[TwoFactorStatus]:
        """Where the second factor stands."""
        return self._core.send("GET", "/api/users/2fa", TwoFactorStatus, timeout=self._timeout)

    @operation
    def setup2fa(self, *, password: str | None = None, token: str | None = None) -> Steps[TwoFactorSetup]:
        """Start an enrolment: secret, QR code and backup codes. Nothing about sign-in changes until `verify2fa`.

        A sign-in of over an hour ago needs the `password`; to replace an authenticator that is on, `token` proves it.
        """
        body = given(password=password, token=token) or None
        return self._core.send("POST", "/api/users/2fa/setup", TwoFactorSetup, body=body, timeout=self._timeout)

    @operation
    def verify2fa(self, token: str) -> Steps[Message]:
        """Turn the second factor on with the code that the authenticator app shows. The person's other sessions end."""
        body = given(token=token)
        return self._core.send("POST", "/api/users/2fa/verify", Message, body=body, timeout=self._timeout)

    @operation
    def disable2fa(self, *, password: str, token: str) -> Steps[Message]:
        """Turn the second factor off. Password and code must both be right; the code may be a backup code."""
        body = given(password=password, token=token)
        return self._core.send("POST", "/api/users/2fa/disable", Message, body=body, timeout=self._timeout)

    @operation
    def regenerate_backup_codes(self, token: str) -> Steps[BackupCodes]:
        """A new set of backup codes. The old set is void from that moment."""
        body = given(token=token)
        return self._core.send("POST", "/api/users/2fa/backup-codes", BackupCodes, body=body, timeout=self._timeout)

    @operation
    def sessions(self) -> Steps[Sessions]:
        """Where the person is signed in, the newest first."""
        return self._core.send("GET", "/api/users/me/sessions", Sessions, timeout=self._timeout)

    @operation
    def revoke_session(self, session_id: str) -> Steps[Message]:
        """End one of the person's sessions."""
        path = f"/api/users/me/sessions/{segment(session_id)}"
        return self._core.send("DELETE", path, Message, timeout=self._timeout)

    @operation
    def security_events(self, *, limit: int | None = None, before: str | None = None) -> Steps[EventsPage]:
        """What happened to the account, the newest first.

        `limit` is 1 to 200, and 50 if left out; `before` is `next_before` of the last page.
        """
        query = given(limit=limit, before=before)
        return self._core.send("GET", "/api/users/me/security-events", EventsPage, query=query, timeout=self._timeout)

    @operation
    def export_data(self) -> Steps[ExportedData]:
        """Everything that is kept about the person (GDPR, article 15)."""
        return self._core.send("GET", "/api/users/me/export", ExportedData, timeout=self._timeout)

    @operation
    def erase(self, *, confirm: str, current_password: str, totp_token: str | None = None) -> Steps[Message]:
        """Erase the account at once and for good (GDPR, article 17). The client is signed out by it.

        `confirm` must be `DELETE`; `totp_token` is needed when a second factor is on.
        """
        body = given(confirm=confirm, current_password=current_password, totp_token=totp_token)
        session = self._core.session
        answer = yield from self._core.send("POST", "/api/users/me/erase", Message, body=body, timeout=self._timeout)
        yield from self._core.sign_out(session)
        return answer
