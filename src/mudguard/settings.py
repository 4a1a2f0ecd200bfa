"""Settings, from the environment (`MUDGUARD_*`) or a TOML file. A wrong one stops the boot with its name."""

import os
import re
import tomllib
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from mudguard.rules.assurance import Lifetimes
from mudguard.security.hashing import Argon2Parameters
from mudguard.security.tokens import Algorithm

PREFIX = "MUDGUARD_"
FILE_VARIABLE = "MUDGUARD_CONFIG"

TEN_YEARS = 315_360_000

Seconds = Annotated[int, Field(ge=1)]
Switch = Literal["on", "off"]

_WEB_ADDRESS = re.compile(r"https?://[\w.:\-\[\]]+(/[\w.~%/+@:,\-]*)?", re.ASCII)


class SettingsError(Exception):
    """A setting has a wrong value. The text names the setting."""


class Settings(BaseSettings):
    """All settings. The description of each field is its line in docs/guides/operating.md."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True)

    data_dir: Path = Field(default=Path("var"), description="Folder for the database file and the key ring.")
    database_url: str = Field(
        default="", description="`postgresql://…` or `sqlite:///PATH`. Empty means SQLite in the data folder."
    )
    valkey_url: str = Field(
        default="", description="`redis://…` or `valkey://…`. Shares the limits per address between processes."
    )
    keyring_file: Path | None = Field(
        default=None, description="Key ring file. By default `keyring` in the data folder."
    )
    public_url: str = Field(
        default="http://localhost:5000", description="The server's public address, and `iss` of its tokens."
    )
    token_algorithm: Algorithm = Field(
        default=Algorithm.HS256, description="`HS256`, `EdDSA` or `ES256`. The last two publish their keys."
    )
    token_audience: str = Field(default="mudguard", min_length=1, description="`aud` of access tokens.")
    access_token_seconds: Seconds = Field(default=1_800, le=86_400, description="Life of an access token.")
    session_idle_seconds: Seconds = Field(
        default=86_400, le=TEN_YEARS, description="A session ends if it is not refreshed for this long."
    )
    session_max_seconds: Seconds = Field(
        default=2_592_000, le=TEN_YEARS, description="A session ends this long after sign-in."
    )
    challenge_seconds: Seconds = Field(default=300, le=3_600, description="Time to enter the second factor.")
    setup_seconds: Seconds = Field(default=900, le=86_400, description="Time to verify a 2FA setup.")
    reauth_max_age: int = Field(
        default=3_600,
        ge=0,
        le=TEN_YEARS,
        description="For this many seconds after sign-in, 2FA setup needs no password. 0 never asks for it.",
    )
    setup_returns_backup_codes: bool = Field(
        default=True, description="`false` leaves `backupCodes` out of the setup answer, for strict generated clients."
    )
    argon2_memory_kib: int = Field(default=19_456, ge=8, le=4_194_304, description="Memory of a password hash.")
    argon2_passes: int = Field(default=2, ge=1, le=100, description="Passes of a password hash.")
    ip_limits: Switch = Field(default="on", description="`off` switches off the limits per address. For tests.")
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        default=(), description="Comma-separated addresses or networks whose X-Forwarded-For counts."
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Comma-separated origins whose pages may call the API."
    )
    docs: Switch = Field(
        default="on",
        description="`off` removes `/docs`, `/llms.txt` and `/openapi.json`, and the redirect at `/`.",
    )
    docs_edit_url: str = Field(
        default="", description='Address of "Edit this page", without the path in the source: `https://…/edit/main`.'
    )
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="`json`, `console`, or `auto`: `console` on a terminal, `json` elsewhere."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="The lowest level that is logged."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  # the caller passes it by name
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # not used here
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # not used here
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then the values that `load` read from the TOML file."""
        return env_settings, init_settings

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        return tuple(ip_network(part, strict=False) for part in _parts(value))

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _origins(cls, value: object) -> object:
        origins = _parts(value)
        for origin in origins:
            scheme, _, host = origin.partition("://")
            if scheme not in ("http", "https") or not host or "/" in host or "*" in host:
                raise ValueError(f"{origin!r} is no origin such as https://app.example.com")
        return origins

    @field_validator("public_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if not _WEB_ADDRESS.fullmatch(value):
            raise ValueError("must be an address such as https://auth.example.com")
        return value

    @field_validator("docs_edit_url")
    @classmethod
    def _edit_address(cls, value: str) -> str:
        if value and not _WEB_ADDRESS.fullmatch(value):
            raise ValueError("must be an address such as https://forge.example.com/mudguard/edit/main")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value:
            return value
        try:
            url = make_url(value)
        except ArgumentError:
            raise ValueError("is no URL such as postgresql://user@host/database") from None
        if url.drivername not in ("sqlite", "postgresql", "postgres"):
            raise ValueError("must begin with postgresql:// or sqlite:///")
        if not url.database or url.database == ":memory:":
            raise ValueError("names no database")
        return value

    @field_validator("valkey_url")
    @classmethod
    def _known_valkey(cls, value: str) -> str:
        if value and value.partition("://")[0] not in ("redis", "rediss", "valkey", "valkeys"):
            raise ValueError("must begin with redis://, rediss://, valkey:// or valkeys://")
        return value

    @model_validator(mode="after")
    def _sessions_outlive_tokens(self) -> Self:
        if self.session_idle_seconds < self.access_token_seconds:
            raise ValueError(f"{PREFIX}SESSION_IDLE_SECONDS must not be less than {PREFIX}ACCESS_TOKEN_SECONDS")
        return self

    @property
    def keyring_path(self) -> Path:
        """Where the key ring is."""
        return self.keyring_file or self.data_dir / "keyring"

    @property
    def effective_database_url(self) -> str:
        """The database that is used."""
        return self.database_url or f"sqlite:///{self.data_dir / 'mudguard.db'}"

    @property
    def lifetimes(self) -> Lifetimes:
        """The lifetimes."""
        return Lifetimes(
            session_idle=self.session_idle_seconds,
            session_absolute=self.session_max_seconds,
            challenge=self.challenge_seconds,
            pending_setup=self.setup_seconds,
            reauth_max_age=self.reauth_max_age,
        )

    @property
    def argon2(self) -> Argon2Parameters:
        """The parameters of a password hash."""
        return Argon2Parameters(self.argon2_memory_kib, self.argon2_passes)


def load() -> Settings:
    """The settings of this process. Raises `SettingsError`."""
    path = os.environ.get(FILE_VARIABLE)
    values = _from_file(Path(path)) if path else {}
    try:
        return Settings(**values)
    except ValidationError as error:
        raise SettingsError("; ".join(_problem(dict(item)) for item in error.errors())) from None


def unknown_variables() -> list[str]:
    """Variables that look like settings but are not: most likely misspelt."""
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {FILE_VARIABLE}
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{FILE_VARIABLE}: {path} cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{FILE_VARIABLE}: {path} is not TOML ({error})") from None


def _problem(item: dict[str, Any]) -> str:
    text = str(item["msg"]).removeprefix("Value error, ")
    if not item["loc"]:
        return text
    name = str(item["loc"][0])
    if item["type"] == "extra_forbidden":
        return f"{name}: there is no such setting"
    return f"{PREFIX}{name.upper()}: {text}"


def _parts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if not isinstance(value, list | tuple):
        raise ValueError("must be a list, or a text with commas")  # noqa: TRY004  # pydantic reports only ValueErrors
    return tuple(str(part) for part in value)
