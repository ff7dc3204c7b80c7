"""The table of uploaded files."""

from sqlalchemy import JSON, BigInteger, Column, Float, Index, LargeBinary, String, Table

from openchannels.store.tables.base import metadata, partial

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
    Index("ix_assets_purge", "purge_at", **partial("purge_at IS NOT NULL")),
)
"""Files that users upload; their bytes are in the asset store under `path`.

`size` is the signed size, and that of the stored file once the asset is confirmed. `reserved`
bytes count toward the user's quota. `upload_hash` is the digest of the upload address's token,
`fault` why the file was refused. The lease is of who confirms it. `purge_at` is when what is left
over is deleted: all of an asset that was not confirmed, the upload of one that was.
"""
