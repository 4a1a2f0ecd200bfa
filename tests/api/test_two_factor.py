"""Two-factor authentication, from setup to recovery."""

from tests.support.people import Player


def test_setup_answers_with_exactly_the_documented_keys(player: Player) -> None:
    assert set(player.begin_setup()) == {"secret", "qrCode", "manualEntryKey", "backupCodes"}


def test_a_verified_setup_turns_two_factor_on(player: Player) -> None:
    player.enrol()
    assert player.get("/api/users/2fa").json()["enabled"] is True
