"""Tables of what is published."""

from sqlalchemy import (
    JSON,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from openchannels.store.tables.base import metadata, partial

publications = Table(
    "publications",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("flow_id", String(128), nullable=False),
    Column("user_id", String(128), nullable=False),
    Column("account_id", String(512), nullable=False),
    Column("platform", String(32), nullable=False),
    Column("content", JSON, nullable=False),
    Column("option", JSON, nullable=False),
    Column("request_digest", LargeBinary(32), nullable=False),
    Column("publish_at", Float, nullable=False),
    Column("status", Integer, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("work_id", String(512)),
    Column("work_link", Text),
    Column("link_status", String(16)),
    Column("link_error", Text),
    Column("link_meta", JSON),
    Column("error", JSON),
    Column("warnings", JSON, nullable=False),
    Column("source", String(16), nullable=False),
    Column("material", JSON, nullable=False),
    Column("reports", JSON, nullable=False),
    Column("committed_at", Float),
    Column("stage_since", Float, nullable=False),
    Column("sealed", LargeBinary),
    Column("due_at", Float),
    Column("lease_owner", String(24)),
    Column("lease_until", Float),
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    Index(None, "user_id", "flow_id", "account_id", unique=True),
    Index(None, "user_id", "publish_at", "id"),
    Index("ix_publications_due", "due_at", "publish_at", "id", **partial("due_at IS NOT NULL")),
    Index(
        "ix_publications_begun",
        "due_at",
        "publish_at",
        "id",
        **partial("stage <> 'queued' AND due_at IS NOT NULL"),
    ),
    Index(
        "ix_publications_account_committed",
        "account_id",
        "committed_at",
        **partial("committed_at IS NOT NULL"),
    ),
    Index(
        "ix_publications_work",
        "account_id",
        "work_id",
        "committed_at",
        **partial("work_id IS NOT NULL"),
    ),
    Index(
        "ix_publications_platform_committed",
        "platform",
        "committed_at",
        **partial("committed_at IS NOT NULL"),
    ),
    Index(
        "ix_publications_leased",
        "account_id",
        unique=True,
        **partial("lease_owner IS NOT NULL"),
    ),
)
"""One content for one account: a task while it is worked on, a record for ever.

`stage` is what is done next (core/publications.py), `due_at` when; None once nothing is. The lease
is of the process that works on it, for one publication of an account at a time. `committed_at` is
when the call that publishes was last begun. `sealed` holds what the publisher keeps between its
steps, `reports` what the platform said by its webhooks. `request_digest` tells a repeat of the same
request from another one.
"""

publication_assets = Table(
    "publication_assets",
    metadata,
    Column("publication_id", String(24), ForeignKey("publications.id"), primary_key=True),
    Column("asset_id", String(24), primary_key=True),
    Column("made", Integer, nullable=False, server_default="0"),
    Index(None, "asset_id"),
)
"""Assets that a publication still needs: they are not deleted.

Those that were `made` for it, by fetching or adapting a file, are deleted when it has ended (1), or
with its record (2), as the cover that the record shows.
"""

publication_keys = Table(
    "publication_keys",
    metadata,
    Column("platform", String(32), primary_key=True),
    Column("key", String(256), primary_key=True),
    Column("publication_id", String(24), ForeignKey("publications.id"), nullable=False),
    Index(None, "publication_id"),
)
"""The platform's own ids of publications, by which its webhooks name them."""

media_addresses = Table(
    "media_addresses",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("publication_id", String(24), ForeignKey("publications.id"), nullable=False),
    Column("asset_id", String(24), nullable=False),
    Column("ends_at", Float, nullable=False),
    Column("last_at", Float),
    Column("whole", Integer, nullable=False, server_default="0"),
    Index(None, "publication_id"),
    Index(None, "ends_at"),
)
"""Addresses under which a platform fetches the files of one attempt, and what it has read."""

publish_caps = Table(
    "publish_caps",
    metadata,
    Column("key", String(64), primary_key=True),
)
"""Rows to lock: whoever counts the publications under one cap, and adds one, holds its row.

`key` is a digest, so the rows name nobody.
"""
