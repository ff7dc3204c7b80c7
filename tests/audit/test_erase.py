"""Erasing a user: nothing of them is left in any file, and the audit keeps the fact alone."""

import asyncio
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from openchannels.app.bootstrap import open_runtime
from openchannels.core.audit import AuditFilter
from openchannels.jobs.job_store import JobStore
from openchannels.jobs.workflows import Workflows
from openchannels.service.admin.erasure import subject_of
from openchannels.settings import load_settings
from openchannels.store.queries.erasure import FOLLOWING, IMPERSONAL, OWNED
from openchannels.store.tables import audit, metadata
from tests.harness.commands import make_key, run
from tests.harness.fixtures import StartService
from tests.harness.paths import ACCOUNTS, GROUPS
from tests.harness.processes import Process, client
from tests.harness.service import Service
from tests.harness.waiting import wait_until
from tests.soak.canaries import search, unsealed
from tests.soak.canary_flows import Scene

USER, OTHER = "erase-me-gmbh", "somebody-else"


def erase(service: Service, user: str = USER, *, revoke: bool = True) -> Any:
    erasure = service.services.erasure
    return service.run(erasure.erase(user, "operator", revoke=revoke, settle_seconds=0.3))


def lived(service: Service, user: str, person: str) -> dict[str, set[str]]:
    """Something of each kind of a user; returns what must be gone, and what must stay."""
    client = service.client_of(user)
    hook = {"url": f"https://hooks.{user}.example/in"}
    keyed = {"Idempotency-Key": f"hook of {user}"}
    made = client.post("/api/v2/channels/webhooks", json=hook, headers=keyed).json()
    assert made["code"] == 0, made
    accounts = {service.account(one, person, user=user) for one in ("youtube", "bilibili", "xhs")}
    group = {"name": f"group of {user}", "browserConfig": {}}
    assert client.post(GROUPS, json=group).json()["code"] == 0
    youtube = next(one for one in accounts if one.startswith("youtube"))
    client.get("/api/v2/channels/works/youtube", params={"accountId": youtube})
    session = service.connect("facebook", "mara", user=user, choose=0).session_id
    return {
        "marks": {
            user,
            session,
            service.key_of(user).id,
            made["data"]["id"],
            group["name"],
            *accounts,
        }
    }


def test_every_table_has_its_place() -> None:
    listed = {table.name for table in (*OWNED, *FOLLOWING, audit)} | set(IMPERSONAL)
    assert listed == set(metadata.tables)
    for table in OWNED:
        assert "user_id" in table.c
    for name in IMPERSONAL:
        assert "user_id" not in metadata.tables[name].c


def test_nothing_is_left(service: Service, tmp_path: Path) -> None:
    mine, theirs = lived(service, USER, "ida"), lived(service, OTHER, "otto")
    done = erase(service)
    assert done.rows["accounts"] == 3
    assert (done.rows["api_keys"], done.rows["idempotency_keys"]) == (1, 1)
    assert done.grants["revoked"] >= 1
    assert service.client_of(USER).get(ACCOUNTS).json()["code"] == 401
    left = service.run(dump(service))
    places = tmp_path / "dumped"
    places.mkdir()
    (places / "columns").write_text(left)
    assert search(mine["marks"], places) == []
    found = {line.rpartition(": ")[2] for line in search(theirs["marks"], places)}
    assert len(found) == len({mark[:12] for mark in theirs["marks"]})
    (entry,) = service.run(
        service.services.audit.list_entries(None, AuditFilter(action="user.erased"), 9)
    )
    assert (entry.user_id, entry.actor) == (None, "operator")
    assert entry.details["subject"] == subject_of(USER)
    assert entry.details["rows"]["accounts"] == 3


async def dump(service: Service) -> str:
    return "\n".join(await unsealed(service.runtime.settings))


def test_grants_are_left_when_told_so(service: Service) -> None:
    service.account("youtube", user=USER)
    service.reset_sandbox()
    done = erase(service, revoke=False)
    assert (done.rows["accounts"], done.grants) == (1, {})
    assert not any("revoke" in call for call in service.calls())


def test_a_platform_that_fails_keeps_nothing(service: Service) -> None:
    service.account("youtube", user=USER)
    service.fault(host="oauth2.googleapis.com", kind="server_error", times=9)
    done = erase(service)
    assert done.grants == {"failed": 1}
    assert not service.run(service.services.erasure.has_data(USER))


def test_others_keep_their_entries_without_the_name(start_service: StartService) -> None:
    service = start_service(environ={"OPENCHANNELS_ACCOUNTS__TAKEOVER": "true"})
    account = service.account("youtube", user=OTHER)
    service.account("youtube", user=USER)
    erase(service)
    entries = service.run(service.services.audit.list_entries(OTHER, AuditFilter(), 9))
    (taken,) = (entry for entry in entries if entry.action == "account.taken_over")
    assert (taken.account_id, taken.actor) == (account, "another")
    assert taken.details == {"proved": True}


def test_the_same_user_may_come_again(service: Service) -> None:
    service.account("youtube", user=USER)
    erase(service)
    again = service.api_key(USER)
    assert service.client(again.key).get(ACCOUNTS).json()["data"]["total"] == 0


def test_a_secret_of_the_user_was_there_to_be_found(service: Service, tmp_path: Path) -> None:
    """The search of these tests finds the user before the erasure."""
    marks = lived(service, USER, "ida")["marks"]
    places = tmp_path / "dumped"
    places.mkdir()
    (places / "columns").write_text(service.run(dump(service)))
    found = {line.rpartition(": ")[2] for line in search(marks, places)}
    assert len(found) == len({mark[:12] for mark in marks})


def fill(path: Path) -> None:
    """A batch of background work that has ended, as the job store keeps it for a day."""
    flows = Workflows(JobStore(f"sqlite:///{path}"), "worker", 2, lambda *_: None)
    flows.start("batch-1", "refresh", [f"youtube_{USER}"])
    wait_until(lambda: not flows.unfinished("worker"))
    flows.shut_down()


def test_the_command_scrubs_the_files(tmp_path: Path) -> None:
    data = tmp_path / "data"
    made = make_key(data, "--user", USER, "--name", "front desk")
    make_key(data, "--user", OTHER)
    with closing(sqlite3.connect(data / "openchannels.db")) as store:
        store.execute(
            "INSERT INTO usage VALUES (?, 'youtube', '2026-11-21', 'works.list', 1, 1)", [USER]
        )
        store.commit()
    fill(data / "jobs.db")
    marks = {USER, made["id"], "front desk"}
    assert {line.partition(":")[0] for line in search(marks, data)} >= {
        "jobs.db",
        "openchannels.db",
    }
    options = ("--data-dir", data, "--sandbox-url", "http://127.0.0.1:9")
    refused = run("erase", USER, *options)
    assert refused.returncode == 1
    assert search(marks, data) != []
    erased = run("erase", USER, "--yes", "--json", *options)
    assert erased.returncode == 0, erased.stderr
    told = json.loads(erased.stdout)
    assert (told["rows"]["api_keys"], told["batches"]) == (1, 1)
    assert search(marks, data) == []
    assert search({OTHER}, data) != []
    assert run("erase", USER, "--yes", *options).returncode == 1
    log = run("audit", "--json", "--data-dir", data).stdout.splitlines()
    (entry,) = (json.loads(line) for line in log if "user.erased" in line)
    assert entry["details"]["subject"] == subject_of(USER)


@pytest.mark.parametrize("name", ["nobody", "ERASE-ME-GMBH"])
def test_a_name_that_nobody_has(tmp_path: Path, name: str) -> None:
    make_key(tmp_path, "--user", USER)
    refused = run("erase", name, "--yes", "--data-dir", tmp_path)
    assert refused.returncode == 1
    assert "Nothing is stored" in refused.stderr


async def test_beside_a_running_server(tmp_path: Path) -> None:
    """Database and job store hold nothing of the user while the server still has them open."""
    data, played, held = tmp_path / "data", tmp_path / "played", tmp_path / "held"
    for folder in (data, played, held):
        folder.mkdir()
    async with Process(played, "--sandbox", environ={}) as sandbox, client() as http:
        environ = {"OPENCHANNELS_SANDBOX__URL": sandbox.url, "OPENCHANNELS_SERVER__PORT": "0"}
        settings = load_settings(data_dir=data, environ=environ)
        runtime = await open_runtime(settings, public_url="http://unused")
        keys = [await runtime.services.api_keys.create(user) for user in (USER, OTHER)]
        await runtime.close()
        async with Process(data, environ=environ) as service:
            scene = Scene(http, service, sandbox.url, keys)
            mine = await scene.connect("youtube", "ida")
            theirs = await scene.connect("youtube", "ida-two", key=keys[1])
            marks = {USER, keys[0].id, mine["accountId"], mine["sessionId"]}
            options = ("--data-dir", data, "--sandbox-url", sandbox.url)
            erased = await asyncio.to_thread(run, "erase", USER, "--yes", "--json", *options)
            assert erased.returncode == 0, erased.stderr
            assert json.loads(erased.stdout)["grants"] == {"revoked": 1}
            for pattern in ("openchannels.db*", "jobs.db*"):
                for path in data.glob(pattern):
                    shutil.copy(path, held)
            refused = await scene.call("GET", ACCOUNTS)
            left = await scene.call("GET", ACCOUNTS, keys[1])
    assert refused == {}
    assert left["list"][0]["id"] == theirs["accountId"]
    assert search(marks, held) == []
    assert search({theirs["accountId"]}, held) != []
