"""Mudbase's own Python client, unchanged: no answer holds a key that its models do not know."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from mudbase import (
    ApiKey,
    ApiKeyPermission,
    ChangePasswordRequest,
    CreateApiKeyRequest,
    CreateProjectRequest,
    Disable2FARequest,
    EraseUserDataRequest,
    LoginLocalUserRequest,
    LoginRequest,
    Project,
    RefreshTokenRequest,
    RegisterLocalUserRequest,
    RegisterRequest,
    UpdateApiKeyRequest,
    UpdateProjectRequest,
    UpdateUserRequest,
    Verify2FARequest,
)
from mudbase.api_response import ApiResponse
from pydantic import BaseModel

from tests.support.authenticator import Authenticator
from tests.support.official import Official, official_client
from tests.support.people import PASSWORD, first_project, operator
from tests.support.server import Server

Answer = ApiResponse[Any]

NEW_PASSWORD = "staple horse correct"


@pytest.fixture
def strict_server(tmp_path: Path) -> Iterator[Server]:
    """A server set for generated clients that refuse keys they do not know."""
    with Server(tmp_path, setup_returns_backup_codes=False) as running:
        yield running


def test_backup_codes_are_the_only_key_that_the_clients_models_do_not_know(server: Server) -> None:
    assert keys_unknown_in_every_answer_of(server) == {"backupCodes"}


def test_without_backup_codes_the_clients_models_know_every_key(strict_server: Server) -> None:
    assert keys_unknown_in_every_answer_of(strict_server) == set()


def keys_unknown_in_every_answer_of(server: Server) -> set[str]:
    """Drive every operation, and compare what came over the wire with the models."""
    with official_client(server) as official:
        answers = [*answers_to_an_operator(official, server), *answers_to_a_person(official, server)]
    found: set[str] = set()
    for answer in answers:
        body = json.loads(answer.raw_data)
        found |= unknown_keys(type(answer.data), body)
        for key, model in (("projects", Project), ("apiKeys", ApiKey)):  # an export types them as mere objects
            found |= unknown_keys_of_each(model, body.get(key, []))
    return found


def unknown_keys(model: type[BaseModel], body: dict[str, Any]) -> set[str]:
    """Keys of `body`, at any depth, that `model` has no field for."""
    known = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
    unknown = set(body) - set(known)
    for key, value in body.items():
        inner = model_in(known.get(key))
        if inner is not None:
            unknown |= unknown_keys_of_each(inner, value if isinstance(value, list) else [value])
    return unknown


def unknown_keys_of_each(model: type[BaseModel], bodies: list[dict[str, Any]]) -> set[str]:
    return {key for body in bodies for key in unknown_keys(model, body)}


def model_in(annotation: object) -> type[BaseModel] | None:
    """The model in `Optional[List[Model]]` and the like."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := model_in(part))), None)


def answers_to_an_operator(official: Official, server: Server) -> Iterator[Answer]:
    """Every operation that an operator has, from registration to erasure."""
    auth, email = official.auth, "olga@models.test"
    registered: Answer = auth.register_user_with_http_info(
        RegisterRequest(email=email, password=PASSWORD, first_name="Olga", last_name="O.", agreed_to_terms=True)
    )
    yield registered
    official.with_token(registered.data.token)
    yield auth.get_current_session_with_http_info()
    yield auth.refresh_token_with_http_info(RefreshTokenRequest(refresh_token=registered.data.refresh_token))
    yield official.health.health_check_with_http_info()
    yield from answers_about_projects_and_keys(official, registered.data.user.org.id)
    yield from answers_about_the_account(official, server)
    yield auth.logout_user_with_http_info()
    login: Answer = auth.login_user_with_http_info(LoginRequest(email=email, password=NEW_PASSWORD))
    yield login
    yield from answers_about_the_end(official.with_token(login.data.token))


def answers_to_a_person(official: Official, server: Server) -> Iterator[Answer]:
    """Every operation that a person of a project has, from registration to erasure."""
    auth, email, project_id = official.auth, "pia@models.test", first_project(operator(server))
    registered: Answer = auth.register_local_user_with_http_info(
        RegisterLocalUserRequest(
            email=email, password=PASSWORD, first_name="Pia", last_name="P.", project_id=project_id
        )
    )
    yield registered
    official.with_token(registered.data.token)
    yield auth.get_local_session_with_http_info()
    yield auth.refresh_token_with_http_info(RefreshTokenRequest(refresh_token=registered.data.refresh_token))
    yield from answers_about_the_account(official, server)
    yield auth.logout_local_user_with_http_info()
    login: Answer = auth.login_local_user_with_http_info(
        LoginLocalUserRequest(email=email, password=NEW_PASSWORD, project_id=project_id)
    )
    yield login
    yield from answers_about_the_end(official.with_token(login.data.token))


def answers_about_projects_and_keys(official: Official, org_id: str) -> Iterator[Answer]:
    """A project and a key are made, looked at, changed and removed; the first project goes as well."""
    projects, keys = official.projects, official.keys
    wanted = CreateProjectRequest(name="Shop", description="Ours")
    made: Answer = projects.create_project_with_http_info(org_id, wanted)
    yield made
    project_id = made.data.project.id
    yield projects.list_projects_with_http_info(org_id)
    yield projects.get_project_with_http_info(org_id, project_id)
    yield projects.update_project_with_http_info(org_id, project_id, UpdateProjectRequest(name="The shop"))
    permissions = [ApiKeyPermission(resource="auth", actions=["read"])]
    wanted_key = CreateApiKeyRequest(name="Back end", project_id=project_id, permissions=permissions)
    key: Answer = keys.create_api_key_with_http_info(wanted_key)
    yield key
    key_id = key.data.api_key.id
    yield keys.list_api_keys_with_http_info()
    yield keys.update_api_key_with_http_info(key_id, UpdateApiKeyRequest(name="Front end"))
    yield keys.regenerate_api_key_with_http_info(key_id)
    yield keys.get_api_key_usage_with_http_info(key_id)
    yield official.users.export_user_data_with_http_info()
    yield keys.delete_api_key_with_http_info(key_id)
    for project in projects.list_projects(org_id).projects or []:
        yield projects.delete_project_with_http_info(org_id, str(project.id))


def answers_about_the_account(official: Official, server: Server) -> Iterator[Answer]:
    """Profile, password, export, and the second factor on and off."""
    users = official.users
    yield users.get_current_user_with_http_info()
    yield users.update_user_profile_with_http_info(UpdateUserRequest(avatar="https://pictures.example/o.png"))
    yield users.change_password_with_http_info(
        ChangePasswordRequest(current_password=PASSWORD, new_password=NEW_PASSWORD)
    )
    yield users.export_user_data_with_http_info()
    setup: Answer = users.setup2_fa_with_http_info()
    yield setup
    authenticator = Authenticator(setup.data.secret, server.clock.seconds)
    yield users.verify2_fa_with_http_info(Verify2FARequest(token=authenticator.code()))
    server.clock.next_step()
    yield users.disable2_fa_with_http_info(Disable2FARequest(password=NEW_PASSWORD, token=authenticator.code()))


def answers_about_the_end(official: Official) -> Iterator[Answer]:
    """Erasure."""
    yield official.users.erase_user_data_with_http_info(
        EraseUserDataRequest(confirm="DELETE", current_password=NEW_PASSWORD)
    )
