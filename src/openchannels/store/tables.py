"""The tables. Times are Unix seconds; secrets are stored in `sealed` columns only."""

from typing import Any

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
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _where(condition: str) -> dict[str, Any]:
    """Arguments of a partial index for both engines."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


facts = Table(
    "facts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
"""Metadata of the store: the environment it belongs to, a check value of its keyring."""

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("user_id", String(128), nullable=False),
    Column("name", String(128), nullable=False),
    Column("hash", LargeBinary(32), nullable=False, unique=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("origins", JSON, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("all_scopes", Boolean, nullable=False, server_default=false()),
    Column("binding", String(16), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float),
    Column("revoked_at", Float),
    Column("last_used_at", Float),
    Column("successor_id", String(24)),
    Index(None, "user_id"),
)
"""`successor_id` is the key that replaced this one in a rotation.

A key with `all_scopes` holds later scopes too; `scopes` are those there were when it was made.
"""

account_groups = Table(
    "account_groups",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("user_id", String(128), nullable=False),
    Column("name", String(128), nullable=False),
    Column("is_default", Boolean, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("ip", String(256)),
    Column("location", String(256)),
    Column("country_code", String(256)),
    Column("proxy_ip", String(256)),
    Column("sealed", LargeBinary),
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    Index(None, "user_id"),
    Index(
        "uq_account_groups_default",
        "user_id",
        unique=True,
        **_where("is_default"),
    ),
)
"""`sealed` is the configuration of the browser in which the group's accounts are used."""

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(512), primary_key=True),
    Column("user_id", String(128), nullable=False),
    Column("platform", String(32), nullable=False),
    Column("identity", String(512), nullable=False),
    Column("alias", String(512)),
    Column("uid", String(256), nullable=False),
    Column("secondary", String(256)),
    Column("handle", String(256)),
    Column("client_type", String(16)),
    Column("nickname", Text, nullable=False),
    Column("avatar", Text),
    Column("names_set", JSON, nullable=False),
    Column("group_id", String(24), ForeignKey("account_groups.id"), nullable=False),
    Column("status", Integer, nullable=False),
    Column("reason", String(32)),
    Column("reason_since", Float),
    Column("evidence", JSON),
    Column("attention", String(32)),
    Column("attention_since", Float),
    Column("proved", Boolean, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("counters", JSON, nullable=False),
    Column("stats_at", Float),
    Column("facts", JSON, nullable=False),
    Column("login_at", Float),
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    UniqueConstraint("platform", "identity"),
    Index(None, "user_id", "id"),
    Index("ix_accounts_attention", "attention_since", **_where("attention IS NOT NULL")),
    Index("ix_accounts_alias", "platform", "alias", **_where("alias IS NOT NULL")),
)
"""`alias` is another identity of the account, on platforms where it has two.

`names_set` lists which of nickname and avatar the caller set: a reconnect keeps them.

`reason` says why an account is offline, `attention` why a working one needs attention.
"""

credentials = Table(
    "credentials",
    metadata,
    Column("account_id", String(512), ForeignKey("accounts.id"), primary_key=True),
    Column("platform", String(32), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("grant_key", String(64)),
    Column("scopes", JSON),
    Column("expires_at", Float),
    Column("grant_ends_at", Float),
    Column("checked_at", Float),
    Column("claim_owner", String(24)),
    Column("claim_until", Float),
    Column("refresh_at", Float),
    Column("probe_at", Float),
    Column("notice_at", Float),
    Column("refresh_held_until", Float),
    Column("probe_held_until", Float),
    Column("notice_held_until", Float),
    Column("end_announced_at", Float),
    Column("refused_since", Float),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("updated_at", Float, nullable=False),
    Index(None, "grant_key"),
    Index("ix_credentials_issued", "updated_at", **_where("refresh_at IS NOT NULL")),
    Index("ix_credentials_ended", "grant_ends_at", **_where("end_announced_at IS NOT NULL")),
    Index("ix_credentials_refresh", "refresh_at", **_where("refresh_at IS NOT NULL")),
    Index("ix_credentials_probe", "probe_at", **_where("probe_at IS NOT NULL")),
    Index("ix_credentials_notice", "notice_at", **_where("notice_at IS NOT NULL")),
)
"""`version` grows with each new secret; updates name the version that they read.

`grant_key` identifies accounts that share one person's consent to one app. `grant_ends_at` is the
time from which no refresh helps, so a status is derived without opening the secret.

`refresh_at`, `probe_at` and `notice_at` are due times of background work: the next refresh, probe
and expiry notice; None is never. What is due is left alone until `refresh_held_until` and the like:
while it is claimed, or after a failure. `failures` counts failed refreshes and probes in a row.

`updated_at` is when the tokens were issued. `end_announced_at` is when the event was written that
the grant has ended by the clock; the account's row does not say so, because clocks err.
`refused_since` is when the platform began to refuse tokens that it had just issued.
"""

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
    Index("ix_auth_sessions_ended", "ended_at", **_where("ended_at IS NOT NULL")),
    Index("ix_auth_sessions_open", "expires_at", **_where("ended_at IS NULL")),
)
"""`account_id` is the only account that a reconnect may connect.

`browser_hash` is the digest of the cookie of the one browser that may finish the session.
`lease_until` is the end of a claim; for a confirming or failed session it is the time from which
its tokens are to be revoked.
"""

usage = Table(
    "usage",
    metadata,
    Column("user_id", String(128), primary_key=True),
    Column("platform", String(32), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("operation", String(64), primary_key=True),
    Column("calls", BigInteger, nullable=False),
    Column("cost", Float, nullable=False),
)
"""Calls to platforms per user and UTC day, with their cost in the platform's own unit."""

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
    Index(None, "account_id"),
)
"""Who did what to which account, or to the whole store where no user is named.

Rows are only added; triggers refuse everything else except an erasure.
"""

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
    Index("ix_deliveries_due", "webhook_id", "due_at", **_where("due_at IS NOT NULL")),
    Index("ix_deliveries_next", "due_at", **_where("due_at IS NOT NULL")),
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

assets = Table(
    "assets",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("user_id", String(128), nullable=False),
    Column("path", String(256), nullable=False, unique=True),
    Column("type", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("size", BigInteger),
    Column("reserved", BigInteger, nullable=False),
    Column("mime_type", String(64)),
    Column("filename", String(256), nullable=False),
    Column("metadata", JSON, nullable=False),
    Column("fault", String(32)),
    Column("upload_hash", LargeBinary(32), nullable=False),
    Column("upload_ends_at", Float, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    Column("lease_owner", String(24)),
    Column("lease_until", Float),
    Column("purge_at", Float),
    Index(None, "user_id", "created_at", "id"),
    Index("ix_assets_purge", "purge_at", **_where("purge_at IS NOT NULL")),
)
"""Files that users upload; their bytes are in the asset store under `path`.

`size` is the signed size, and that of the stored file once the asset is confirmed. `reserved`
bytes count toward the user's quota. `upload_hash` is the digest of the upload address's token,
`fault` why the file was refused. The lease is of who confirms it. `purge_at` is when what is left
over is deleted: all of an asset that was not confirmed, the upload of one that was.
"""

workers = Table(
    "workers",
    metadata,
    Column("executor_id", String(32), primary_key=True),
    Column("version", String(64), nullable=False),
    Column("started_at", Float, nullable=False),
    Column("beat_at", Float, nullable=False),
)
"""Processes that do background work, by the real clock; one without heartbeats is dead."""
