"""Identifiers and secrets: their formats and generators."""

import base64
import hashlib
import random
import re
import secrets

MOMENT, SECRET_LENGTH = 3, 43
_ORDERED = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
SESSION_ID = re.compile(r"[A-Za-z0-9_-]{16}")
OBJECT_ID = re.compile(r"[0-9a-f]{24}")
SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
STORE_TAG, KEY_BODY = 6, 39
"""Characters of an API key: the tag, and all but the check value."""
API_KEY = re.compile(r"oc_[A-Za-z0-9_-]{43}")


def new_session_id(now: float) -> str:
    """Public id of an authorization session: 16 URL-safe characters, 78 random bits, no secret."""
    return _moment(now) + secrets.token_urlsafe(12)[MOMENT:]


def new_ticket(now: float) -> str:
    """The secret of a new session, behind the moment of its start."""
    return _moment(now) + new_secret()


def state_key(state: str) -> bytes:
    """The 32 bytes by which a session is found: the state's moment as it is, of the rest a digest.

    A state without a moment has a digest of the whole: those of a browser's secret, and of
    sessions that were started before moments came in.
    """
    moment = moment_of(state)
    return moment.encode() + digest(state[len(moment) :])[len(moment) :]


def moment_of(secret: str) -> str:
    """The moment before a secret; empty for one that has none."""
    moment = secret[:-SECRET_LENGTH]
    return moment if len(moment) == MOMENT and moment.isascii() else ""


def _moment(now: float) -> str:
    """The second in a cycle of three days, as characters in the order of their codes.

    What is made together so lies together in an index. Wholly random keys touch a page each, of an
    index that grows: with 120,000 open sessions a start wrote twice as much as with a thousand.
    """
    second = int(now) % 64**MOMENT
    return _ORDERED[second >> 12] + _ORDERED[second >> 6 & 63] + _ORDERED[second & 63]


def new_secret() -> str:
    """A 256-bit secret as 43 URL-safe characters: OAuth states, PKCE verifiers, cookies."""
    return secrets.token_urlsafe(32)


def new_object_id() -> str:
    """Id of a group, a key, an audit entry or a snapshot: 24 lower-case hex digits."""
    return secrets.token_hex(12)


def new_store_tag() -> str:
    """What the keys of a store have in common: 6 URL-safe characters, no secret."""
    return secrets.token_urlsafe(6)[:STORE_TAG]


def new_api_key(store_tag: str) -> str:
    """An API key: the store's tag, 198 random bits and a check value, 43 URL-safe characters."""
    body = store_tag + new_secret()[: KEY_BODY - STORE_TAG]
    return f"oc_{body}{_check_value(body)}"


def store_tag_of(key: str) -> str | None:
    """The tag of the store that made a key; None for one that was mistyped or bears no tag."""
    body, check = key[3 : 3 + KEY_BODY], key[3 + KEY_BODY :]
    return body[:STORE_TAG] if check == _check_value(body) else None


def _check_value(body: str) -> str:
    return base64.urlsafe_b64encode(digest(f"openchannels/key/{body}"))[:4].decode()


def new_event_id() -> str:
    """Id of an event: `evt_` and 24 hex digits."""
    return f"evt_{secrets.token_hex(12)}"


def new_delivery_id() -> str:
    return f"dlv_{secrets.token_hex(12)}"


def new_webhook_id() -> str:
    return f"whk_{secrets.token_hex(12)}"


def new_signing_secret() -> str:
    """A Standard Webhooks secret: `whsec_` and the base64 of 32 random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def digest(secret: str) -> bytes:
    """SHA-256 of a high-entropy secret: the only form in which states and keys are stored."""
    return hashlib.sha256(secret.encode()).digest()


def new_request_id() -> str:
    """24 hex digits; not secret, so generated without a system call for each request."""
    return f"{random.getrandbits(96):024x}"
