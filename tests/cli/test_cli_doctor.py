"""doctor and migrate: what they see, and that doctor makes nothing."""

import json
from pathlib import Path
from typing import Any

from openchannels.store.migrate import HEAD
from tests.harness.commands import make_key, run


def examined(data_dir: Path, *options: str, **settings: str) -> tuple[int, dict[str, Any]]:
    """Exit code, and the state and text of each check."""
    done = run("doctor", "--json", "--data-dir", data_dir, *options, **settings)
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    checks = {check["name"]: (check["state"], check["text"]) for check in found["checks"]}
    assert found["ok"] == (done.returncode == 0)
    return done.returncode, {**checks, "platforms": found["platforms"]}


def test_an_empty_directory_is_well_and_stays_empty(tmp_path: Path) -> None:
    code, found = examined(tmp_path / "new")
    assert code == 0
    assert [found[name][0] for name in ("database", "keyring", "world")] == ["note"] * 3
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
    assert found["public URL"][0] == "warning"
    rows = {row["platform"]: row for row in found["platforms"]}
    assert len(rows) == 15
    assert rows["youtube"]["ready"]
    assert rows["facebook"]["missing"] == [
        "platforms.facebook.client_id",
        "platforms.facebook.client_secret",
    ]
    base = "http://channels.example.com/api/v2/channels/accounts/auth"
    assert rows["facebook"]["redirectUri"] == f"{base}/facebook/callback"
    shown = run("doctor", "--data-dir", tmp_path, **settings).stdout
    assert f"{base}/youtube/callback\n" in shown
    assert "OPENCHANNELS_PLATFORMS__YOUTUBE__CLIENT_SECRET" in shown
    assert "hunter2" not in shown


def test_migrate_says_whether_there_was_anything_to_do(tmp_path: Path) -> None:
    command = ("migrate", "--json", "--new-store", "--data-dir", tmp_path)
    assert [json.loads(run(*command).stdout) for _ in range(2)] == [
        {"migrated": True},
        {"migrated": False},
    ]
    assert not (tmp_path / "keyring.json").exists()
    assert run("migrate", "--data-dir", tmp_path).stdout == "The schema was up to date.\n"
