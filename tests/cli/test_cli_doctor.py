"""doctor and migrate: what they see, and that doctor makes nothing."""

import asyncio
import json
import secrets
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from openchannels.core.database_address import describe_address
from openchannels.store.migrate import HEAD, REVISIONS
from openchannels.store.rights import Rights, read_rights
from openchannels.store.tables import metadata
from tests.harness.commands import make_key, run
from tests.harness.listening import free_port
from tests.harness.postgres import execute
from tests.harness.schemas import on_store, upgrade
from tests.harness.settings import MASTER_KEY


def examined(data_dir: Path, *options: str, **settings: str) -> tuple[int, dict[str, Any]]:
    """Exit code, and the state and text of each check, without asking other hosts."""
    done = run("doctor", "--json", "--offline", "--data-dir", data_dir, *options, **settings)
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    checks = {check["name"]: (check["state"], check["text"]) for check in found["checks"]}
    assert found["ok"] == (done.returncode == 0)
    return done.returncode, {**checks, "platforms": found["platforms"]}


def test_an_empty_directory_is_well_and_stays_empty(tmp_path: Path) -> None:
    code, found = examined(tmp_path / "new")
    assert code == 0
    assert [found[name][0] for name in ("database", "keyring", "environment")] == ["note"] * 3
    assert not list(tmp_path.iterdir())


def test_a_store_in_use(tmp_path: Path) -> None:
    make_key(tmp_path)
    before = sorted(tmp_path.iterdir())
    code, found = examined(tmp_path)
    assert code == 0
    assert found["database"][0] == "ok"
    assert f"schema {HEAD}" in found["database"][1]
    assert found["keyring"][0] == "ok"
    assert found["background"][0] == "ok"
    assert sorted(tmp_path.iterdir()) == before
    (tmp_path / "jobs.db").write_text("no database, only text of some length" * 100)
    code, found = examined(tmp_path)
    assert code == 1
    assert found["background"][0] == "fault"


def test_a_keyring_that_others_can_read(tmp_path: Path) -> None:
    make_key(tmp_path)
    (tmp_path / "keyring.json").chmod(0o644)
    code, found = examined(tmp_path)
    assert code == 0
    assert found["keyring"][0] == "warning"
    assert "0644" in found["keyring"][1]


def test_faults_end_with_code_1(tmp_path: Path) -> None:
    make_key(tmp_path)
    (tmp_path / "keyring.json").unlink()
    code, found = examined(tmp_path)
    assert code == 1
    assert found["keyring"][0] == "fault"
    (tmp_path / "openchannels.db").write_text("no database, only text of some length" * 100)
    assert examined(tmp_path)[1]["database"][0] == "fault"
    code, found = examined(tmp_path, OPENCHANNELS_SERVER__PROT="1")
    assert code == 1
    assert "OPENCHANNELS_SERVER__PROT" in found["settings"][1]


def test_an_older_keyring_does_not_open_the_database(tmp_path: Path) -> None:
    make_key(tmp_path / "one")
    make_key(tmp_path / "two")
    (tmp_path / "two" / "keyring.json").rename(tmp_path / "one" / "keyring.json")
    code, found = examined(tmp_path / "one")
    assert code == 1
    assert "does not open this database" in found["keyring"][1]


def test_platforms_and_addresses(tmp_path: Path) -> None:
    settings = {
        "OPENCHANNELS_SERVER__PUBLIC_URL": "http://channels.example.com",
        "OPENCHANNELS_PLATFORMS__YOUTUBE__CLIENT_ID": "id",
        "OPENCHANNELS_PLATFORMS__YOUTUBE__CLIENT_SECRET": "hunter2",
    }
    _, found = examined(tmp_path, **settings)
    assert found["public_url"][0] == "warning"
    rows = {row["platform"]: row for row in found["platforms"]}
    assert len(rows) == 15
    assert rows["youtube"]["ready"]
    assert rows["facebook"]["missing"] == [
        "platforms.facebook.client_id",
        "platforms.facebook.client_secret",
    ]
    base = "http://channels.example.com/api/v2/channels/accounts/auth"
    assert rows["facebook"]["redirectUri"] == f"{base}/facebook/callback"
    shown = run("doctor", "--offline", "--data-dir", tmp_path, **settings).stdout
    assert f"{base}/youtube/callback\n" in shown
    assert "OPENCHANNELS_PLATFORMS__YOUTUBE__CLIENT_SECRET" in shown
    assert "hunter2" not in shown


def test_an_unreachable_network_is_told_without_a_fault(tmp_path: Path) -> None:
    closed = f"http://127.0.0.1:{free_port()}"
    options = ("--json", "--data-dir", tmp_path, "--sandbox-url", closed)
    done = run("doctor", *options, OPENCHANNELS_SERVER__PUBLIC_URL=closed)
    found = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert (done.returncode, found["sandbox"]["state"]) == (0, "warning")
    assert "Connection refused" in found["sandbox"]["text"]
    assert "proves nothing about reachability from outside" in found["health"]["text"]
    assert found["clock"]["state"] == "note"


def test_workers_are_missed_where_servers_leave_the_work_to_them(tmp_path: Path) -> None:
    make_key(tmp_path)
    assert "workers" not in examined(tmp_path)[1]
    code, found = examined(tmp_path, OPENCHANNELS_JOBS__EMBEDDED="false")
    assert (code, found["workers"][0]) == (0, "warning")
    row = ("worker", "0.1.0", time.time(), time.time())
    with closing(sqlite3.connect(tmp_path / "openchannels.db")) as store:
        names = "executor_id, version, started_at, beat_at"
        store.execute(f"INSERT INTO workers ({names}) VALUES (?, ?, ?, ?)", row)
        store.commit()
    # So long that a busy machine does not make the worker dead.
    alive = {"OPENCHANNELS_JOBS__EMBEDDED": "false", "OPENCHANNELS_JOBS__DEAD_SECONDS": "600"}
    assert examined(tmp_path, **alive)[1]["workers"] == ("ok", "alive: 1")


def test_the_key_that_the_store_wants_is_named(tmp_path: Path) -> None:
    make_key(tmp_path)
    ((wanted, _),) = json.loads((tmp_path / "keyring.json").read_text())["keys"].items()
    assert f"the store wants {wanted}" in examined(tmp_path)[1]["keyring"][1]
    (tmp_path / "keyring.json").unlink()
    text = examined(tmp_path)[1]["keyring"][1]
    assert f"wants the key {wanted}; looked for in {tmp_path / 'keyring.json'}" in text


def test_rights_of_a_role_that_may_only_read(new_database: Callable[[], str]) -> None:
    url, role = new_database(), f"reader_{secrets.token_hex(4)}"

    def rights_after(*statements: str) -> Rights:
        for statement in statements:
            asyncio.run(execute(url, statement))
        return asyncio.run(read_rights(as_role(url, role)))

    own = asyncio.run(read_rights(url))
    assert (own.takes_writes, own.may_migrate, own.unwritable) == (True, True, ())
    tables = f"ON ALL TABLES IN SCHEMA public TO {role}"
    reading = rights_after(f"CREATE ROLE {role} LOGIN", f"GRANT SELECT {tables}")
    assert (reading.may_create, set(reading.unwritable)) == (False, set(metadata.tables))
    writing = rights_after(f"GRANT INSERT, UPDATE, DELETE {tables}")
    assert (writing.unwritable, writing.may_migrate) == ((), False)
    assert not rights_after(
        f"ALTER ROLE {role} SET default_transaction_read_only = on"
    ).takes_writes
    for statement in (f"DROP OWNED BY {role}", f"DROP ROLE {role}"):
        asyncio.run(execute(url, statement))


def as_role(url: str, role: str) -> str:
    return url.replace("postgresql://postgres:@", f"postgresql://{role}:@")


PASSWORD = "canary-pass"


@pytest.mark.parametrize(
    "words", [("migrate",), ("migrate", "--check"), ("doctor", "--offline"), ("keys", "list")]
)
def test_errors_name_the_database_and_no_password(tmp_path: Path, words: tuple[str, ...]) -> None:
    port = free_port()
    for password in (PASSWORD, f"{PASSWORD}@x:y", f"a/{PASSWORD}"):
        url = f"postgresql://openchannels:{password}@127.0.0.1:{port}/channels"
        settings = {"OPENCHANNELS_DATABASE__URL": url, "OPENCHANNELS_VAULT__KEYS__K1": MASTER_KEY}
        done = run(*words, "--data-dir", tmp_path, **settings)
        told = " ".join((done.stdout + done.stderr).split())
        assert done.returncode == (1 if words[0] == "doctor" else 2)
        assert f"127.0.0.1:{port}/channels" in told
        assert "canary" not in told


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////data/openchannels.db", "/data/openchannels.db"),
        ("postgresql://u:p@db.example.com/name", "db.example.com:5432/name"),
        ("postgresql://u:p@[::1]/name", "[::1]:5432/name"),
        ("postgresql://u:p@[::1]:6000/name", "[::1]:6000/name"),
        ("postgresql://u:p@/name?host=/run/postgresql", "/run/postgresql/name"),
        ("postgresql://u:p@w@o/r@d@db:1/name", "db:1/name"),
        ("postgresql://u:p?w@db:1/name", "an address that cannot be read"),
        ("postgresql://db/name?password=canary", "db:5432/name"),
    ],
)
def test_addresses_of_databases(url: str, shown: str) -> None:
    assert describe_address(url) == shown


def test_migrate_says_whether_there_was_anything_to_do(tmp_path: Path) -> None:
    command = ("migrate", "--json", "--new-store", "--data-dir", tmp_path)
    assert [json.loads(run(*command).stdout)["migrated"] for _ in range(2)] == [True, False]
    assert not (tmp_path / "keyring.json").exists()
    assert run("migrate", "--data-dir", tmp_path).stdout == "The schema was up to date.\n"


async def test_a_check_migrates_nothing(empty_store: str, tmp_path: Path) -> None:
    environ = {
        "OPENCHANNELS_DATABASE__URL": empty_store,
        "OPENCHANNELS_VAULT__KEYS__K1": MASTER_KEY,
    }
    command = ("migrate", "--check", "--json", "--data-dir", tmp_path)

    def checked() -> tuple[int, Any]:
        done = run(*command, **environ)
        return done.returncode, json.loads(done.stdout)

    none = {"current": False, "revision": None, "pending": list(REVISIONS)}
    assert checked() == (1, none)
    if empty_store.startswith("sqlite"):
        assert not Path(empty_store.removeprefix("sqlite:///")).exists()  # noqa: ASYNC240
    await on_store(empty_store, lambda c: (upgrade(c, REVISIONS[-3]), c.commit()))
    old = {"current": False, "revision": REVISIONS[-3], "pending": list(REVISIONS[-2:])}
    assert [checked() for _ in range(2)] == [(1, old)] * 2
    assert run("migrate", "--data-dir", tmp_path, **environ).returncode == 0
    assert checked() == (0, {"current": True, "revision": HEAD, "pending": []})
