"""Settings: the environment before the TOML file before the defaults, and no wrong value gets past the boot."""

from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path

import pytest

from mudguard import settings
from mudguard.settings import Settings, SettingsError
from tests.support.processes import ServerProcess, run

SetVariables = Callable[..., None]
WriteFile = Callable[[str], None]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> SetVariables:
    """Sets MUDGUARD_* variables by the names of their settings."""

    def set_variables(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"MUDGUARD_{name.upper()}", value)

    return set_variables


@pytest.fixture
def file(environment: SetVariables, tmp_path: Path) -> WriteFile:
    """Writes the TOML file that MUDGUARD_CONFIG names."""

    def write(text: str) -> None:
        (tmp_path / "mudguard.toml").write_text(text, "utf-8")
        environment(config=str(tmp_path / "mudguard.toml"))

    return write


def refusal() -> str:
    """With which words the settings are refused."""
    with pytest.raises(SettingsError) as caught:
        settings.load()
    return str(caught.value)


def test_without_anything_set_the_defaults_hold() -> None:
    assert settings.load() == Settings.model_construct()


def test_a_variable_sets_a_setting(environment: SetVariables) -> None:
    environment(access_token_seconds="60")
    assert settings.load().access_token_seconds == 60


def test_an_empty_variable_counts_as_not_set(environment: SetVariables) -> None:
    environment(data_dir="", access_token_seconds="")
    assert settings.load() == Settings.model_construct()


def test_the_file_sets_a_setting(file: WriteFile) -> None:
    file('challenge_seconds = 60\nlog_format = "json"\nsetup_returns_backup_codes = false\n')
    loaded = settings.load()
    assert (loaded.challenge_seconds, loaded.log_format, loaded.setup_returns_backup_codes) == (60, "json", False)


def test_a_variable_wins_over_the_file(file: WriteFile, environment: SetVariables) -> None:
    file("challenge_seconds = 60\nsetup_seconds = 60\n")
    environment(challenge_seconds="90")
    loaded = settings.load()
    assert (loaded.challenge_seconds, loaded.setup_seconds) == (90, 60)


def test_lists_are_written_with_commas_in_a_variable(environment: SetVariables) -> None:
    environment(cors_origins="https://a.example, http://localhost:3000 ,", trusted_proxies="10.0.0.0/8,::1")
    loaded = settings.load()
    assert loaded.cors_origins == ("https://a.example", "http://localhost:3000")
    assert loaded.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1"))


def test_lists_are_lists_in_the_file(file: WriteFile) -> None:
    file('cors_origins = ["https://a.example"]\ntrusted_proxies = ["10.0.0.1", "192.168.1.9/24"]\n')
    loaded = settings.load()
    assert loaded.cors_origins == ("https://a.example",)
    assert loaded.trusted_proxies == (ip_network("10.0.0.1"), ip_network("192.168.1.0/24"))


def test_database_and_key_ring_are_in_the_data_folder(environment: SetVariables) -> None:
    environment(data_dir="/srv/mudguard")
    loaded = settings.load()
    assert loaded.effective_database_url == "sqlite:////srv/mudguard/mudguard.db"
    assert loaded.keyring_path == Path("/srv/mudguard/keyring")


def test_database_and_key_ring_may_be_elsewhere(environment: SetVariables) -> None:
    environment(database_url="sqlite:////data/people.db", keyring_file="/run/secrets/keyring")
    loaded = settings.load()
    assert loaded.effective_database_url == "sqlite:////data/people.db"
    assert loaded.keyring_path == Path("/run/secrets/keyring")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("database_url", "postgres", "is no URL such as postgresql://user@host/database"),
        ("database_url", "mysql://user@host/database", "must begin with postgresql:// or sqlite:///"),
        ("database_url", "sqlite:///", "names no database"),
        ("database_url", "sqlite:///:memory:", "names no database"),
        ("valkey_url", "http://localhost", "must begin with redis://"),
        ("public_url", "auth.example.com", "must be an address such as https://auth.example.com"),
        ("public_url", "ftp://auth.example.com", "must be an address such as https://auth.example.com"),
        ("public_url", "https://a.test/'$(id)'", "must be an address such as https://auth.example.com"),
        ("public_url", "https:///api", "must be an address such as https://auth.example.com"),
        ("token_algorithm", "none", "'HS256', 'EdDSA' or 'ES256'"),
        ("access_token_seconds", "0", "greater than or equal to 1"),
        ("access_token_seconds", "86401", "less than or equal to 86400"),
        ("session_idle_seconds", "a day", "valid integer"),
        ("session_max_seconds", "-1", "greater than or equal to 1"),
        ("session_max_seconds", "9" * 21, "less than or equal to 315360000"),
        ("challenge_seconds", "3601", "less than or equal to 3600"),
        ("setup_seconds", "0", "greater than or equal to 1"),
        ("reauth_max_age", "-1", "greater than or equal to 0"),
        ("setup_returns_backup_codes", "perhaps", "valid boolean"),
        ("argon2_memory_kib", "7", "greater than or equal to 8"),
        ("argon2_memory_kib", "9" * 12, "less than or equal to 4194304"),
        ("argon2_passes", "0", "greater than or equal to 1"),
        ("argon2_passes", "101", "less than or equal to 100"),
        ("ip_limits", "maybe", "'on' or 'off'"),
        ("trusted_proxies", "10.0.0.1, proxy.local", "'proxy.local'"),
        ("cors_origins", "*", "'*' is no origin such as https://app.example.com"),
        ("cors_origins", "app.example.com", "is no origin"),
        ("cors_origins", "https://app.example.com/", "is no origin"),
        ("cors_origins", "https://*.example.com", "is no origin"),
        ("log_format", "xml", "'auto', 'json' or 'console'"),
        ("log_level", "verbose", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
    ],
)
def test_a_wrong_value_is_refused_by_name(environment: SetVariables, name: str, value: str, says: str) -> None:
    environment(**{name: value})
    text = refusal()
    assert text.startswith(f"MUDGUARD_{name.upper()}: ")
    assert says in text


def test_an_address_with_a_password_in_it_is_refused_without_telling_it(environment: SetVariables) -> None:
    environment(database_url="mysql://mudguard:hunter2@db/mudguard")
    assert "hunter2" not in refusal()


def test_all_wrong_values_are_told_at_once(environment: SetVariables) -> None:
    environment(log_format="xml", challenge_seconds="0")
    text = refusal()
    assert "MUDGUARD_LOG_FORMAT: " in text
    assert "MUDGUARD_CHALLENGE_SECONDS: " in text


def test_a_session_that_ends_before_its_token_is_refused(environment: SetVariables) -> None:
    environment(session_idle_seconds="60")
    assert refusal() == "MUDGUARD_SESSION_IDLE_SECONDS must not be less than MUDGUARD_ACCESS_TOKEN_SECONDS"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("challenge_seconds = 0", "MUDGUARD_CHALLENGE_SECONDS: "),
        ("data_dir = 5", "MUDGUARD_DATA_DIR: "),
        ("trusted_proxies = 5", "MUDGUARD_TRUSTED_PROXIES: must be a list, or a text with commas"),
        ("cors_origins = true", "MUDGUARD_CORS_ORIGINS: must be a list, or a text with commas"),
        ("chalenge_seconds = 60", "chalenge_seconds: there is no such setting"),
        ("[session]\nidle_seconds = 60", "session: there is no such setting"),
        ("MUDGUARD_LOG_LEVEL = 'INFO'", "MUDGUARD_LOG_LEVEL: there is no such setting"),
    ],
)
def test_what_is_wrong_in_the_file_is_refused_by_name(file: WriteFile, text: str, says: str) -> None:
    file(text)
    assert refusal().startswith(says)


def test_a_file_that_is_missing_is_refused(environment: SetVariables, tmp_path: Path) -> None:
    path = tmp_path / "missing.toml"
    environment(config=str(path))
    assert refusal() == f"MUDGUARD_CONFIG: {path} cannot be read (No such file or directory)"


@pytest.mark.parametrize("content", [b"log_format: json", b"log_format = '\xff'"], ids=["YAML", "not UTF-8"])
def test_a_file_that_is_not_toml_is_refused(environment: SetVariables, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mudguard.toml"
    path.write_bytes(content)
    environment(config=str(path))
    assert refusal().startswith(f"MUDGUARD_CONFIG: {path} is not TOML (")


def test_unknown_variables_are_named(environment: SetVariables) -> None:
    environment(log_level="INFO", config="mudguard.toml", log_levle="INFO", acess_token_seconds="60")
    assert settings.unknown_variables() == ["MUDGUARD_ACESS_TOKEN_SECONDS", "MUDGUARD_LOG_LEVLE"]


def test_a_wrong_value_stops_the_boot_with_1_in_one_line(tmp_path: Path) -> None:
    refused = run("serve", data_dir=tmp_path / "var", challenge_seconds="0")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "mudguard: wrong setting: MUDGUARD_CHALLENGE_SECONDS: Input should be greater than or equal to 1\n"
    )
    assert not (tmp_path / "var").exists()


def test_the_boot_warns_of_unknown_variables_and_goes_on(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, log_levle="INFO") as server:
        assert "unknown setting, ignored" in server.log()
        assert "MUDGUARD_LOG_LEVLE" in server.log()


def test_the_server_heeds_the_file(tmp_path: Path) -> None:
    (tmp_path / "mudguard.toml").write_text('log_format = "json"\n')
    with ServerProcess(tmp_path, config=str(tmp_path / "mudguard.toml")) as server:
        assert all(line.startswith("{") for line in server.log().splitlines())
