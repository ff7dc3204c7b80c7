"""vault: what is printed, what is refused, and a rotation beside a running server."""

import base64
import json
import os
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from tests.harness.commands import call, make_key, run, serving

KEYS = {
    name: base64.b64encode(bytes([byte]) * 32).decode() for name, byte in (("K1", 1), ("K2", 2))
}


def told(*words: str | Path, **settings: str) -> Any:
    """What a vault command prints for programs."""
    done = run("vault", *words, "--json", **settings)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def aged(data_dir: Path) -> None:
    """The keyring as if all servers had long read it, so that no command waits."""
    then = time.time() - 3600
    os.utime(data_dir / "keyring.json", (then, then))


def test_rotate_status_retire(tmp_path: Path) -> None:
    make_key(tmp_path)
    (first,) = told("status", "--data-dir", tmp_path)["keys"]
    assert (first["active"], first["records"]) == (True, 2)
    done = told("rotate", "--data-dir", tmp_path)
    assert (done["made"], done["records"], done["rewrapped"]) == (True, 2, 2)
    assert done["unreadable"] == []
    file = tmp_path / "keyring.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    status = told("status", "--data-dir", tmp_path)
    assert status["keys"] == [
        {"id": done["active"], "active": True, "records": 2},
        {"id": first["id"], "active": False, "records": 0},
    ]
    assert (status["active"], status["unknown"]) == (done["active"], [])
    assert status["file"] == str(file)
    table = run("vault", "status", "--data-dir", tmp_path).stdout
    assert [word in table for word in (first["id"], "unused", "active")] == [True] * 3
    aged(tmp_path)
    assert told("retire", first["id"], "--data-dir", tmp_path)["retired"]
    assert list(json.loads(file.read_text())["keys"]) == [done["active"]]
    assert run("keys", "list", "--data-dir", tmp_path).returncode == 0


def test_what_is_not_retired(tmp_path: Path) -> None:
    make_key(tmp_path)
    aged(tmp_path)
    active = told("status", "--data-dir", tmp_path)["active"]
    for key_id, reason in ((active, "is active"), ("mistyped", "no master key")):
        refused = run("vault", "retire", key_id, "--data-dir", tmp_path)
        assert refused.returncode == 2
        assert reason in refused.stderr
    assert told("rotate", "--keep-key", "--data-dir", tmp_path)["rewrapped"] == 0


@pytest.mark.parametrize("words", [("rotate",), ("status",), ("retire", "k")])
def test_without_a_database_nothing_is_made(tmp_path: Path, words: tuple[str, ...]) -> None:
    refused = run("vault", *words, "--data-dir", tmp_path / "mistyped")
    assert refused.returncode == 2
    assert "There is no store" in refused.stderr
    assert not list(tmp_path.iterdir())


def test_keys_of_the_settings(tmp_path: Path) -> None:
    names = {f"OPENCHANNELS_VAULT__KEYS__{name}": key for name, key in KEYS.items()}
    before = {**names, "OPENCHANNELS_VAULT__ACTIVE": "k1"}
    after = {**names, "OPENCHANNELS_VAULT__ACTIVE": "k2"}
    made = run("keys", "create", "--user", "acme", "--new-store", "--data-dir", tmp_path, **before)
    assert made.returncode == 0, made.stderr
    done = told("rotate", "--data-dir", tmp_path, **after)
    assert (done["active"], done["made"], done["rewrapped"]) == ("k2", False, 2)
    refused = run("vault", "retire", "k1", "--data-dir", tmp_path, **after)
    assert refused.returncode == 2
    assert "vault.keys" in refused.stderr
    assert not (tmp_path / "keyring.json").exists()
    alone = {"OPENCHANNELS_VAULT__KEYS__K2": KEYS["K2"]}
    assert run("keys", "list", "--data-dir", tmp_path, **alone).returncode == 0


def test_no_master_key_is_printed(tmp_path: Path) -> None:
    make_key(tmp_path)
    commands = ("rotate", "status")
    printed = [run("vault", one, "--data-dir", tmp_path) for one in commands]
    keys = json.loads((tmp_path / "keyring.json").read_text())["keys"].values()
    text = "".join(one.stdout + one.stderr for one in printed)
    assert not [key for key in keys if key in text]


def test_a_running_server_goes_on(tmp_path: Path) -> None:
    key = make_key(tmp_path)["key"]
    with serving("serve", "--sandbox", "--data-dir", tmp_path) as (server, url):
        address = f"{url}/api/v2/channels/accounts/auth/youtube"
        assert call(address, key)["code"] == 0
        old = told("status", "--data-dir", tmp_path)["active"]
        done = told("rotate", "--data-dir", tmp_path)
        started = call(address, key)
        aged(tmp_path)
        told("retire", old, "--data-dir", tmp_path)
        polled = call(f"{address}/status/{started['data']['sessionId']}", key)
        assert (started["code"], polled["code"]) == (0, 0)
        status = told("status", "--data-dir", tmp_path)
        assert [one["id"] for one in status["keys"]] == [done["active"]]
        assert status["keys"][0]["records"] >= 4
        assert "keyring changed" in server.errors()
