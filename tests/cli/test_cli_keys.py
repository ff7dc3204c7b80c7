"""keys: what is printed, what is refused, and that no world is chosen by it."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from openchannels.cli import keys
from openchannels.core.keys import Scope
from openchannels.core.sessions import Binding
from tests.harness.commands import make_key, run


def test_create_prints_all_that_is_shown_once(tmp_path: Path) -> None:
    made = make_key(
        tmp_path,
        "--origin=https://App.Example:443/path",
        "--origin=http://localhost:3000",
        "--expires=2d",
        "--name=back end",
    )
    assert re.fullmatch(r"oc_[A-Za-z0-9_-]{43}", made["key"])
    assert made["signingSecret"].startswith("whsec_")
    assert (made["user"], made["name"]) == ("acme", "back end")
    assert made["origins"] == ["https://app.example", "http://localhost:3000"]
    left = datetime.fromisoformat(made["expiresAt"]) - datetime.now(UTC)
    assert timedelta(days=1.9) < left <= timedelta(days=2)


def test_list_and_revoke(tmp_path: Path) -> None:
    mine, other = make_key(tmp_path), make_key(tmp_path, "--user", "globex")
    assert "expiresAt" not in mine
    listed = json.loads(run("keys", "list", "--json", "--data-dir", tmp_path).stdout)
    assert {row["id"]: (row["user"], row["state"]) for row in listed} == {
        mine["id"]: ("acme", "active"),
        other["id"]: ("globex", "active"),
    }
    revoked = run("keys", "revoke", mine["id"], "--json", "--data-dir", tmp_path)
    assert json.loads(revoked.stdout) == {"id": mine["id"], "revoked": True}
    assert run("keys", "revoke", mine["id"], "--data-dir", tmp_path).returncode == 1
    table = run("keys", "list", "--user", "acme", "--data-dir", tmp_path, COLUMNS="80").stdout
    assert mine["id"] in table
    assert "revoked" in table
    assert other["id"] not in table
    assert mine["key"] not in table


def test_names_are_shown_as_they_are(tmp_path: Path) -> None:
    made = make_key(tmp_path, "--user", "[/b]:cat:", "--name", "[red]shop")
    listed = run("keys", "list", "--data-dir", tmp_path, COLUMNS="300")
    assert (listed.returncode, listed.stderr) == (0, "")
    for shown in (made["id"], "[/b]:cat:", "[red]shop"):
        assert shown in listed.stdout
    assert "[/b]:cat:" in run("audit", "--data-dir", tmp_path, COLUMNS="300").stdout


def test_what_a_key_may_do(tmp_path: Path) -> None:
    options = ("--scope=works:read", "--scope=accounts:read", "--binding=confirm")
    made = make_key(tmp_path, *options, "--expires=2099-01-31")
    assert made["scopes"] == ["works:read", "accounts:read"]
    assert (made["binding"], made["expiresAt"]) == ("confirm", "2099-01-31T00:00:00.000Z")
    assert make_key(tmp_path)["scopes"] == list(Scope)
    table = run("keys", "list", "--data-dir", tmp_path).stdout
    for shown in ("works:read", "confirm", "2099-01-31", "all", "direct"):
        assert shown in table


def test_help_names_scopes_and_bindings() -> None:
    assert ", ".join(Scope) == keys.SCOPES
    assert ", ".join(Binding) == keys.BINDINGS


def test_rotate(tmp_path: Path) -> None:
    old = make_key(tmp_path, "--scope=works:read", "--name=back end")
    rotated = run(
        *("keys", "rotate", old["id"], "--overlap", "2h", "--json", "--data-dir", tmp_path)
    )
    new = json.loads(rotated.stdout)
    assert new["key"] != old["key"]
    assert (new["scopes"], new["name"]) == (old["scopes"], old["name"])
    listed = json.loads(run("keys", "list", "--json", "--data-dir", tmp_path).stdout)
    rows = {row["id"]: row for row in listed}
    assert rows[old["id"]]["state"] == "ending"
    assert rows[old["id"]]["successor"] == new["id"]
    left = datetime.fromisoformat(rows[old["id"]]["expiresAt"]) - datetime.now(UTC)
    assert timedelta(hours=1.9) < left <= timedelta(hours=2)
    assert run("keys", "rotate", old["id"], "--data-dir", tmp_path).returncode == 1
    options = ("--overlap", "a while", "--data-dir", tmp_path)
    assert run("keys", "rotate", new["id"], *options).returncode == 2


def test_a_key_binds_no_world(tmp_path: Path) -> None:
    make_key(tmp_path)
    found = json.loads(run("doctor", "--json", "--data-dir", tmp_path).stdout)
    (world,) = (check for check in found["checks"] if check["name"] == "environment")
    assert world["state"] == "note"


def test_list_makes_nothing(tmp_path: Path) -> None:
    listed = run("keys", "list", "--data-dir", tmp_path / "mistyped")
    assert listed.returncode == 2
    assert "There is no store" in listed.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--origin", "ftp://example.com"),
        ("--origin", "https://user@example.com"),
        ("--origin", "example.com"),
        ("--user", " "),
        ("--user", "a\nb"),
        ("--expires", "0d"),
        ("--expires", "soon"),
        ("--expires", "2020-01-31"),
        ("--scope", "accounts"),
        ("--binding", "loose"),
    ],
)
def test_what_makes_no_key(tmp_path: Path, option: str, value: str) -> None:
    refused = run("keys", "create", "--user", "acme", option, value, "--data-dir", tmp_path)
    assert refused.returncode == 2
    assert option in refused.stderr
    assert not list(tmp_path.iterdir())
