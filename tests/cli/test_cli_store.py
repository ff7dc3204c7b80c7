"""Stores that cannot be used, are made by accident, or are open to other users of the machine."""

import asyncio
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from openchannels.app.store import store_address
from openchannels.settings import load_settings
from tests.harness.commands import make_key, run, serving
from tests.harness.postgres import Postgres, execute
from tests.harness.settings import MASTER_KEY

Spoil = Callable[[Path], None]
PAGE = 4096
COMMANDS = {
    "keys list": ("keys", "list"),
    "keys create": ("keys", "create", "--user", "acme", "--new-store"),
    "vault status": ("vault", "status"),
    "audit": ("audit",),
    "webhooks list": ("webhooks", "list", "--user", "acme"),
    "erase": ("erase", "acme", "--yes"),
    "migrate": ("migrate", "--new-store"),
}


def statement(*statements: str) -> Spoil:
    def spoil(file: Path) -> None:
        with sqlite3.connect(file) as connection:
            for sql in statements:
                connection.execute(sql)
        connection.close()

    return spoil


def write_text(file: Path) -> None:
    file.write_text("no database, only text of some length" * 1000)


def truncate(file: Path) -> None:
    os.truncate(file, file.stat().st_size // PAGE // 2 * PAGE)


def overwrite(file: Path) -> None:
    """All pages but the first, which holds the schema."""
    file.write_bytes(file.read_bytes()[:PAGE] + b"\xff" * (file.stat().st_size - PAGE))


def replace_by_another(file: Path) -> None:
    file.unlink()
    statement("CREATE TABLE notes (id INTEGER)")(file)


SPOILT = {
    "text": write_text,
    "truncated": truncate,
    "overwritten": overwrite,
    "newer": statement("UPDATE alembic_version SET version_num = '9999'"),
    "no revision": statement("DELETE FROM alembic_version"),
    "foreign": replace_by_another,
    "lacking": statement("PRAGMA foreign_keys = OFF", "DROP TABLE webhooks"),
}
"""Ways in which an SQLite store cannot be used."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a store, to be copied."""
    made = tmp_path_factory.mktemp("sound")
    make_key(made)
    return made


@pytest.fixture
def copied(sound: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sound, tmp_path / "data")


def assert_refused(done: object, code: int = 2) -> str:
    """The one sentence of a command that ended with code 2 and without a traceback."""
    told, found = getattr(done, "stderr", ""), getattr(done, "returncode", None)
    assert found == code, told
    assert "Traceback" not in told
    (line,) = [line for line in told.splitlines() if line.startswith("The database")]
    assert line.startswith("The database at ")
    assert line.endswith(".")
    return line


@pytest.mark.parametrize("kind", SPOILT)
def test_commands_refuse_a_spoilt_store(copied: Path, kind: str) -> None:
    SPOILT[kind](copied / "openchannels.db")
    for words in COMMANDS.values():
        assert_refused(run(*words, "--data-dir", copied))


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_servers_refuse_a_newer_store(copied: Path, command: str) -> None:
    SPOILT["newer"](copied / "openchannels.db")
    port = ("--port", "0") if command == "serve" else ()
    line = assert_refused(run(command, *port, "--data-dir", copied))
    assert "9999" in line


@pytest.mark.parametrize("kind", SPOILT)
def test_doctor_sees_a_spoilt_store(copied: Path, kind: str) -> None:
    SPOILT[kind](copied / "openchannels.db")
    done = run("doctor", "--data-dir", copied)
    assert done.returncode == 1
    assert "The database at " in done.stdout
    assert "Traceback" not in done.stderr


def test_doctor_reads_each_page_and_each_table(copied: Path) -> None:
    file = copied / "openchannels.db"
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE api_keys SET scopes = 'no JSON'")
    connection.close()
    done = run("doctor", "--data-dir", copied)
    assert done.returncode == 1
    assert "damaged values" in done.stdout
    assert_refused(run("keys", "list", "--data-dir", copied))


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "9999"),
        ("DROP TABLE alembic_version", "tables of another program"),
        ("DROP TABLE workers", "lacks the tables workers"),
    ],
)
def test_a_spoilt_postgresql_store(
    postgres: Postgres, tmp_path: Path, sql: str, named: str
) -> None:
    url = postgres.database()
    asyncio.run(execute(url, sql))
    settings = {
        "OPENCHANNELS_DATABASE__URL": url,
        "OPENCHANNELS_VAULT__KEYS__K1": MASTER_KEY,
    }
    for words in COMMANDS.values():
        assert named in assert_refused(run(*words, "--data-dir", tmp_path, **settings))
    assert named in run("doctor", "--data-dir", tmp_path, COLUMNS="300", **settings).stdout


# Made by accident


@pytest.mark.parametrize("words", [("keys", "create", "--user", "acme"), ("migrate",), ("worker",)])
def test_no_store_is_made_unasked(tmp_path: Path, words: tuple[str, ...]) -> None:
    place = tmp_path / "elsewhere"
    done = run(*words, "--data-dir", place)
    assert done.returncode == 2
    assert f"There is no store at {place / 'openchannels.db'}" in done.stderr
    assert "--data-dir" in done.stderr
    assert not place.exists()


@pytest.mark.parametrize("words", [("keys", "create", "--user", "acme"), ("migrate",)])
@pytest.mark.parametrize("answer", ["y", "n"])
def test_a_person_is_asked(tmp_path: Path, words: tuple[str, ...], answer: str) -> None:
    place = tmp_path / "new"
    with mock.patch("openchannels.cli.common.is_interactive", return_value=True):
        done = run(*words, "--data-dir", place, stdin=f"{answer}\n")
    assert "Make a new one?" in done.stdout + done.stderr
    assert (done.returncode == 0) == place.exists() == (answer == "y")


def test_a_store_that_is_missing_is_named_where_it_should_be(tmp_path: Path) -> None:
    file = tmp_path / "elsewhere" / "mine.db"
    settings = {"OPENCHANNELS_DATABASE__URL": f"sqlite:///{file}"}
    done = run("keys", "list", "--data-dir", tmp_path / "data", **settings)
    assert done.stderr == f"There is no store at {file} yet.\n"


def test_create_names_the_store(tmp_path: Path) -> None:
    file = str(tmp_path / "openchannels.db")
    assert make_key(tmp_path)["store"] == file
    done = run("keys", "create", "--user", "acme", "--data-dir", tmp_path)
    assert f"store           {file}\n" in done.stdout


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:hunter2@db.example:5433/channels", "db.example:5433/channels"),
        (
            "postgresql://me:hun@ter2@db.example/channels?sslmode=require",
            "db.example:5432/channels",
        ),
    ],
)
def test_the_name_of_a_postgresql_store_holds_no_password(url: str, shown: str) -> None:
    environ = {
        "OPENCHANNELS_DATABASE__URL": url,
        "OPENCHANNELS_VAULT__KEYS__K1": MASTER_KEY,
    }
    assert store_address(load_settings(environ=environ)) == f"postgresql://{shown}"


# Open to other users


def test_what_a_first_start_makes_is_for_its_owner_only(tmp_path: Path) -> None:
    place = tmp_path / "data"
    before = os.umask(0o022)
    try:
        with serving("serve", "--sandbox", "--data-dir", place) as (server, _):
            made = {path.name: stat.S_IMODE(path.stat().st_mode) for path in place.iterdir()}
            assert "open to other users" not in server.errors()
    finally:
        os.umask(before)
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert {"openchannels.db", "openchannels.db-wal", "keyring.json", "sandbox.db"} <= made.keys()
    assert set(made.values()) == {0o600}


def test_wider_modes_are_named(tmp_path: Path) -> None:
    make_key(tmp_path)
    tmp_path.chmod(0o755)
    (tmp_path / "openchannels.db").chmod(0o644)
    with serving("serve", "--data-dir", tmp_path) as (server, _):
        told = server.errors()
    assert "files are open to other users" in told
    for shown in (f"{tmp_path} (0755)", f"{tmp_path / 'openchannels.db'} (0644)"):
        assert shown in told
    assert f"{tmp_path / 'keyring.json'} (" not in told
    done = run("doctor", "--data-dir", tmp_path, COLUMNS="300")
    assert "openchannels.db (0644)" in done.stdout
    assert done.returncode == 0
