"""Tables of users: their keys, groups, accounts with credentials and figures, and usage."""

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
    false,
)

from openchannels.store.tables.base import metadata, partial

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
        **partial("is_default"),
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
    Index(None, "group_id"),
    Index("ix_accounts_attention", "attention_since", **partial("attention IS NOT NULL")),
    Index("ix_accounts_offline", "platform", **partial("status = 0")),
    Index("ix_accounts_alias", "platform", "alias", **partial("alias IS NOT NULL")),
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
    Column("snapshot_at", Float),
    Column("snapshot_held_until", Float),
    Column("end_announced_at", Float),
    Column("refused_since", Float),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("updated_at", Float, nullable=False),
    Index(None, "grant_key"),
    Index("ix_credentials_issued", "updated_at", **partial("refresh_at IS NOT NULL")),
    Index("ix_credentials_ended", "grant_ends_at", **partial("end_announced_at IS NOT NULL")),
    Index("ix_credentials_refresh", "refresh_at", **partial("refresh_at IS NOT NULL")),
    Index("ix_credentials_probe", "probe_at", **partial("probe_at IS NOT NULL")),
    Index("ix_credentials_notice", "notice_at", **partial("notice_at IS NOT NULL")),
    Index("ix_credentials_snapshot", "snapshot_at", **partial("snapshot_at IS NOT NULL")),
    Index("ix_credentials_unplanned", "platform", **partial("snapshot_at IS NULL")),
)
"""`version` grows with each new secret; updates name the version that they read.

`grant_key` identifies accounts that share one person's consent to one app. `grant_ends_at` is the
time from which no refresh helps, so a status is derived without opening the secret.

`refresh_at`, `probe_at`, `notice_at` and `snapshot_at` are due times of background work: the next
refresh, probe, expiry notice and daily snapshot; None is never. What is due is left alone until
`refresh_held_until` and the like: while it is claimed, or after a failure. `failures` counts failed
refreshes and probes in a row.

`updated_at` is when the tokens were issued. `end_announced_at` is when the event was written that
the grant has ended by the clock; the account's row does not say so, because clocks err.
`refused_since` is when the platform began to refuse tokens that it had just issued.
"""

snapshots = Table(
    "snapshots",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("user_id", String(128), nullable=False),
    Column("account_id", String(512), ForeignKey("accounts.id"), nullable=False),
    Column("work_id", String(512)),
    Column("at", Float, nullable=False),
    Column("period_start", Float),
    Column("period_end", Float),
    Column("metrics", JSON, nullable=False),
    Column("about", JSON),
    Column("extra", JSON, nullable=False),
    Index(None, "account_id", "work_id", "at", "id"),
    Index(None, "user_id"),
    Index(None, "at"),
)
"""Figures as a platform told them at `at`: of an account, or of a work if `work_id` is set.

`about` is the account's profile, or the work without its metrics. The period is the one that was
asked for. All snapshots of an account belong to the user who holds it.
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
    Index(None, "day"),
)
"""Calls to platforms per user and UTC day, with their cost in the platform's own unit."""
