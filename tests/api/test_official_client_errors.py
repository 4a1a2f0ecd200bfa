"""Mudbase's own Python client, unchanged: every refusal arrives as its typed exception."""

from collections.abc import Iterator

import pytest
from mudbase import (
    ChangePasswordRequest,
    CreateApiKeyRequest,
    EraseUserDataRequest,
    Error,
    LoginLocalUserRequest,
    LoginRequest,
    RefreshTokenRequest,
    RegisterLocalUserRequest,
    RegisterRequest,
    RegisterUser429Response,
    Verify2FARequest,
)
from mudbase.exceptions import (
    ApiException,
    BadRequestException,
    ConflictException,
    ForbiddenException,
    NotFoundException,
    ServiceException,
    UnauthorizedException,
)

from tests.support.faults import database_gone
from tests.support.official import Official, header, official_client, told
from tests.support.people import PASSWORD, Player, first_project
from tests.support.server import Server

NOBODYS_ID = "f" * 24


@pytest.fixture
def official(server: Server) -> Iterator[Official]:
    """The client, not signed in."""
    with official_client(server) as client:
        yield client


def test_a_common_password_is_a_bad_request_with_details(official: Official) -> None:
    with pytest.raises(BadRequestException) as refused:
        official.auth.register_user(registration(email="weak@errors.test", password="password123"))
    error = refused.value.data
    assert isinstance(error, Error)
    assert error.details is not None
    assert (error.code, error.path) == ("VALIDATION_ERROR", "/api/auth/register")
    assert error.details.to_dict() == {
        "password": "This password is on the lists that attackers try first. Choose another."
    }


def test_a_wrong_code_is_a_bad_request(official: Official, player: Player) -> None:
    player.begin_setup()
    with pytest.raises(BadRequestException) as refused:
        official.signed_in_as(player).users.verify2_fa(Verify2FARequest(token=player.wrong_code()))
    assert told(refused.value)["code"] == "INVALID_TWO_FACTOR_CODE"


def test_a_wrong_current_password_is_a_bad_request(official: Official, player: Player) -> None:
    wanted = ChangePasswordRequest(current_password="not my password", new_password="staple horse correct")
    with pytest.raises(BadRequestException) as refused:
        official.signed_in_as(player).users.change_password(wanted)
    assert told(refused.value)["code"] == "INVALID_PASSWORD"


def test_a_key_for_a_foreign_project_is_a_bad_request(official: Official, owner: Player) -> None:
    with pytest.raises(BadRequestException) as refused:
        official.signed_in_as(owner).keys.create_api_key(CreateApiKeyRequest(name="Mine", project_id=NOBODYS_ID))
    assert list(told(refused.value)["details"]) == ["projectId"]


def test_no_token_is_unauthorized(official: Official) -> None:
    with pytest.raises(UnauthorizedException) as refused:
        official.users.setup2_fa()
    assert told(refused.value)["code"] == "UNAUTHORIZED"
    assert header(refused.value, "WWW-Authenticate").startswith("Bearer realm=")


def test_a_wrong_password_at_login_is_unauthorized(official: Official, owner: Player) -> None:
    with pytest.raises(UnauthorizedException) as refused:
        official.auth.login_user(LoginRequest(email=owner.email, password="not my password"))
    assert isinstance(refused.value.data, Error)
    assert refused.value.data.code == "INVALID_CREDENTIALS"


def test_an_unknown_refresh_token_is_unauthorized(official: Official) -> None:
    with pytest.raises(UnauthorizedException) as refused:
        official.auth.refresh_token(RefreshTokenRequest(refresh_token="mgr_nobody"))
    assert told(refused.value)["code"] == "INVALID_REFRESH_TOKEN"


def test_a_person_of_a_project_is_forbidden_to_list_projects(official: Official, owner: Player, member: Player) -> None:
    with pytest.raises(ForbiddenException) as refused:
        official.signed_in_as(member).projects.list_projects(str(owner.org_id))
    assert told(refused.value)["code"] == "FORBIDDEN"


def test_an_api_key_as_bearer_is_forbidden_to_set_two_factor_up(official: Official, owner: Player) -> None:
    wanted = CreateApiKeyRequest(name="Back end", project_id=first_project(owner))
    key = official.signed_in_as(owner).keys.create_api_key(wanted).api_key
    assert key is not None
    with pytest.raises(ForbiddenException) as refused:
        official.with_token(str(key.secret)).users.setup2_fa()
    assert told(refused.value)["code"] == "API_KEY_NOT_SUPPORTED"


def test_two_factor_at_login_is_forbidden_with_a_challenge(official: Official, player: Player) -> None:
    player.enrol()
    with pytest.raises(ForbiddenException) as refused:
        login(official, player, PASSWORD)
    answer = told(refused.value)
    assert (answer["code"], answer["expiresIn"]) == ("TWO_FACTOR_REQUIRED", 300)
    assert answer["methods"] == ["totp", "backup_code"]


def test_a_project_that_does_not_exist_is_not_found(official: Official, owner: Player) -> None:
    with pytest.raises(NotFoundException) as refused:
        official.signed_in_as(owner).projects.get_project(str(owner.org_id), NOBODYS_ID)
    assert isinstance(refused.value.data, Error)
    assert refused.value.data.code == "NOT_FOUND"


def test_a_taken_address_is_a_conflict_for_operators(official: Official, owner: Player) -> None:
    with pytest.raises(ConflictException) as refused:
        official.auth.register_user(registration(email=owner.email, password=PASSWORD))
    assert isinstance(refused.value.data, Error)
    assert refused.value.data.code == "CONFLICT"


def test_a_taken_address_is_a_conflict_for_people_of_a_project(official: Official, member: Player) -> None:
    with pytest.raises(ConflictException) as refused:
        official.auth.register_local_user(
            RegisterLocalUserRequest(
                email=member.email,
                password=PASSWORD,
                first_name="Pia",
                last_name="Person",
                project_id=member.project_id,
            )
        )
    assert told(refused.value)["code"] == "CONFLICT"


def test_erasing_the_sole_owner_is_a_conflict_that_names_the_organisation(official: Official, owner: Player) -> None:
    with pytest.raises(ConflictException) as refused:
        official.signed_in_as(owner).users.erase_user_data(
            EraseUserDataRequest(confirm="DELETE", current_password=PASSWORD)
        )
    assert refused.value.data is not None
    assert refused.value.data.sole_owned_orgs == [owner.org_id]


def test_too_many_wrong_passwords_are_a_429_that_says_when_to_come_back(official: Official, player: Player) -> None:
    for _ in range(10):
        with pytest.raises(UnauthorizedException):
            login(official, player, "not my password")
    with pytest.raises(ApiException) as refused:
        login(official, player, "not my password")
    assert (type(refused.value), refused.value.status) == (ApiException, 429)
    assert told(refused.value)["code"] == "TOO_MANY_ATTEMPTS"
    assert header(refused.value, "Retry-After") == str(told(refused.value)["retryAfter"])


def test_a_429_at_a_local_login_is_typed(official: Official, member: Player) -> None:
    for _ in range(10):
        with pytest.raises(UnauthorizedException):
            login(official, member, "not my password")
    with pytest.raises(ApiException) as refused:
        login(official, member, "not my password")
    assert isinstance(refused.value.data, RegisterUser429Response)
    assert 0 < (refused.value.data.retry_after or 0) <= 900


def test_a_database_that_is_gone_is_a_service_exception(official: Official, owner: Player, server: Server) -> None:
    with database_gone(server), pytest.raises(ServiceException) as refused:
        official.signed_in_as(owner).users.setup2_fa()
    assert (refused.value.status, header(refused.value, "Retry-After")) == (503, "1")


def login(official: Official, player: Player, password: str) -> None:
    """A login of either kind, which is meant to fail."""
    if player.project_id:
        official.auth.login_local_user(
            LoginLocalUserRequest(email=player.email, password=password, project_id=player.project_id)
        )
    else:
        official.auth.login_user(LoginRequest(email=player.email, password=password))


def registration(*, email: str, password: str) -> RegisterRequest:
    """A complete sign-up of an operator."""
    return RegisterRequest(
        email=email, password=password, first_name="Olga", last_name="Operator", agreed_to_terms=True
    )
