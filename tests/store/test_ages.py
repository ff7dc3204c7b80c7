"""A store that has been through every schema, with rows of each, is read like one of today."""

import asyncio
import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from openchannels.core.ids import digest
from openchannels.core.keys import ALL_SCOPES
from openchannels.service import sealing
from openchannels.store.migrate import REVISIONS, migrate
from openchannels.store.tables import metadata
from openchannels.store.vault.keyring import Keyring
from openchannels.store.vault.vault import Vault
from tests.harness.paths import API
from tests.harness.schemas import insert_known, on_store, present_tables, upgrade
from tests.harness.service import running_service
from tests.harness.settings import MASTER_KEY
from tests.moving.stores import NOW, rows_of

VAULT = Vault(Keyring({"test": base64.b64decode(MASTER_KEY)}, "test"))
LISTS = {
    "accounts": "accounts",
    "account-groups": "account_groups",
    "webhooks": "webhooks",
    "events": "events",
}
"""Lists by path, with the table that each of them reads."""
EVENTS = 10
"""Numbers of the event log for each age."""


def key_of(revision: str) -> str:
    return f"oc_{digest(f'key of {revision}').hex()[:43]}"


def user_of(revision: str) -> str:
    return f"user-of-{revision}"


def rows_in(data: Any) -> list[Any]:
    """The rows of a list, whichever form it has."""
    if isinstance(data, list):
        return data
    (rows,) = (value for value in data.values() if isinstance(value, list))
    return rows


def rows_of_age(revision: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """Rows of a user of this age, with all columns of today."""
    user, key_id = user_of(revision), digest(revision).hex()[:24]
    group = digest(user).hex()[:24]
    key = {
        "id": key_id,
        "user_id": user,
        "name": "",
        "hash": digest(key_of(revision)),
        "sealed": VAULT.seal(b"a signing secret", sealing.api_key_row(key_id)),
        "origins": [],
        "scopes": [scope.value for scope in ALL_SCOPES],
        "all_scopes": True,
        "binding": "direct",
        "created_at": NOW,
    }
    found = [(table.name, rows) for table, rows in rows_of(VAULT, 2, user, group)]
    first = EVENTS * REVISIONS.index(revision)
    for name, rows in found:
        for row in rows:
            if name in ("events", "deliveries"):
                row["sequence"] += first
    # One for the whole store.
    rest = [one for one in found if one[0] != "platform_state" or revision == REVISIONS[0]]
    return [("api_keys", [key]), *rest]


def live_through(connection: Connection) -> Mapping[str, set[str]]:
    """Migrate step by step, each time with a user's rows; returns the tables of each age."""
    tables = {}
    for revision in REVISIONS:
        upgrade(connection, revision)
        rows = rows_of_age(revision)
        present = present_tables(connection)
        tables[revision] = {
            name for name, some in rows if insert_known(connection, present, name, some)
        }
        connection.commit()
    return tables


UNFILLED = {"facts", "audit", "workers", "shared_limits", "media_addresses", "publish_caps"}
"""Tables that need no rows: what is in them is kept apart, or for minutes at most."""


@pytest.fixture
def aged(empty_store: str) -> tuple[str, Mapping[str, set[str]]]:
    """The URL of such a store, and the tables that each age had."""
    return empty_store, asyncio.run(on_store(empty_store, live_through))


def test_rows_of_every_schema_are_read(
    aged: tuple[str, Mapping[str, set[str]]], tmp_path: Path
) -> None:
    store, tables = aged
    assert set(metadata.tables) - UNFILLED == {
        *tables[REVISIONS[-1]],
        "platform_state",
    }
    assert not asyncio.run(migrate(store))
    with running_service(store, tmp_path) as service:
        states: set[tuple[int, str | None]] = set()
        for revision, had in tables.items():
            client = service.client(key_of(revision))

            def read(path: str, client: Any = client, revision: str = revision) -> Any:
                answer = client.get(f"{API}/{path}").json()
                assert answer["code"] == 0, (revision, path, answer)
                return answer["data"]

            for path, table in LISTS.items():
                assert bool(rows_in(read(path))) == (table in had), (revision, path)
            for account in read("accounts")["list"]:
                assert account["nickname"].startswith(f"Canary youtube_{user_of(revision)}")
                state = read(f"accounts/{account['id']}/auth-status")
                states.add((state["status"], state.get("reason")))
            hook = rows_in(read("webhooks"))[0]["id"]
            assert len(rows_in(read(f"webhooks/{hook}/deliveries"))) == 3
            session = client.get(f"{API}/accounts/auth/youtube").json()["data"]["sessionId"]
            assert read(f"accounts/auth/youtube/status/{session}")["status"] == "pending"
        # The same rows mean the same, whatever schema they were written under.
        assert len(states) == 1
