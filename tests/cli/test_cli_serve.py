"""serve and sandbox: start, refusals, worlds and a graceful end."""

import json
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from openchannels import __version__
from openchannels.app.run import warn_of_open_sandbox
from openchannels.client import Client
from openchannels.server.serve import bind
from tests.harness.commands import COMMAND, Server, call, make_key, run, serving
from tests.harness.settings import clean_environ
from tests.harness.waiting import PATIENCE, wait_until

ACCOUNTS = "/api/v2/channels/accounts"


def test_key_made_beside_a_running_server_works_until_revoked(tmp_path: Path) -> None:
    with serving("serve", "--sandbox", "--data-dir", tmp_path) as (server, url):
        key = make_key(tmp_path)
        start = f"{url}{ACCOUNTS}/auth/youtube"
        assert call(start, key["key"])["code"] == 0
        revoked = run("keys", "revoke", key["id"], "--data-dir", tmp_path)
        assert revoked.returncode == 0, revoked.stderr
        # Another process remembers a key for half a second.
        wait_until(lambda: call(start, key["key"])["code"] == 401)
        assert "keyring created" in server.errors()
    assert stat.S_IMODE((tmp_path / "keyring.json").stat().st_mode) == 0o600


def test_announces_the_public_address(tmp_path: Path) -> None:
    (tmp_path / "openchannels.toml").write_text(
        '[server]\npublic_url = "https://channels.example.com"\nlog_format = "json"\n'
    )
    with serving("serve", "--data-dir", tmp_path) as (server, url):
        assert url == "https://channels.example.com"
        assert all(json.loads(line) for line in server.errors().splitlines())


def test_tells_people_the_address_in_one_line(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0", "--data-dir", tmp_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=clean_environ(),
    )
    try:
        assert process.stdout is not None
        assert "http://127.0.0.1:" in process.stdout.readline()
    finally:
        process.terminate()
        rest, _ = process.communicate(timeout=PATIENCE)
    assert (rest, process.returncode) == ("", 0)


def test_wrong_settings_are_named(tmp_path: Path) -> None:
    refused = run("serve", "--data-dir", tmp_path, OPENCHANNELS_SERVER__PROT="1")
    assert refused.returncode == 2
    assert "OPENCHANNELS_SERVER__PROT: unknown setting" in refused.stderr
    assert not list(tmp_path.iterdir())


def test_postgresql_without_a_key_is_refused(tmp_path: Path) -> None:
    address = "postgresql://someone:hunter2@127.0.0.1:1/none"
    refused = run("serve", "--data-dir", tmp_path, OPENCHANNELS_DATABASE__URL=address)
    assert refused.returncode == 2
    assert "vault.keys" in refused.stderr
    assert "hunter2" not in refused.stderr


def test_a_database_that_does_not_answer_is_refused(tmp_path: Path) -> None:
    keyring = tmp_path / "keys.json"
    settings = {
        "OPENCHANNELS_DATABASE__URL": "postgresql://someone:hunter2@127.0.0.1:1/none",
        "OPENCHANNELS_VAULT__KEYRING_FILE": str(keyring),
    }
    refused = run("serve", "--port", "0", "--data-dir", tmp_path, **settings)
    assert refused.returncode == 2
    assert "cannot be used" in refused.stderr
    assert "hunter2" not in refused.stderr


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    with serving("sandbox", "--data-dir", tmp_path) as (_, url):
        port = url.rpartition(":")[2]
        refused = run("serve", "--port", port, "--data-dir", tmp_path)
    assert refused.returncode == 2
    assert f"Cannot listen on 127.0.0.1:{port}" in refused.stderr


def test_data_of_the_sandbox_is_not_served_as_real(tmp_path: Path) -> None:
    make_key(tmp_path)
    with serving("serve", "--sandbox", "--data-dir", tmp_path):
        pass
    refused = run("serve", "--port", "0", "--data-dir", tmp_path)
    assert refused.returncode == 2
    assert "belongs to the sandbox environment" in refused.stderr
    assert run("keys", "list", "--data-dir", tmp_path).returncode == 0


def test_a_lost_keyring_is_not_replaced(tmp_path: Path) -> None:
    make_key(tmp_path)
    keyring = tmp_path / "keyring.json"
    keyring.unlink()
    refused = run("serve", "--port", "0", "--data-dir", tmp_path)
    assert refused.returncode == 2
    assert "master keys of this database are missing" in refused.stderr
    assert not keyring.exists()


def test_a_damaged_keyring_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keyring.json").write_text('{"active": "k1"}')
    refused = run("serve", "--port", "0", "--data-dir", tmp_path)
    assert refused.returncode == 2
    assert "holds no usable master keys" in refused.stderr


def test_two_starters_on_a_new_directory_both_come_up(tmp_path: Path) -> None:
    pair = [Server("serve", "--sandbox", "--data-dir", tmp_path) for _ in range(2)]
    try:
        urls = [server.announced()["url"] for server in pair]
        key = make_key(tmp_path)["key"]
        assert [call(f"{url}{ACCOUNTS}/auth/youtube", key)["code"] for url in urls] == [0, 0]
    finally:
        codes = [server.stop() for server in pair]
    assert codes == [0, 0]


def test_requests_in_flight_finish_at_sigterm(tmp_path: Path) -> None:
    with (
        serving("sandbox", "--data-dir", tmp_path / "played") as (_, played),
        serving("serve", "--sandbox-url", played, "--data-dir", tmp_path) as (server, url),
    ):
        key = make_key(tmp_path)["key"]
        person = call(f"{played}/_world/xhs/ida")
        body = {"type": "xhs", "uid": person["userId"], "nickname": "川"}
        body["loginCookie"] = person["cookie"]
        call(f"{played}/_faults", body={"host": "*", "kind": "latency", "latencyMs": 1000})
        answers: list[Any] = []
        sender = threading.Thread(
            target=lambda: answers.append(call(f"{url}{ACCOUNTS}", key, body))
        )
        sender.start()
        wait_until(lambda: call(f"{played}/_calls")["total"] > 0)
        assert server.stop() == 0
        sender.join(PATIENCE)
        assert [answer["code"] for answer in answers] == [0]


def test_the_sandbox_remembers_grants(tmp_path: Path) -> None:
    with serving("sandbox", "--works", "3", "--data-dir", tmp_path) as (_, url):
        person = call(f"{url}/_world/youtube/ida")
        assert person["person"] == "ida"
    assert (tmp_path / "sandbox.db").exists()


def test_a_service_over_a_sandbox_of_its_own_process(tmp_path: Path) -> None:
    with (
        serving("sandbox", "--data-dir", tmp_path / "played") as (_, played),
        serving("serve", "--sandbox-url", played, "--data-dir", tmp_path) as (_, url),
        Client(url, make_key(tmp_path)["key"]) as client,
    ):
        assert client.auth.start("youtube").url.startswith(f"{played}/accounts.google.com/")


def loaded_with(module: str, *names: str) -> str:
    """Those of the names that come with a module, in a process of its own."""
    program = f"import sys, {module}\nprint([m for m in {names} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_help_is_light() -> None:
    heavy = ("openchannels.app.run", "litestar", "sqlalchemy", "httpx2", "pydantic")
    assert loaded_with("openchannels.cli", *heavy) == "[]"


def test_a_start_does_not_wait_for_what_is_used_later() -> None:
    later = ("aiohttp", "alembic", "asyncpg", "dbos", "jsonschema_rs", "prometheus_client")
    assert loaded_with("openchannels.app.run", *later) == "[]"
    assert loaded_with("openchannels.app.run", "sqlalchemy") == "['sqlalchemy']"


def test_version() -> None:
    assert run("--version").stdout == f"openchannels {__version__}\n"


@pytest.mark.parametrize(("host", "warnings"), [("127.0.0.1", 0), ("0.0.0.0", 1)])
def test_a_sandbox_that_others_can_reach_warns(host: str, warnings: int) -> None:
    with bind(host, 0) as listener, capture_logs() as logs:
        warn_of_open_sandbox(listener)
    assert [(entry["log_level"], entry["host"]) for entry in logs] == [("warning", host)] * warnings
