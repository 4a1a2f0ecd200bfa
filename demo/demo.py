"""The main job, whole, over real HTTP: an operator and a person play, nothing is left behind."""

import base64
import json
import signal
import sys
import time
from typing import Any

import httpx2
from authenticator import code_at, drawn, previous_code
from stage import PATIENCE_SECONDS, Stage, SurpriseError, running_server, say, show

PASSWORD = "correct horse battery"


def main() -> int:
    """Play, and say how it went: the exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has its background jobs ignore it
    try:
        with running_server() as address, httpx2.Client(base_url=address, timeout=PATIENCE_SECONDS) as client:
            client.get("/livez")
            say(f"Mudguard listens on {address}, with its data in a temporary folder.")
            stage = Stage(client)
            play(stage)
        say(f"\nAll {stage.steps} answers were as promised. The server has stopped, and its data is gone.")
    except (SurpriseError, httpx2.HTTPError) as surprise:
        print(f"\ndemo: {surprise}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("\nInterrupted. The server has stopped, and its data is gone.")
        return 130
    return 0


def play(stage: Stage) -> None:
    """Operator and person, from sign-up to a backup code."""
    operator, project_id = open_shop(stage)
    pia = {"email": "pia@customers.test", "password": PASSWORD, "projectId": project_id}
    enrolment = enrol(stage, pia)
    sign_in(stage, pia, enrolment)
    try_api_key(stage, operator, project_id)


def open_shop(stage: Stage) -> tuple[str, str]:
    """An operator and a project to sign up to: the operator's access token, the project's id."""
    olga = {"email": "olga@northwind.test", "password": PASSWORD, "firstName": "Olga", "lastName": "Operator"}
    made = stage.step(
        "Olga signs up as an operator, with an organisation of her own",
        "POST /api/auth/register",
        {**olga, "orgName": "Northwind", "agreedToTerms": True},
        expect="201 Created",
    )
    project = stage.step(
        "She makes a project: the product whose people are to be protected",
        "POST /api/projects/{org}/projects",
        {"name": "Northwind Shop"},
        expect="201 Created",
        token=made["token"],
        org=made["user"]["org"]["_id"],
    )
    return made["token"], project["project"]["_id"]


def enrol(stage: Stage, pia: dict[str, str]) -> dict[str, Any]:
    """A person signs up and turns two-factor authentication on: what its setup answered."""
    stage.step(
        "Pia signs up to the shop",
        "POST /api/auth/local/register",
        {**pia, "firstName": "Pia", "lastName": "Person"},
        expect="201 Created",
    )
    token = stage.step(
        "She signs in; so far her password is enough", "POST /api/auth/local/login", pia, expect="200 OK"
    )["token"]
    setup: dict[str, Any] = stage.step(
        "She sets up two-factor authentication", "POST /api/users/2fa/setup", expect="200 OK", token=token
    )
    say("\n" + drawn(setup["qrCode"]))
    say(f"    Scan this with an authenticator app, or type {setup['manualEntryKey']}")
    say(f"    Backup codes, each good once: {', '.join(setup['backupCodes'][:4])} and 6 more")
    code, seconds = previous_code(setup["secret"])
    stage.step(
        f"She proves it with {code}, which the app showed until {seconds:.0f} s ago: a step late will do",
        "POST /api/users/2fa/verify",
        {"token": code},
        expect="200 OK",
        token=token,
    )
    return setup


def sign_in(stage: Stage, pia: dict[str, str], setup: dict[str, Any]) -> None:
    """Without a code, with one, with the same one again, with a backup code."""
    login, challenge = "POST /api/auth/local/login", "POST /api/auth/2fa/challenge"
    asked = stage.step(
        "She signs in with the password alone and gets no token, but a challenge",
        login, pia, expect="403 TWO_FACTOR_REQUIRED",
    )  # fmt: skip
    show(asked, "message", "challengeToken", "expiresIn", "methods")
    code = code_at(setup["secret"], time.time())
    answer = {"challengeToken": asked["challengeToken"], "token": code}
    token = stage.step(f"She answers it with {code}, which the app shows now", challenge, answer, expect="200 OK")[
        "token"
    ]
    show(claims(token), "email", "amr", "aal")

    asked = stage.step("Somebody who stood behind her knows her password", login, pia, expect="403 TWO_FACTOR_REQUIRED")
    answer = {"challengeToken": asked["challengeToken"], "token": code}
    refused = stage.step(
        f"and has seen {code}, but no code is good twice", challenge, answer, expect="401 INVALID_TWO_FACTOR_CODE"
    )
    show(refused, "error")

    asked = stage.step("The next day Pia has lost her phone", login, pia, expect="403 TWO_FACTOR_REQUIRED")
    answer = {"challengeToken": asked["challengeToken"], "token": setup["backupCodes"][0]}
    stage.step(f"and signs in with the backup code {answer['token']}", challenge, answer, expect="200 OK")
    left = stage.step("That one is spent", "GET /api/users/2fa", expect="200 OK", token=token)
    show(left, "enabled", "backupCodesRemaining")


def try_api_key(stage: Stage, operator: str, project_id: str) -> None:
    """A project's key, at an endpoint that is for people."""
    key = stage.step(
        "Olga makes an API key for the shop's own server",
        "POST /api/api-keys",
        {"name": "Shop server", "projectId": project_id},
        expect="201 Created",
        token=operator,
    )
    refused = stage.step(
        "The key stands for a project, not a person: it sets up nobody's second factor",
        "POST /api/users/2fa/setup",
        expect="403 API_KEY_NOT_SUPPORTED",
        api_key=key["apiKey"]["secret"],
    )
    show(refused, "error")


def claims(token: str) -> dict[str, Any]:
    """What an access token says, unchecked."""
    payload = token.split(".")[1]
    said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return said


if __name__ == "__main__":
    sys.exit(main())
