"""The audit log: complete, for its user's eyes only, and never changed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from openchannels.core.audit import Action, AuditFilter
from openchannels.core.keys import Scope
from openchannels.service.admin.key_rotation import Rotation
from openchannels.store.database import open_database
from openchannels.store.queries.audit import list_entries, record
from openchannels.store.tables import audit
from openchannels.store.vault.keyring import create_keyring
from openchannels.store.vault.vault import Vault
from tests.harness.clock import Clock
from tests.harness.commands import run
from tests.harness.fixtures import StartService
from tests.harness.paths import ACCOUNTS
from tests.harness.postgres import Postgres
from tests.harness.service import Service, running_service
from tests.harness.stores import sqlite_store

AUDIT = "/api/v2/channels/audit"


def log(service: Service, user: str = "acme", **query: Any) -> list[dict[str, Any]]:
    answer = service.client_of(user).get(AUDIT, params=query).json()
    assert answer["code"] == 0, answer
    entries: list[dict[str, Any]] = answer["data"]["list"]
    return entries


def actions(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["action"] for entry in entries]


def test_who_did_what(service: Service) -> None:
    key = service.key_of()
    session = service.connect("youtube")
    account = session.account_id
    service.connect("youtube")
    plugin = service.hand_in("xhs")["id"]
    client = service.client_of()
    assert client.post(f"{ACCOUNTS}/{account}/revoke").json()["code"] == 0
    assert client.delete(f"{ACCOUNTS}/{account}").json()["code"] == 0
    other = service.api_key()
    assert service.run(service.services.api_keys.revoke(other.id))
    entries = log(service)
    assert actions(entries) == [
        "key.revoked",
        "key.created",
        "account.deleted",
        "account.revoked",
        "account.connected",
        "account.reconnected",
        "account.connected",
        "key.created",
    ]
    assert [entry["actor"].partition(":")[0] for entry in entries] == [
        *("operator", "operator", "key", "key", "key", "session", "session", "operator")
    ]
    assert entries[2]["actor"] == f"key:{key.id}"
    assert entries[6]["actor"] == f"session:{session.session_id}"
    assert [entry.get("accountId") for entry in entries[2:7]] == [
        account,
        account,
        plugin,
        account,
        account,
    ]
    assert entries[0]["details"] == {"key": other.id}
    assert log(service, "stranger", accountId=account) == []


def test_filters_and_pages(start_service: StartService) -> None:
    clock = Clock()
    service = start_service(clock=clock)
    first = service.account("youtube")
    middle = datetime.fromtimestamp(clock() + 5, UTC).isoformat()
    clock.advance(10)
    service.account("youtube", "mara")
    service.account("bilibili")
    everything = log(service)
    assert len(everything) == 4
    assert log(service, accountId=first) == [everything[2]]
    assert log(service, action="key.created") == [everything[3]]
    assert log(service, since=middle) == everything[:2]
    assert log(service, until=middle) == everything[2:]
    assert log(service, since=middle, until=middle) == []
    walked: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    for _ in range(4):
        page = service.client_of().get(AUDIT, params={"limit": 1, **cursor}).json()["data"]
        walked += page["list"]
        cursor = {"cursor": page.get("nextCursor")}
    assert walked == everything
    assert cursor == {"cursor": None}


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 101},
        {"since": "yesterday"},
        {"since": "2026-11-21T08:00:00"},
        {"action": "account.eaten"},
        {"cursor": "0" * 24},
    ],
)
def test_what_is_refused(shared_service: Service, query: dict[str, Any]) -> None:
    answer = shared_service.client_of().get(AUDIT, params=query).json()
    assert answer["code"] == 10002
    (issue,) = answer["data"]["issues"]
    assert issue["path"] == next(iter(query))


def test_the_command_refuses_an_action_that_there_is_not(tmp_path: Path) -> None:
    refused = run("audit", "--action", "account.eaten", "--data-dir", tmp_path)
    assert refused.returncode == 2
    assert "--action" in refused.stderr
    assert "account.deleted" in refused.stderr


def test_another_user_s_cursor_is_none(shared_service: Service) -> None:
    shared_service.key_of("owner")
    (entry,) = log(shared_service, "owner")
    asked = {"cursor": entry["id"]}
    answer = shared_service.client_of("stranger").get(AUDIT, params=asked).json()
    assert answer["code"] == 10002


def test_the_former_holder_is_not_told_by_whom(start_service: StartService) -> None:
    service = start_service(environ={"OPENCHANNELS_ACCOUNTS__TAKEOVER": "true"})
    account = service.account("youtube", user="first")
    assert service.account("youtube", user="second") == account
    (taken,) = log(service, "first", action="account.taken_over")
    assert taken["actor"] == "another"
    assert taken["details"] == {"proved": True}
    assert "second" not in str(log(service, "first"))
    assert actions(log(service, "second", accountId=account)) == ["account.connected"]


def test_a_key_without_the_scope_is_refused(shared_service: Service) -> None:
    made = shared_service.run(
        shared_service.services.api_keys.create("acme", scopes=[Scope.ACCOUNTS_WRITE])
    )
    answer = shared_service.client(made.key).get(AUDIT).json()
    assert (answer["code"], answer["data"]) == (15203, {"scope": "admin"})


KEPT = "'nobody', NULL, '{}' FROM audit"
CHANGES = {
    "update": update(audit).values(actor="nobody"),
    "delete": delete(audit),
    "upsert": text(
        f"INSERT INTO audit SELECT id, at, user_id, actor, {KEPT} WHERE true"
        " ON CONFLICT (id) DO UPDATE SET actor = excluded.actor"
    ),
}
REPLACEMENTS = {
    "by id": f"INSERT OR REPLACE INTO audit SELECT id, at, user_id, actor, {KEPT}",
    "by rowid": "INSERT OR REPLACE INTO audit (rowid, id, at, user_id, actor, action, account_id,"
    f" details) SELECT rowid, 'x' || rowid, at, user_id, actor, {KEPT}",
    "replace": f"REPLACE INTO audit SELECT id, at, user_id, actor, {KEPT}",
    "ignoring": f"INSERT OR IGNORE INTO audit SELECT id, at, user_id, actor, {KEPT}",
    "update": "UPDATE OR REPLACE audit SET rowid = rowid + 1",
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_refuses_changes(service: Service, change: str) -> None:
    service.key_of()
    before = log(service)
    with pytest.raises(DBAPIError, match="append only"):
        service.run(service.runtime.db.write(lambda c: c.execute(CHANGES[change])))
    assert log(service) == before


async def test_sqlite_refuses_to_replace_entries(tmp_path: Path) -> None:
    db = open_database(sqlite_store(tmp_path / "openchannels.db"))
    for number in range(3):
        await db.write(record, number, "acme", "operator", Action.KEY_CREATED)
    before = await db.read(list_entries, None, AuditFilter(), 10)
    for name, statement in REPLACEMENTS.items():
        with pytest.raises(DBAPIError, match="append only"):
            await db.write(lambda c, sql=statement: c.execute(text(sql)))
        assert await db.read(list_entries, None, AuditFilter(), 10) == before, name
    await db.close()


def test_the_database_refuses_to_empty_the_table(tmp_path: Path, postgres: Postgres) -> None:
    with running_service(postgres.database(), tmp_path) as service:
        assert_truncate_is_refused(service)


def assert_truncate_is_refused(service: Service) -> None:
    service.key_of()
    with pytest.raises(DBAPIError, match="append only"):
        service.run(service.runtime.db.write(lambda c: c.execute(text("TRUNCATE audit"))))


async def test_master_keys(store: str, tmp_path: Path) -> None:
    db, vault = open_database(store), Vault(create_keyring(tmp_path / "keyring.json"))
    rotation = Rotation(db, vault, settle_seconds=0.0)
    old = vault.keyring.active
    await rotation.rotate(new_key=True)
    await rotation.retire(old)
    entries = await db.read(list_entries, None, AuditFilter(), 10)
    await db.close()
    assert [(e.action, e.actor, e.user_id, e.details["key"]) for e in entries] == [
        ("vault.retired", "operator", None, old),
        ("vault.rotated", "operator", None, vault.keyring.active),
        ("vault.key_made", "operator", None, vault.keyring.active),
    ]
