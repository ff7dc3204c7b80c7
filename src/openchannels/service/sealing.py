"""Names that sealed values are bound to, and the key that accounts on one grant share.

A sealed value opens only under the name of its own row, not when copied to another row.
"""

import hashlib

from openchannels.connectors.registry import Connector


def credential_row(account_id: str) -> str:
    """Name of an account's credential in the vault."""
    return f"credential:{account_id}"


def session_row(session_id: str) -> str:
    """Name of an authorization session in the vault."""
    return f"session:{session_id}"


def api_key_row(key_id: str) -> str:
    """Name of an API key's signing secret in the vault."""
    return f"api_key:{key_id}"


def webhook_row(webhook_id: str) -> str:
    """Name of a webhook in the vault, for its current and previous secret."""
    return f"webhook:{webhook_id}"


def account_group_row(group_id: str) -> str:
    """Name in the vault of an account group's browser configuration."""
    return f"account_group:{group_id}"


def platform_state_row(platform: str, name: str) -> str:
    """Name in the vault of a value that a connector keeps for all processes."""
    return f"platform:{platform}:{name}"


def idempotency_row(request_id: str) -> str:
    """Name in the vault of the answer to a request under an idempotency key."""
    return f"idempotency_key:{request_id}"


def publication_row(publication_id: str) -> str:
    """Name in the vault of what a publisher keeps between its steps."""
    return f"publication:{publication_id}"


def metadata_row(name: str) -> str:
    """Name in the vault of the value that proves a keyring."""
    return f"facts:{name}"


def grant_key(connector: Connector, subject: str | None, app_id: str) -> str | None:
    """What accounts on one person's consent to one app have in common; None where unknown."""
    if subject is None:
        return None
    realm = connector.auth.shared_grant_group or connector.id
    text = "\n".join((realm, app_id, subject))
    return hashlib.sha256(text.encode()).hexdigest()
