"""The tables. Keys of a person's rows begin with `person_id`. Moments are milliseconds since 1970."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

from mudguard.rules.events import EventType, Outcome
from mudguard.rules.roles import Role, Status
from mudguard.store.column_types import Choice, HashCost, Moments, Words

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

_Id = String(24)
_Moment = BigInteger


def _person_id(*, primary_key: bool = False) -> Column[str]:
    return Column(
        "person_id", _Id, ForeignKey("people.id", ondelete="CASCADE"), nullable=False, primary_key=primary_key
    )


instance = Table(
    "instance",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("audit_key", LargeBinary, nullable=False, comment="sealed; also tells whether the key ring fits"),
    Column("audit_streams", BigInteger, nullable=False, comment="how many were begun"),
    Column("audit_seal", LargeBinary(32), nullable=False, comment="keyed hash over their number"),
)

organizations = Table(
    "organizations",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("name", String(100), nullable=False),
    Column("slug", String(80), nullable=False, unique=True),
    Column("created_at", _Moment, nullable=False),
    Column("updated_at", _Moment, nullable=False),
)

projects = Table(
    "projects",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("org_id", _Id, ForeignKey("organizations.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("description", String(1000)),
    Column("slug", String(80), nullable=False),
    Column("settings", JSON, nullable=False),
    Column("created_at", _Moment, nullable=False),
    Column("updated_at", _Moment, nullable=False),
    Column("deleted_at", _Moment, comment="set first, while its people are removed"),
    UniqueConstraint("org_id", "slug"),
)

people = Table(
    "people",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("org_id", _Id, comment="operators: their organisation"),
    Column("project_id", _Id, index=True, comment="people of a project"),
    Column("role", Choice(Role, 16), nullable=False),
    Column("custom_role", String(64)),
    Column("email", String(320), nullable=False),
    Column("first_name", String(100), nullable=False),
    Column("last_name", String(100), nullable=False),
    Column("avatar", String(2048)),
    Column("password_hash", String(255)),
    Column(
        "credentials_version", Integer, nullable=False, comment="rises with each change of password or second factor"
    ),
    Column("status", Choice(Status, 16), nullable=False),
    Column("is_anonymous", Boolean, nullable=False),
    Column("email_verified", Boolean, nullable=False),
    Column("last_login_at", _Moment),
    Column("created_at", _Moment, nullable=False),
    Column("updated_at", _Moment, nullable=False),
    Index("ix_people_org_id", "org_id"),
)

emails = Table(
    "emails",
    metadata,
    Column("realm", _Id, nullable=False, comment="a project's id, or 'operators'"),
    Column("email_key", String(640), nullable=False),
    Column("person_id", _Id, nullable=False),
    PrimaryKeyConstraint("realm", "email_key"),
)

sessions = Table(
    "sessions",
    metadata,
    _person_id(),
    Column("id", _Id, nullable=False),
    Column("auth_time", _Moment, nullable=False),
    Column("methods", Words(64), nullable=False, comment="amr values, space separated"),
    Column("refresh_family_hash", LargeBinary(32), nullable=False),
    Column("refresh_hash", LargeBinary(32), nullable=False),
    Column("created_at", _Moment, nullable=False),
    Column("last_used_at", _Moment, nullable=False),
    Column("address", String(64), nullable=False),
    Column("user_agent", String(256), nullable=False),
    PrimaryKeyConstraint("person_id", "id"),
    Index("ix_sessions_last_used_at", "last_used_at"),
)

known_addresses = Table(
    "known_addresses",
    metadata,
    _person_id(),
    Column("address", String(64), nullable=False),
    Column("last_seen_at", _Moment, nullable=False),
    PrimaryKeyConstraint("person_id", "address"),
)

two_factor = Table(
    "two_factor",
    metadata,
    _person_id(primary_key=True),
    Column("version", BigInteger, nullable=False, comment="rises with every change; each change names the one it read"),
    Column("secret", LargeBinary, comment="sealed"),
    Column("enabled_at", _Moment),
    Column("last_step", BigInteger, comment="the last accepted TOTP step of this authenticator"),
    Column("backup_salt", LargeBinary),
    Column("backup_digests", LargeBinary, comment="argon2id, one after the other"),
    Column("backup_cost", HashCost(32)),
    Column("backup_used", Integer, nullable=False, comment="bit mask"),
    Column("pending_secret", LargeBinary, comment="sealed"),
    Column("pending_codes", LargeBinary, comment="sealed"),
    Column("pending_until", _Moment),
    Column("totp_failures", Moments, nullable=False, comment="moments of wrong codes, eight bytes each"),
    Column("backup_failures", Moments, nullable=False),
)

challenges = Table(
    "challenges",
    metadata,
    _person_id(),
    Column("id", String(64), nullable=False, comment="hash of the challenge token"),
    Column("credentials_version", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("expires_at", _Moment, nullable=False),
    PrimaryKeyConstraint("person_id", "id"),
    Index("ix_challenges_expires_at", "expires_at"),
)

password_failures = Table(
    "password_failures",
    metadata,
    Column("account", String(64), nullable=False, comment="hash of realm and e-mail, of people who may not exist"),
    Column("source", String(64), nullable=False, comment="an address, or 'strangers'"),
    Column("version", BigInteger, nullable=False),
    Column("failures", Moments, nullable=False),
    Column("expires_at", _Moment, nullable=False, index=True),
    PrimaryKeyConstraint("account", "source"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("org_id", _Id, nullable=False, index=True),
    Column("project_id", _Id, ForeignKey("projects.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", String(100), nullable=False),
    Column("secret_hash", LargeBinary(32), nullable=False, unique=True),
    Column("permissions", JSON, nullable=False, comment="[] is everything"),
    Column("limit_requests", Integer, nullable=False),
    Column("limit_window", BigInteger, nullable=False, comment="seconds"),
    Column("window_started_at", _Moment, nullable=False),
    Column("window_requests", Integer, nullable=False),
    Column("requests", BigInteger, nullable=False),
    Column("last_used_at", _Moment),
    Column("is_active", Boolean, nullable=False),
    Column("expires_at", _Moment),
    Column("created_by", _Id, nullable=False),
    Column("created_at", _Moment, nullable=False),
)

audit_streams = Table(
    "audit_streams",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("started_at", _Moment, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("last_link", LargeBinary(32), nullable=False),
    Column("seal", LargeBinary(32), nullable=False, comment="keyed hash over length and last link"),
)

security_events = Table(
    "security_events",
    metadata,
    Column("person_id", _Id, nullable=False, comment="empty where nobody has the e-mail address; outlives the person"),
    Column("id", _Id, nullable=False),
    Column("project_id", _Id),
    Column("at", _Moment, nullable=False),
    Column("type", Choice(EventType, 32), nullable=False),
    Column("outcome", Choice(Outcome, 16), nullable=False),
    Column("reason", String(40)),
    Column("factor", String(16)),
    Column("actor", String(32), nullable=False, comment="a person's id, or 'command line'"),
    Column("address", String(64), nullable=False),
    Column("request_id", String(128), nullable=False),
    Column("stream", _Id, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("link", LargeBinary(32), nullable=False, comment="keyed hash over this row and the link before it"),
    PrimaryKeyConstraint("person_id", "at", "id"),
    Index("ix_security_events_project_id", "project_id", "at", "id"),
)
