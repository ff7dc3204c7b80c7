"""Tables of the store itself: what it is, who works on it, who did what."""

from sqlalchemy import JSON, BigInteger, Column, Float, Index, LargeBinary, String, Table, Text

from openchannels.store.tables.base import metadata

facts = Table(
    "facts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
"""Metadata of the store: the environment it belongs to, a check value of its keyring."""

workers = Table(
    "workers",
    metadata,
    Column("executor_id", String(32), primary_key=True),
    Column("version", String(64), nullable=False),
    Column("started_at", Float, nullable=False),
    Column("beat_at", Float, nullable=False),
)
"""Processes that do background work, by the real clock; one without heartbeats is dead."""

platform_state = Table(
    "platform_state",
    metadata,
    Column("platform", String(32), primary_key=True),
    Column("name", String(128), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("version", BigInteger, nullable=False),
    Index(None, "expires_at"),
)
"""State that connectors share between processes: app tokens and verification tickets."""

shared_limits = Table(
    "shared_limits",
    metadata,
    Column("name", String(256), primary_key=True),
    Column("ends_at", Float, nullable=False),
    Column("detail", String(64), nullable=False),
    Column("noted_by", String(32), nullable=False),
    Column("noted_at", Float, nullable=False),
    Index(None, "noted_at"),
)
"""What processes tell each other of limits, by the database's clock; a digest for each account,
key and address."""

audit = Table(
    "audit",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("at", Float, nullable=False),
    Column("user_id", String(128)),
    Column("actor", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("account_id", String(512)),
    Column("details", JSON, nullable=False),
    Index(None, "user_id", "at", "id"),
    Index(None, "user_id", "action", "at", "id"),
    Index(None, "at", "id"),
    Index(None, "account_id"),
)
"""Who did what to which account, or to the whole store where no user is named.

Rows are only added; triggers refuse everything else except an erasure and the end of a retention.
"""
