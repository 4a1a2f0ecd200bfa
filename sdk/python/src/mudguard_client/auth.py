"""Signing up, in and out."""

from typing import Any, cast

from mudguard_client.accounts import Message, Session, SignIn, SignUp
from mudguard_client.core import Steps
from mudguard_client.endpoints import Endpoints, Kind, given, operation
from mudguard_client.errors import AuthenticationError, TwoFactorRequired
from mudguard_client.tokens import Tokens, finite


class Auth(Endpoints[Kind]):
    """Signing up, in and out: `client.auth`."""

    @operation
    def register(
        self,
        *,
        email: str,
        password: str,
        first_name: str,
        last_name: str,
        project_id: str | None = None,
        org_name: str | None = None,
        agreed_to_terms: bool | None = None,
    ) -> Steps[SignUp]:
        """Sign up, and be signed in.

        With `project_id` as a person of that project; a project may want a verified address first, and then there is
        no token yet. Without it as an operator with an organisation of their own, who has `agreed_to_terms`.
        """
        person = given(email=email, password=password, first_name=first_name, last_name=last_name)
        more = given(project_id=project_id, org_name=org_name, agreed_to_terms=agreed_to_terms)
        path = "/api/auth/local/register" if project_id else "/api/auth/register"
        answer = yield from self._core.send(
            "POST", path, SignUp, body=person | more, anonymous=True, timeout=self._timeout
        )
        if answer.raw.get("token") is not None:
            yield from self._core.sign_in(dict(answer.raw))
        return answer

    @operation
    def login(
        self, *, email: str, password: str, project_id: str | None = None, totp_token: str | None = None
    ) -> Steps[SignIn]:
        """Sign in: as a person of the project where `project_id` is given, as an operator otherwise.

        The client keeps the tokens. With a second factor on, it raises `TwoFactorRequired`, which can be completed;
        `totp_token` does both steps at once.
        """

        def refused(body: dict[str, Any], facts: dict[str, Any]) -> TwoFactorRequired | None:
            if body.get("code") != "TWO_FACTOR_REQUIRED":
                return None
            challenge_token, methods = body.get("challengeToken"), body.get("methods")
            if not isinstance(challenge_token, str):
                return None
            return TwoFactorRequired(
                challenge_token=challenge_token,
                methods=[str(method) for method in methods] if isinstance(methods, list) else [],
                expires_in=int(finite(body.get("expiresIn")) or 0),
                complete=lambda code: cast("Auth[Any]", self).complete_two_factor(
                    challenge_token=challenge_token, token=code
                ),
                **facts,
            )

        body = given(email=email, password=password, project_id=project_id, totp_token=totp_token)
        path = "/api/auth/local/login" if project_id else "/api/auth/login"
        answer = yield from self._core.send(
            "POST", path, SignIn, body=body, anonymous=True, refused=refused, timeout=self._timeout
        )
        yield from self._core.sign_in(dict(answer.raw))
        return answer

    @operation
    def complete_two_factor(self, *, challenge_token: str, token: str) -> Steps[SignIn]:
        """Finish a sign-in with a code. `TwoFactorRequired.complete` does the same with less to carry about."""
        body = given(challenge_token=challenge_token, token=token)
        answer = yield from self._core.send(
            "POST", "/api/auth/2fa/challenge", SignIn, body=body, anonymous=True, timeout=self._timeout
        )
        yield from self._core.sign_in(dict(answer.raw))
        return answer

    @operation
    def refresh(self) -> Steps[Tokens | None]:
        """Get new tokens now; `None` where nobody is signed in.

        The client does so by itself before they expire, so this is seldom needed: after `verify2fa`, say, to have
        `aal2` in the token at once.
        """
        return self._core.refresh(self._timeout)

    @operation
    def logout(self) -> Steps[None]:
        """Sign out: the session ends at once, everywhere, and the client forgets its tokens even if that fails.

        Those of a sign-in that came meanwhile it keeps.
        """
        session = self._core.session
        try:
            yield from self._core.send("POST", "/api/auth/logout", Message, timeout=self._timeout)
        except AuthenticationError:
            pass  # it had ended before
        finally:
            yield from self._core.sign_out(session)

    @operation
    def get_session(self) -> Steps[Session]:
        """Who is signed in."""
        return self._core.send("GET", "/api/auth/session", Session, timeout=self._timeout)
