"""The table of authorization sessions."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from openchannels.store.tables.base import metadata, partial

auth_sessions = Table(
    "auth_sessions",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("state_hash", LargeBinary(32), nullable=False, unique=True),
    Column("user_id", String(128), nullable=False),
    Column("key_id", String(24), nullable=False),
    Column("platform", String(32), nullable=False),
    Column("group_id", String(24), nullable=False),
    Column("group_given", Boolean, nullable=False),
    Column("account_id", String(512)),
    Column("purposes", String(64)),
    Column("callback_url", Text),
    Column("redirect_uri", Text),
    Column("stage", String(16), nullable=False),
    Column("binding", String(16), nullable=False),
    Column("browser_hash", LargeBinary(32)),
    Column("sealed", LargeBinary),
    Column("lease_owner", String(24)),
    Column("lease_until", Float),
    Column("error_code", Integer),
    Column("error_data", JSON, nullable=False),
    Column("accounts", JSON, nullable=False),
    Column("offered", JSON, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("ended_at", Float),
    Index(None, "user_id", "created_at"),
    Index(None, "stage", "lease_until"),
    Index("ix_auth_sessions_ended", "ended_at", **partial("ended_at IS NOT NULL")),
    Index("ix_auth_sessions_open", "expires_at", **partial("ended_at IS NULL")),
)
"""`account_id` is the only account that a reconnect may connect. `purposes` are separated by
spaces; null stands for all of the installation's.

`browser_hash` is the digest of the cookie of the one browser that may finish the session.
`lease_until` is the end of a claim; for a confirming or failed session it is the time from which
its tokens are to be revoked.
"""
