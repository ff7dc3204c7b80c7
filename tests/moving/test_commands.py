"""`export`, `import` and `moving` as an operator runs them, also where they are killed."""

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from openchannels.service.moving import content as format_of
from openchannels.service.moving.content import Manifest, end_line, manifest_line
from openchannels.store.migrate import HEAD
from openchannels.store.vault.keyring import create_keyring
from openchannels.store.vault.sealed_file import SealedWriter
from tests.harness.commands import make_key, run
from tests.harness.settings import clean_environ, store_environ
from tests.moving.stores import PASSPHRASE, SECRET, content, data, fill

CANARIES = (b"anary", b"youtube", b"acme", b"whk_", b"example.com", b"browser")


def exported(source: Path, file: Path) -> dict[str, int]:
    done = run("export", file, "--data-dir", source, "--json", **SECRET)
    assert done.returncode == 0, done.stderr
    rows: dict[str, int] = json.loads(done.stdout)["rows"]
    return rows


def imported(file: Path, target: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    return run("import", file, "--data-dir", target, "--new-store", **{**SECRET, **environ})


def refusal(file: Path, target: Path, **environ: str) -> str:
    """The one line that an import is refused with; nothing has changed then."""
    there = (target / "keyring.json").exists()
    before = content(target) if there else None
    done = imported(file, target, **environ)
    assert done.returncode == 2
    if before is not None:
        assert content(target) == before
    elif (target / "keyring.json").exists():
        assert not any(content(target).values())
    lines = [line for line in done.stderr.splitlines() if not line.startswith("20")]
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    fill(tmp_path / "source")
    return tmp_path / "source"


@pytest.fixture
def file(source: Path, tmp_path: Path) -> Path:
    exported(source, tmp_path / "file")
    return tmp_path / "file"


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_a_store_moves_whole(
    source: Path, tmp_path: Path, store: str, new_database: Callable[[], str]
) -> None:
    file, target = tmp_path / "file", tmp_path / "target"
    create_keyring(tmp_path / "keyring.json")
    database = None if store == "sqlite" else new_database()
    environ = store_environ(database, tmp_path / "keyring.json")
    rows = exported(source, file)
    assert file.stat().st_mode & 0o777 == 0o600
    sealed = file.read_bytes()
    assert not [canary for canary in CANARIES if canary in sealed]
    done = imported(file, target, **environ)
    assert done.returncode == 0, done.stderr
    before, after = content(source), content(target, environ)
    assert data(after) == data(before)
    added = [row["action"] for row in after["audit"] if row not in before["audit"]]
    assert added == ["store.imported"]
    assert len(after["audit"]) == len(before["audit"]) + 1
    assert rows == {name: len(found) for name, found in before.items() if name != "auth_sessions"}
    assert after["auth_sessions"] == []
    # The key of the source is one of the target, and so is its store's tag.
    again = run("keys", "list", "--data-dir", target, "--json", **environ)
    assert "acme" in again.stdout


def test_a_file_is_refused_by_one_line(file: Path, tmp_path: Path) -> None:
    target, sealed = tmp_path / "target", file.read_bytes()
    make_key(target, "--user", "other")
    assert "passphrase does not open" in refusal(file, target, MOVING_PASSPHRASE="another one")
    changed = tmp_path / "changed"
    changed.write_bytes(sealed[:-200])
    assert "cut short or changed" in refusal(changed, target)
    changed.write_bytes(sealed[:-9] + bytes([sealed[-9] ^ 1]) + sealed[-8:])
    assert "cut short or changed" in refusal(changed, target)
    changed.write_bytes(b"no such thing")
    assert "no sealed file" in refusal(changed, target)
    assert "No such file" in refusal(tmp_path / "none", target)
    # Nor is a store made for it.
    fresh = tmp_path / "fresh"
    assert "passphrase" in refusal(file, fresh, MOVING_PASSPHRASE="another one")
    assert not (fresh / "openchannels.db").exists()


def written(file: Path, *lines: bytes) -> None:
    """A sealed file with a content of one's own."""
    with file.open("wb") as stream:
        writer = SealedWriter(stream, PASSPHRASE, {"n": 2, "r": 1, "p": 1})
        for line in lines:
            writer.write(line)
        writer.close()


def test_a_source_that_was_not_moving_is_refused(tmp_path: Path) -> None:
    target, file = tmp_path / "target", tmp_path / "file"
    make_key(target)
    known = Manifest(1, HEAD, "real", "tagtag", "a" * 24, 1.0)
    for manifest, why in (
        (Manifest(1, HEAD, "real", "tagtag", "", 0.0), "not moving"),
        (Manifest(2, HEAD, "real", "tagtag", "a" * 24, 1.0), "newer version"),
        (Manifest(1, "9999", "real", "tagtag", "a" * 24, 1.0), "newer version"),
    ):
        written(file, manifest_line(manifest), end_line({}))
        assert why in refusal(file, target)
    for lines, why in (
        ([], "manifest"),
        ([b"[1]\n"], "manifest"),
        ([manifest_line(known)], "counts at its end"),
        ([manifest_line(known), end_line({"accounts": 1})], "counts at its end"),
        ([manifest_line(known), end_line({}), end_line({})], "counts at its end"),
        ([manifest_line(known), b'["facts",{}]\n', end_line({"facts": 1})], "unknown table"),
    ):
        written(file, *lines)
        assert why in refusal(file, target)


def test_what_is_there_already_is_named(file: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    assert imported(file, target).returncode == 0
    assert "holds already of api_keys" in refusal(file, target)
    # The store that the file came from takes no writes at all.
    assert "is moving" in refusal(file, tmp_path / "source")


def test_users_of_several_stores_come_together(file: Path, tmp_path: Path) -> None:
    """Events get numbers after those that are there, and their deliveries the same ones."""
    target = tmp_path / "target"
    fill(target, user="beta")
    there = data(content(target))
    done = imported(file, target)
    assert done.returncode == 0, done.stderr
    after = data(content(target))
    for name, rows in there.items():
        assert all(row in after[name] for row in rows), name
    sequences = {row["id"]: row["sequence"] for row in after["events"]}
    assert sorted(sequences.values()) == [40, 41, 42, 43, 44, 45]
    assert [sequences[f"evt_acme{n}"] for n in range(3)] == [43, 44, 45]
    assert all(row["sequence"] == sequences[row["event_id"]] for row in after["deliveries"])
    same = tmp_path / "same"
    fill(same, accounts=1, user="acme")
    assert "youtube_acme_00000" in refusal(without_keys(file, tmp_path), same)


def without_keys(file: Path, folder: Path) -> Path:
    """The accounts of a file alone, so that they are what collides."""
    from openchannels.store.vault.sealed_file import SealedReader

    with file.open("rb") as stream:
        manifest, *lines = SealedReader(stream, PASSPHRASE).lines()
    kept = [line + b"\n" for line in lines if line.startswith(b'["accounts"')]
    other = folder / "accounts"
    written(other, manifest + b"\n", *kept, end_line({"accounts": len(kept)}))
    return other


def test_a_store_of_the_other_environment_is_refused(tmp_path: Path) -> None:
    target, file = tmp_path / "target", tmp_path / "file"
    make_key(target)
    for environment in ("sandbox", "real"):
        known = Manifest(1, HEAD, environment, "tagtag", "a" * 24, 1.0)
        written(file, manifest_line(known), end_line({}))
        if environment == "sandbox":
            assert imported(file, target).returncode == 0
        else:
            assert "holds real data and this store sandbox data" in refusal(file, target)


def test_a_move_is_shown_and_abandoned(source: Path, tmp_path: Path) -> None:
    def moving(*words: str) -> dict[str, object]:
        done = run("moving", *words, "--data-dir", source, "--json")
        assert done.returncode == 0, done.stderr
        shown: dict[str, object] = json.loads(done.stdout)
        return shown

    nowhere = run("export", tmp_path / "no" / "file", "--data-dir", source, **SECRET)
    assert (nowhere.returncode, "No such file" in nowhere.stderr) == (2, True)
    assert moving("status") == {"moving": False}
    exported(source, tmp_path / "file")
    assert moving("status").items() >= {"moving": True, "closed": True}.items()
    checks = json.loads(run("doctor", "--data-dir", source, "--json").stdout)["checks"]
    (shown,) = (check for check in checks if check["name"] == "moving")
    assert (shown["state"], "openchannels moving off" in shown["text"]) == ("warning", True)
    for words in (("keys", "create", "--user", "x"), ("keys", "revoke", "a" * 24)):
        refused = run(*words, "--data-dir", source)
        assert (refused.returncode, "is moving" in refused.stderr) == (2, True)
    # The same move may be exported again, under another name.
    assert (
        "exists already" in run("export", tmp_path / "file", "--data-dir", source, **SECRET).stderr
    )
    first = moving("status")
    exported(source, tmp_path / "again")
    assert moving("status") == first
    asked = run("moving", "off", "--data-dir", source)
    assert asked.returncode == 1
    assert moving("off", "--yes") == {"moving": False}
    assert run("keys", "create", "--user", "x", "--data-dir", source).returncode == 0
    actions = [row["action"] for row in content(source)["audit"]]
    assert actions.count("store.moving") == actions.count("store.stayed") == 1


def test_a_secret_that_no_key_opens_is_named(source: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(source / "openchannels.db")) as store, store:
        store.execute("UPDATE credentials SET sealed = x'01' WHERE account_id LIKE '%00001'")
    done = run("export", tmp_path / "file", "--data-dir", source, **SECRET)
    assert (done.returncode, "opens credential:youtube_acme_00001" in done.stderr) == (2, True)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["source"]


def test_passphrases(source: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    words = ("export", file, "--data-dir", source)
    assert "12 characters" in run(*words, MOVING_PASSPHRASE="short").stderr
    assert "--passphrase-file" in run(*words).stderr
    secret = tmp_path / "secret"
    secret.write_text("\n")
    assert "no passphrase" in run(*words, "--passphrase-file", secret).stderr
    assert "no passphrase" in run(*words, "--passphrase-file", "/dev/zero").stderr
    assert json.loads(run("moving", "status", "--data-dir", source, "--json").stdout) == {
        "moving": False
    }
    secret.write_text(f"{PASSPHRASE}\nanother line\n")
    assert run(*words, "--passphrase-file", secret).returncode == 0
    assert imported(file, tmp_path / "target").returncode == 0


KILLED = """
import os, signal, sys
from {module} import {owner}
genuine, calls = {owner}.{name}, 0
def count(*args, **options):
    global calls
    calls += 1
    if calls == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return genuine(*args, **options)
{owner}.{name} = count
from openchannels.cli import app
app()
"""


def killed(code: str, *words: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        env=clean_environ(SECRET),
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_a_killed_export_leaves_no_file_and_goes_on(tmp_path: Path) -> None:
    source, file, target = tmp_path / "source", tmp_path / "file", tmp_path / "target"
    fill(source, 600)
    seal = KILLED.format(
        module="openchannels.store.vault.sealed_file", owner="SealedWriter", name="_seal"
    )
    killed(seal, "export", file, "--data-dir", source)
    assert not file.exists()
    shown = json.loads(run("moving", "status", "--data-dir", source, "--json").stdout)
    assert shown["closed"]
    exported(source, file)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "source"]
    assert imported(file, target).returncode == 0
    assert data(content(target)) == data(content(source))


def test_a_killed_import_leaves_nothing_and_can_be_repeated(tmp_path: Path) -> None:
    source, file, target = tmp_path / "source", tmp_path / "file", tmp_path / "target"
    fill(source, 3 * format_of.BATCH)
    exported(source, file)
    insert = KILLED.format(
        module="openchannels.store.queries", owner="transfer", name="insert_rows"
    )
    killed(insert, "import", file, "--data-dir", target, "--new-store")
    assert not any(content(target).values())
    assert imported(file, target).returncode == 0
    assert data(content(target)) == data(content(source))
