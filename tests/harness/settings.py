"""Settings that every service under test starts from, under their environment names."""

import base64
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from openchannels.testing.environ import UNLIMITED

MASTER_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
COMMON = {
    **UNLIMITED,
    "OPENCHANNELS_WEBHOOKS__ALLOWED_NETWORKS": "127.0.0.0/8",
}


def store_environ(database: str | None, keyring: Path | None = None) -> dict[str, str]:
    """Settings that choose the store; PostgreSQL wants a master key."""
    if database is None:
        return {}
    if keyring is not None:
        where = {"OPENCHANNELS_VAULT__KEYRING_FILE": str(keyring)}
        return {"OPENCHANNELS_DATABASE__URL": database, **where}
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return {"OPENCHANNELS_DATABASE__URL": database, "OPENCHANNELS_VAULT__KEYS__K1": key}


def clean_environ(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of this process without settings of ours, but for the given ones."""
    kept = {
        name: value
        for name, value in os.environ.items()
        # A terminal's width breaks what commands print.
        if not name.upper().startswith("OPENCHANNELS_") and name != "COLUMNS"
    }
    return {**kept, **(settings or {})}
