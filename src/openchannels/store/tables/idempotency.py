"""The table of requests that were sent with an idempotency key."""

from sqlalchemy import Column, Float, Index, LargeBinary, String, Table

from openchannels.store.tables.base import metadata

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("user_id", String(128), nullable=False),
    Column("request_hash", LargeBinary(32), nullable=False),
    Column("sealed", LargeBinary),
    Column("lease_owner", String(24)),
    Column("lease_until", Float),
    Column("expires_at", Float, nullable=False),
    Index(None, "user_id"),
    Index(None, "expires_at"),
)
"""`id` is made of the user and the key, `request_hash` of the request that came first.

`sealed` is the answer. Until it is there, the lease is of the process that works on the request.
"""
