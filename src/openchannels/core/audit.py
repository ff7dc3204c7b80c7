"""The audit log: records of changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

SERVICE = "service"
OPERATOR = "operator"
"""Actors without a key or a session: background work, and commands on the machine."""
ANOTHER_USER = "another"
"""Replaces the actor where another user acted on the reader's account."""


class Action(StrEnum):
    """Audited actions. Stable on the wire."""

    ACCOUNT_CONNECTED = "account.connected"
    ACCOUNT_RECONNECTED = "account.reconnected"
    ACCOUNT_TAKEN_OVER = "account.taken_over"
    ACCOUNT_OFFLINE = "account.offline"
    ACCOUNT_RECOVERED = "account.recovered"
    ACCOUNT_REVOKED = "account.revoked"
    ACCOUNT_UPDATED = "account.updated"
    ACCOUNT_DELETED = "account.deleted"
    ACCOUNT_INTERACTED = "account.interacted"
    ASSET_DELETED = "asset.deleted"
    PUBLICATION_CREATED = "publication.created"
    PUBLICATION_CHANGED = "publication.changed"
    PUBLICATION_CANCELLED = "publication.cancelled"
    PUBLICATION_DELETED = "publication.deleted"
    GROUP_CREATED = "group.created"
    GROUP_UPDATED = "group.updated"
    GROUP_SORTED = "group.sorted"
    GROUP_DELETED = "group.deleted"
    KEY_CREATED = "key.created"
    KEY_ROTATED = "key.rotated"
    KEY_REVOKED = "key.revoked"
    WEBHOOK_CREATED = "webhook.created"
    WEBHOOK_UPDATED = "webhook.updated"
    WEBHOOK_ROTATED = "webhook.rotated"
    WEBHOOK_DELETED = "webhook.deleted"
    VAULT_KEY_MADE = "vault.key_made"
    VAULT_ROTATED = "vault.rotated"
    VAULT_RETIRED = "vault.retired"
    USER_ERASED = "user.erased"
    STORE_MOVING = "store.moving"
    STORE_STAYED = "store.stayed"
    STORE_IMPORTED = "store.imported"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row of the log; the order of the fields is that of the table's columns."""

    id: str
    at: float
    user_id: str | None
    actor: str
    action: str
    account_id: str | None
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Selects entries: `since` inclusive, `until` exclusive, in Unix seconds."""

    account_id: str | None = None
    action: str | None = None
    since: float | None = None
    until: float | None = None
