"""Stores with rows in each table, and what is in them."""

import asyncio
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from openchannels.app.store import load_vault
from openchannels.core.ids import digest
from openchannels.service import sealing
from openchannels.service.moving.content import SEALED
from openchannels.settings import Settings, load_settings
from openchannels.store import tables
from openchannels.store.database import open_database
from openchannels.store.queries import transfer
from openchannels.store.vault.vault import Vault
from tests.harness.commands import make_key
from tests.harness.publications import publication_row

NOW = 1_790_000_000.0
PASSPHRASE = "a passphrase of tests"
SECRET = {"MOVING_PASSPHRASE": PASSPHRASE}
Content = Mapping[str, list[dict[str, Any]]]


def settings_of(data_dir: Path, environ: Mapping[str, str] | None = None) -> Settings:
    return load_settings(data_dir=data_dir, environ=dict(environ or {}))


def fill(data_dir: Path, accounts: int = 3, user: str = "acme") -> None:
    """Makes a store with a key, and rows of a user in every other table."""
    make_key(data_dir, "--user", user)
    settings = settings_of(data_dir)
    vault = load_vault(settings, may_create=False)

    async def write() -> None:
        db = open_database(settings.database_url)
        await db.write(_insert, vault, accounts, user)
        await db.close()

    asyncio.run(write())


def _insert(connection: Connection, vault: Vault, count: int, user: str) -> None:
    group = digest(user).hex()[:24]
    for table, rows in rows_of(vault, count, user, group):
        connection.execute(insert(table), rows)


def rows_of(vault: Vault, count: int, user: str, group: str) -> Any:
    """Rows of a user in each table but those of keys and of the audit log, table by table."""
    at = {"created_at": NOW, "updated_at": NOW}
    ids = [f"youtube_{user}_{number:05}" for number in range(count)]
    box = vault.seal
    yield tables.account_groups, [
        {"id": group, "user_id": user, "name": "default", "is_default": True, "rank": 1, **at,
         "sealed": box(b'{"canary":"browser"}', sealing.account_group_row(group))},
    ]  # fmt: skip
    yield tables.accounts, [
        {"id": one, "user_id": user, "platform": "youtube", "identity": one, "uid": one,
         "nickname": f"Canary {one} \u00fc\U0001f426", "names_set": ["avatar"], "group_id": group,
         "status": 1, "proved": True, "rank": 2, "counters": {"fans": 3}, "facts": {"a": [1]}, **at}
        for one in ids
    ]  # fmt: skip
    yield tables.credentials, [
        {"account_id": one, "platform": "youtube", "version": 7, "updated_at": NOW + 0.125,
         "sealed": box(f"canary token of {one}".encode(), sealing.credential_row(one)),
         "scopes": ["a"], "refresh_at": NOW, "claim_owner": "dead", "claim_until": 1.0}
        for one in ids
    ]  # fmt: skip
    yield tables.snapshots, [
        {"id": digest(one).hex()[:24], "user_id": user, "account_id": one, "at": NOW,
         "metrics": {"fans": 3}, "about": {"display_name": f"Canary {one}"}, "extra": {}}
        for one in ids
    ]  # fmt: skip
    yield tables.assets, [
        {"id": group[:20] + "0000", "user_id": user, "path": f"{user}/temp/canary.png",
         "type": "temp", "status": "confirmed", "size": 9, "reserved": 9, "mime_type": "image/png",
         "filename": "canary.png", "metadata": {"width": 1}, "upload_hash": b"h" * 32,
         "upload_ends_at": NOW, **at},
    ]  # fmt: skip
    publication = group[:20] + "0001"
    sealed = box(b"canary", sealing.publication_row(publication))
    published = publication_row(user, ids[0], NOW, id=publication, sealed=sealed)
    yield tables.publications, [published]
    of_publication = {"publication_id": published["id"]}
    yield tables.publication_assets, [{**of_publication, "asset_id": group[:20] + "0000"}]
    yield tables.publication_keys, [{**of_publication, "platform": "youtube", "key": user}]
    hook, event, delivery = f"whk_{user}", f"evt_{user}", f"dlv_{user}"
    row = sealing.webhook_row(hook)
    yield tables.webhooks, [
        {"id": hook, "user_id": user, "url": "https://example.com/canary", "description": "",
         "types": [], "sealed": box(b"canary", row), "sealed_before": box(b"before", row),
         "before_until": NOW, "enabled": True, **at},
    ]  # fmt: skip
    yield tables.usage, [
        {"user_id": user, "platform": "youtube", "day": "2026-01-01", "operation": "works",
         "calls": 5, "cost": 1.5},
    ]  # fmt: skip
    yield tables.platform_state, [
        {"platform": "wxGzh", "name": "ticket", "expires_at": NOW * 2, "version": 3,
         "sealed": box(b"canary ticket", sealing.platform_state_row("wxGzh", "ticket"))},
    ]  # fmt: skip
    yield tables.events, [
        {"id": f"{event}{n}", "user_id": user, "type": "account.connected", "account_id": ids[0],
         "platform": "youtube", "at": NOW + n, "data": {"n": n}, "sequence": 40 + n}
        for n in range(3)
    ]  # fmt: skip
    yield tables.deliveries, [
        {"id": f"{delivery}{n}", "webhook_id": hook, "event_id": f"{event}{n}",
         "sequence": 40 + n, "status": "pending", "attempts": 1, "asked_at": NOW, "due_at": NOW}
        for n in range(3)
    ]  # fmt: skip
    yield tables.delivery_attempts, [
        {"id": f"att_{user}", "delivery_id": f"{delivery}0", "at": NOW, "milliseconds": 5,
         "http_status": 500},
    ]  # fmt: skip
    request = digest(f"request of {user}").hex()
    yield tables.idempotency_keys, [
        {"id": request, "user_id": user, "request_hash": b"h" * 32, "expires_at": NOW * 2,
         "sealed": box(b"canary answer", sealing.idempotency_row(request))},
    ]  # fmt: skip
    session = digest(user).hex()[:16]
    yield tables.auth_sessions, [
        {"id": session, "state_hash": digest(user), "user_id": user, "key_id": "k", "accounts": [],
         "platform": "youtube", "group_id": group, "group_given": False, "stage": "pending",
         "binding": "direct", "error_data": {}, "offered": [], "created_at": NOW,
         "expires_at": NOW, "sealed": box(b"verifier", sealing.session_row(session))},
    ]  # fmt: skip


def content(data_dir: Path, environ: Mapping[str, str] | None = None) -> Content:
    """The rows of all tables that move, with their secrets in the clear."""
    settings = settings_of(data_dir, environ)
    vault = load_vault(settings, may_create=False)

    async def read() -> Content:
        db = open_database(settings.database_url)
        found = {
            table.name: await db.read(transfer.read_rows, table, None, 1_000_000)
            for table in (*transfer.MOVED, tables.auth_sessions)
        }
        await db.close()
        return found

    found = asyncio.run(read())
    for table, row in itertools.chain.from_iterable(
        ((one, row) for row in found[one.name]) for one in transfer.MOVED
    ):
        for name, value in row.items():
            if value is not None and (table.name, name) in SEALED:
                keys = transfer.key_of(table, row)
                row[name] = vault.open(value, SEALED[table.name, name](*keys))
    return found


def data(found: Content, *without: str) -> dict[str, Any]:
    """Content without the audit log, in which each command leaves its entry, and sessions."""
    left_out = {"audit", "auth_sessions", *without}
    return {name: rows for name, rows in found.items() if name not in left_out}
