"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_APPEND_ONLY = {
    "sqlite": [
        f"""CREATE TRIGGER security_events_no_{verb} BEFORE {verb} ON security_events
            BEGIN SELECT RAISE(ABORT, 'security_events is append-only'); END"""
        for verb in ("update", "delete")
    ],
    "postgresql": [
        """CREATE FUNCTION security_events_append_only() RETURNS trigger LANGUAGE plpgsql AS
           'BEGIN RAISE EXCEPTION ''security_events is append-only''; END'""",
        """CREATE TRIGGER security_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON security_events
           FOR EACH STATEMENT EXECUTE FUNCTION security_events_append_only()""",
    ],
}


def upgrade() -> None:
    op.create_table(
        "audit_streams",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("last_link", sa.LargeBinary(length=32), nullable=False),
        sa.Column("seal", sa.LargeBinary(length=32), nullable=False, comment="keyed hash over length and last link"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_streams")),
    )
    op.create_table(
        "emails",
        sa.Column("realm", sa.String(length=24), nullable=False, comment="a project's id, or 'operators'"),
        sa.Column("email_key", sa.String(length=640), nullable=False),
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.PrimaryKeyConstraint("realm", "email_key", name=op.f("pk_emails")),
    )
    op.create_table(
        "instance",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "audit_key", sa.LargeBinary(), nullable=False, comment="sealed; also tells whether the key ring fits"
        ),
        sa.Column("audit_streams", sa.BigInteger(), nullable=False, comment="how many were begun"),
        sa.Column("audit_seal", sa.LargeBinary(length=32), nullable=False, comment="keyed hash over their number"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance")),
    )
    op.create_table(
        "organizations",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
        sa.UniqueConstraint("slug", name=op.f("uq_organizations_slug")),
    )
    op.create_table(
        "password_failures",
        sa.Column(
            "account",
            sa.String(length=64),
            nullable=False,
            comment="hash of realm and e-mail, of people who may not exist",
        ),
        sa.Column("source", sa.String(length=64), nullable=False, comment="an address, or 'strangers'"),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "source", name=op.f("pk_password_failures")),
    )
    op.create_index(op.f("ix_password_failures_expires_at"), "password_failures", ["expires_at"], unique=False)
    op.create_table(
        "people",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("org_id", sa.String(length=24), nullable=True, comment="operators: their organisation"),
        sa.Column("project_id", sa.String(length=24), nullable=True, comment="people of a project"),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("custom_role", sa.String(length=64), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("first_name", sa.String(length=100), nullable=False),
        sa.Column("last_name", sa.String(length=100), nullable=False),
        sa.Column("avatar", sa.String(length=2048), nullable=True),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column(
            "credentials_version",
            sa.Integer(),
            nullable=False,
            comment="rises with each change of password or second factor",
        ),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("is_anonymous", sa.Boolean(), nullable=False),
        sa.Column("email_verified", sa.Boolean(), nullable=False),
        sa.Column("last_login_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    op.create_index("ix_people_org_id", "people", ["org_id"], unique=False)
    op.create_index(op.f("ix_people_project_id"), "people", ["project_id"], unique=False)
    op.create_table(
        "security_events",
        sa.Column(
            "person_id",
            sa.String(length=24),
            nullable=False,
            comment="empty where nobody has the e-mail address; outlives the person",
        ),
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("project_id", sa.String(length=24), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("factor", sa.String(length=16), nullable=True),
        sa.Column("actor", sa.String(length=32), nullable=False, comment="a person's id, or 'command line'"),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=128), nullable=False),
        sa.Column("stream", sa.String(length=24), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column(
            "link", sa.LargeBinary(length=32), nullable=False, comment="keyed hash over this row and the link before it"
        ),
        sa.PrimaryKeyConstraint("person_id", "at", "id", name=op.f("pk_security_events")),
    )
    op.create_index("ix_security_events_project_id", "security_events", ["project_id", "at", "id"], unique=False)
    op.create_table(
        "challenges",
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False, comment="hash of the challenge token"),
        sa.Column("credentials_version", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_challenges_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", "id", name=op.f("pk_challenges")),
    )
    op.create_index("ix_challenges_expires_at", "challenges", ["expires_at"], unique=False)
    op.create_table(
        "known_addresses",
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_known_addresses_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "address", name=op.f("pk_known_addresses")),
    )
    op.create_table(
        "projects",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("org_id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("description", sa.String(length=1000), nullable=True),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True, comment="set first, while its people are removed"),
        sa.ForeignKeyConstraint(["org_id"], ["organizations.id"], name=op.f("fk_projects_org_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        sa.UniqueConstraint("org_id", "slug", name=op.f("uq_projects_org_id")),
    )
    op.create_table(
        "sessions",
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("auth_time", sa.BigInteger(), nullable=False),
        sa.Column("methods", sa.String(length=64), nullable=False, comment="amr values, space separated"),
        sa.Column("refresh_family_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("refresh_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("user_agent", sa.String(length=256), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_sessions_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", "id", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_last_used_at", "sessions", ["last_used_at"], unique=False)
    op.create_table(
        "two_factor",
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column(
            "version",
            sa.BigInteger(),
            nullable=False,
            comment="rises with every change; each change names the one it read",
        ),
        sa.Column("secret", sa.LargeBinary(), nullable=True, comment="sealed"),
        sa.Column("enabled_at", sa.BigInteger(), nullable=True),
        sa.Column(
            "last_step", sa.BigInteger(), nullable=True, comment="the last accepted TOTP step of this authenticator"
        ),
        sa.Column("backup_salt", sa.LargeBinary(), nullable=True),
        sa.Column("backup_digests", sa.LargeBinary(), nullable=True, comment="argon2id, one after the other"),
        sa.Column("backup_cost", sa.String(length=32), nullable=True),
        sa.Column("backup_used", sa.Integer(), nullable=False, comment="bit mask"),
        sa.Column("pending_secret", sa.LargeBinary(), nullable=True, comment="sealed"),
        sa.Column("pending_codes", sa.LargeBinary(), nullable=True, comment="sealed"),
        sa.Column("pending_until", sa.BigInteger(), nullable=True),
        sa.Column(
            "totp_failures", sa.LargeBinary(), nullable=False, comment="moments of wrong codes, eight bytes each"
        ),
        sa.Column("backup_failures", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_two_factor_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_two_factor")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("org_id", sa.String(length=24), nullable=False),
        sa.Column("project_id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False, comment="[] is everything"),
        sa.Column("limit_requests", sa.Integer(), nullable=False),
        sa.Column("limit_window", sa.BigInteger(), nullable=False, comment="seconds"),
        sa.Column("window_started_at", sa.BigInteger(), nullable=False),
        sa.Column("window_requests", sa.Integer(), nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("created_by", sa.String(length=24), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_api_keys_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_keys_secret_hash")),
    )
    op.create_index(op.f("ix_api_keys_org_id"), "api_keys", ["org_id"], unique=False)
    op.create_index(op.f("ix_api_keys_project_id"), "api_keys", ["project_id"], unique=False)
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)
