"""Tables of events and of where they are sent."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from openchannels.store.tables.base import metadata, partial

events = Table(
    "events",
    metadata,
    Column(
        "sequence",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    Column("id", String(32), nullable=False, unique=True),
    Column("user_id", String(128), nullable=False),
    Column("type", String(64), nullable=False),
    Column("account_id", String(512), nullable=False),
    Column("platform", String(32), nullable=False),
    Column("at", Float, nullable=False),
    Column("data", JSON, nullable=False),
    Index(None, "user_id", "sequence"),
    Index(None, "at"),
    sqlite_autoincrement=True,
)
"""Events about accounts, written in the same transaction as the change they report.

`sequence` orders the events of an account: a change locks the account's row until it commits.
"""

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("user_id", String(128), nullable=False),
    Column("url", Text, nullable=False),
    Column("description", String(256), nullable=False),
    Column("types", JSON, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("sealed_before", LargeBinary),
    Column("before_until", Float),
    Column("enabled", Boolean, nullable=False),
    Column("disabled_reason", String(32)),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failing_since", Float),
    Column("paused_until", Float),
    Column("busy_until", Float),
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    Index(None, "user_id"),
)
"""Where a user's events are sent. Empty `types` means all types.

`sealed` is the signing secret, `sealed_before` the previous one, which also signs until
`before_until`. `disabled_reason` says why the service disabled the webhook.

`failures` counts failed attempts in a row, the first of them at `failing_since`. Nothing is sent
before `paused_until`. `busy_until` is the lease of the process that is sending, or the end of the
last turn.
"""

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("webhook_id", String(32), ForeignKey("webhooks.id"), nullable=False),
    Column("event_id", String(32), ForeignKey("events.id"), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("asked_at", Float, nullable=False),
    Column("due_at", Float),
    Column("last_at", Float),
    Column("last_status", Integer),
    Column("last_error", String(64)),
    Column("delivered_at", Float),
    UniqueConstraint("webhook_id", "event_id"),
    Index(None, "webhook_id", "sequence"),
    Index(None, "event_id"),
    Index("ix_deliveries_due", "webhook_id", "due_at", **partial("due_at IS NOT NULL")),
    Index("ix_deliveries_next", "due_at", **partial("due_at IS NOT NULL")),
)
"""One event for one webhook: `pending`, `delivered` or `dead`.

`asked_at` starts the period in which delivery is attempted; `due_at` is the next attempt, None when
no more will follow.
"""

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("delivery_id", String(32), ForeignKey("deliveries.id"), nullable=False),
    Column("at", Float, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Column("http_status", Integer),
    Column("error", String(64)),
    Index(None, "delivery_id", "at"),
)
"""Each attempt of a delivery and its outcome."""
