"""The tables. Times are Unix seconds; secrets are stored in `sealed` columns only."""

from openchannels.store.tables.accounts import (
    account_groups,
    accounts,
    api_keys,
    credentials,
    snapshots,
    usage,
)
from openchannels.store.tables.assets import assets
from openchannels.store.tables.base import metadata
from openchannels.store.tables.events import deliveries, delivery_attempts, events, webhooks
from openchannels.store.tables.idempotency import idempotency_keys
from openchannels.store.tables.publishing import (
    media_addresses,
    publication_assets,
    publication_keys,
    publications,
    publish_caps,
)
from openchannels.store.tables.sessions import auth_sessions
from openchannels.store.tables.store import audit, facts, platform_state, shared_limits, workers

__all__ = [
    "account_groups",
    "accounts",
    "api_keys",
    "assets",
    "audit",
    "auth_sessions",
    "credentials",
    "deliveries",
    "delivery_attempts",
    "events",
    "facts",
    "idempotency_keys",
    "media_addresses",
    "metadata",
    "platform_state",
    "publication_assets",
    "publication_keys",
    "publications",
    "publish_caps",
    "shared_limits",
    "snapshots",
    "usage",
    "webhooks",
    "workers",
]
