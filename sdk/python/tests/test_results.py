"""Results: typed, frozen, and with nothing of the answer lost."""

import copy
import pickle
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import pytest

from mudguard_client import Health, Sessions, TwoFactorSetup, TwoFactorStatus, User

STATUS = {"enabled": True, "pending": False, "enabledAt": "2026-01-02T03:04:05.000Z", "backupCodesRemaining": 10}


def test_a_date_is_a_moment_with_its_time_zone() -> None:
    assert TwoFactorStatus.read(STATUS).enabled_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_what_is_left_out_is_none() -> None:
    assert TwoFactorStatus.read({"enabled": False, "pending": False, "backupCodesRemaining": 0}).enabled_at is None


def test_an_unknown_field_is_kept_beside_the_known_ones() -> None:
    status = TwoFactorStatus.read({**STATUS, "passkeys": 2})
    assert status.extra == {"passkeys": 2}
    assert status.raw == {**STATUS, "passkeys": 2}


def test_a_result_is_frozen() -> None:
    status = TwoFactorStatus.read(STATUS)
    with pytest.raises(FrozenInstanceError):
        status.enabled = False  # type: ignore[misc]  # what the test is about
    with pytest.raises(TypeError):
        status.raw["enabled"] = False  # type: ignore[index]  # what the test is about


@pytest.mark.parametrize("answer", [{}, {"enabled": "yes"}, {"enabled": 1}, {"enabled": None}])
def test_a_field_that_is_not_as_promised_says_so(answer: dict[str, object]) -> None:
    with pytest.raises(AttributeError, match="the answer holds no valid 'enabled'"):
        _ = TwoFactorStatus.read(answer).enabled


def test_a_number_that_no_float_holds_is_no_valid_field() -> None:
    with pytest.raises(AttributeError, match="the answer holds no valid 'uptime'"):
        _ = Health.read({"uptime": 10**400}).uptime


def test_nested_results_are_results() -> None:
    [session] = Sessions.read({"sessions": [{"_id": "665f", "current": True}], "total": 1}).sessions
    assert (session.id, session.current) == ("665f", True)


def test_both_spellings_of_an_id_are_read() -> None:
    assert User.read({"_id": "665f"}).id == User.read({"id": "665f"}).id == "665f"


def test_a_representation_shows_no_secret_and_no_raw_answer() -> None:
    setup = TwoFactorSetup.read({"secret": "JBSW", "qrCode": "data:", "backupCodes": ["12345678"], "new": "hush"})
    assert repr(setup) == "TwoFactorSetup()"


def test_a_result_is_made_by_name_for_tests_of_ones_own() -> None:
    assert TwoFactorStatus(enabled=True, pending=False, backup_codes_remaining=3).enabled_at is None
    with pytest.raises(TypeError, match="needs 'backup_codes_remaining'"):
        TwoFactorStatus(enabled=True, pending=False)  # type: ignore[call-arg]  # what the test is about
    with pytest.raises(TypeError, match="has no colour"):
        TwoFactorStatus(enabled=True, pending=False, backup_codes_remaining=3, colour=1)  # type: ignore[call-arg]  # as above


def test_a_result_survives_pickle_and_copy() -> None:
    status = TwoFactorStatus.read({**STATUS, "passkeys": 2})
    assert pickle.loads(pickle.dumps(status)) == copy.deepcopy(status) == status
