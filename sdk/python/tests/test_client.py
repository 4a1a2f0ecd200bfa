"""What a client does beyond the vectors: time, retries, addresses, ids."""

import pytest
from support.clients import Player
from support.scripted import ScriptedServer, closed_port

from mudguard_client import MudbaseClient, NetworkError, TimedOutError, Tokens

ME = {"status": 200, "json": {"user": {}}}


def test_a_setup_is_sent_again_where_the_connection_never_opened(play: Player) -> None:
    setup = {"secret": "A", "qrCode": "data:", "manualEntryKey": "A"}
    port = closed_port()
    late = ScriptedServer({"status": 200, "json": setup}, port=port, after=0.3)
    with late, play(late.url, retries=4) as player:
        assert player.call("users.setup2fa").secret == "A"
    assert len(late.received) == 1


def test_a_client_with_another_time_shares_tokens(play: Player) -> None:
    with ScriptedServer({"fault": "hang"}, ME) as scripted, play(scripted.url, tokens=Tokens("a1")) as player:
        hasty = player.client.with_timeout(0.2)
        player.client.set_jwt("a2")
        assert hasty.get_tokens() == Tokens("a2")


def test_a_hasty_client_is_hasty_for_itself_only(play: Player) -> None:
    with ScriptedServer({"fault": "hang"}, ME) as scripted, play(scripted.url) as player:
        patient, player.client = player.client, player.client.with_timeout(0.2)
        with pytest.raises(TimedOutError):
            player.call("users.get")
        player.client = patient
        player.call("users.get")


def test_a_hook_that_fails_is_heard_of_and_the_client_stays_signed_in(play: Player) -> None:
    def full(_: Tokens | None) -> None:
        raise OSError("the disk is full")

    renewed = {"status": 200, "json": {"token": "a2", "refreshToken": "r2", "expiresIn": 1800}}
    with ScriptedServer(renewed) as scripted, play(scripted.url, tokens=Tokens("a1", "r1"), on_tokens=full) as player:
        with pytest.raises(OSError, match="the disk is full"):
            player.call("auth.refresh")
        held = player.tokens()
        assert held is not None
        assert held.token == "a2"


def test_a_sign_out_that_fails_forgets_the_tokens_all_the_same(play: Player) -> None:
    with ScriptedServer({"fault": "drop"}) as scripted, play(scripted.url, tokens=Tokens("a1", "r1")) as player:
        with pytest.raises(NetworkError):
            player.call("auth.logout")
        assert player.tokens() is None


@pytest.mark.parametrize(
    "address",
    [
        "localhost:5000",
        "ftp://host",
        "http://",
        "http://user:secret@host",
        "http://h/?q",
        "http://h:99999",
        "http://[::1",
    ],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="base_url must be an address"):
        MudbaseClient(address)


@pytest.mark.parametrize("missing", ["", ".", ".."])
def test_an_id_that_would_name_another_address_is_refused(missing: str) -> None:
    with MudbaseClient() as client, pytest.raises(ValueError, match="an id is missing"):
        client.users.revoke_session(missing)


def test_an_id_stays_one_part_of_the_path(play: Player) -> None:
    with ScriptedServer({"status": 200, "json": {"message": "Done."}}) as scripted, play(scripted.url) as player:
        player.call("users.revoke_session", "../update?x")
    assert scripted.received[0].path == "/api/users/me/sessions/..%2Fupdate%3Fx"
