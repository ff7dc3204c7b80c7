"""A data directory as after long use: accounts, their sealed credentials and open sessions."""

import asyncio
import base64
import contextlib
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from openchannels.app import logging
from openchannels.app.bootstrap import open_runtime
from openchannels.app.runtime import Runtime
from openchannels.core import ids
from openchannels.core.credentials import Tokens
from openchannels.service.sealing import credential_row
from openchannels.settings import load_settings
from openchannels.store.database import Connection
from openchannels.store.queries import groups
from openchannels.store.tables import accounts, auth_sessions, credentials
from tests.harness.postgres import Postgres
from tests.harness.settings import store_environ

CHUNK = 5_000
SAMPLE = 2_000
"""How many ids the load picks from: the whole table would not fit a command."""

READ_SCOPE = "https://www.googleapis.com/auth/youtube.readonly"
SETTINGS = """\
[server]
host = "127.0.0.1"
port = 0
log_format = "json"
[sandbox]
url = "{platforms}"
[upstream]
in_flight = 1000
"""
POSTGRESQL = """\
[database]
url = "{url}"
[vault.keys]
bench = "{key}"
"""
STORE = "store.toml"
"""The settings of the store, kept apart because those of the platforms change."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A directory and what the load needs to know of it."""

    path: str
    key: str
    accounts: list[str]
    sessions: list[str]

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Api-Key": self.key, "Accept": "application/json"}

    def auth_status_paths(self) -> list[str]:
        return [f"/api/v2/channels/accounts/{one}/auth-status" for one in self.accounts]

    def poll_paths(self) -> list[str]:
        return [f"/api/v2/channels/accounts/auth/youtube/status/{one}" for one in self.sessions]


@contextlib.contextmanager
def filled(size: int, database: str | None = None) -> Iterator[Filled]:
    """A data directory with that many accounts, removed afterwards.

    The store is SQLite in it, or the migrated PostgreSQL `database`, a URL. SQLite's is kept in
    BENCH_DIR and used again where that is set.
    """
    keep = None if database else os.environ.get("BENCH_DIR")
    with tempfile.TemporaryDirectory(prefix="openchannels-bench-") as scratch:
        path = Path(keep or scratch) / str(size)
        known = path / "bench.json"
        if not known.exists():
            path.mkdir(parents=True)
            if database:
                key = base64.b64encode(os.urandom(32)).decode()
                (path / STORE).write_text(POSTGRESQL.format(url=database, key=key))
            point_at(path, "http://127.0.0.1:1")
            logging.configure_logging("error", "console")
            known.write_text(json.dumps(asdict(asyncio.run(fill(path, size)))))
        yield Filled(**json.loads(known.read_text()))


@contextlib.contextmanager
def filled_postgres(size: int) -> Iterator[tuple[Filled, Mapping[str, str]]]:
    """The same over PostgreSQL, with the settings that name its database."""
    server = Postgres()
    try:
        environ = store_environ(server.database())
        with tempfile.TemporaryDirectory(prefix="openchannels-bench-") as scratch:
            point_at(Path(scratch), "http://127.0.0.1:1")
            logging.configure_logging("error", "console")
            yield asyncio.run(fill(Path(scratch), size, environ)), environ
    finally:
        server.stop()


def point_at(path: Path, platforms: str) -> None:
    """Write the settings of a directory; `platforms` is the server that plays the platforms."""
    store = path / STORE
    text = SETTINGS.format(platforms=platforms) + (store.read_text() if store.exists() else "")
    (path / "openchannels.toml").write_text(text)


async def fill(path: Path, size: int, environ: Mapping[str, str] | None = None) -> Filled:
    """Makes a store with that many accounts of one user; `environ` may name its database."""
    runtime = await open_runtime(
        load_settings(data_dir=path, environ=environ or {}), public_url="http://127.0.0.1"
    )
    try:
        key = await runtime.services.api_keys.create("bench", "bench")
        # The first start of the user makes the default group that the rows belong to.
        caller = await runtime.services.api_keys.authenticate(key.key)
        await runtime.services.sessions.start(caller, "youtube")
        made: list[str] = []
        sessions: list[str] = []
        for start in range(0, size, CHUNK):
            numbers = range(start, min(start + CHUNK, size))
            made += await runtime.db.write(_add_accounts, runtime, numbers)
            sessions += await runtime.db.write(add_sessions, key.id, numbers)
    finally:
        await runtime.close()
    step = max(1, size // SAMPLE)
    return Filled(str(path), key.key, made[::step], sessions[::step])


def _default_group(connection: Connection) -> str:
    return groups.ensure_default(connection, "bench", time.time())


def _add_accounts(connection: Connection, runtime: Runtime, numbers: range) -> list[str]:
    group, now = _default_group(connection), time.time()
    held, secrets = [], []
    for number in numbers:
        row = _account(number, group, now)
        held.append(row)
        secrets.append(_credential(runtime, row["id"], now))
    connection.execute(insert(accounts), held)
    connection.execute(insert(credentials), secrets)
    return [row["id"] for row in held]


def _account(number: int, group: str, now: float) -> dict[str, Any]:
    uid, channel = f"{10**20 + number * 7919}", f"UC{number:022d}"
    return {
        "id": f"youtube_{uid}_{channel}",
        "user_id": "bench",
        "platform": "youtube",
        "identity": channel,
        "uid": uid,
        "secondary": channel,
        "handle": f"@creator{number}",
        "nickname": f"Creator {number}",
        "avatar": f"https://yt3.ggpht.com/ytc/{channel}=s800",
        "names_set": [],
        "group_id": group,
        "status": 1,
        "proved": True,
        "rank": 1,
        "counters": {"fans": number, "works": 40},
        "facts": {"uploads": "UU" + channel[2:]},
        "login_at": now,
        "created_at": now,
        "updated_at": now,
    }


def _credential(runtime: Runtime, account_id: str, now: float) -> dict[str, Any]:
    end = now + 7 * 24 * 3600
    tokens = Tokens(
        access_token="ya29." + "a" * 160,
        refresh_token="1//0" + "r" * 100,
        expires_at=end,
        scopes=(READ_SCOPE, "openid", "profile", "email"),
    )
    return {
        "account_id": account_id,
        "platform": "youtube",
        "sealed": runtime.services.context.vault.seal(tokens.to_json(), credential_row(account_id)),
        "version": 1,
        "grant_key": ids.new_secret(),
        "scopes": list(tokens.scopes or ()),
        "expires_at": end,
        "checked_at": now,
        "updated_at": now,
    }


def add_sessions(connection: Connection, key_id: str, numbers: range) -> list[str]:
    """Open sessions, started before now, twenty a second; returns their ids."""
    group, now = _default_group(connection), time.time()
    rows = [
        {
            "id": ids.new_session_id(now - number / 20),
            "state_hash": ids.state_key(ids.new_ticket(now - number / 20)),
            "user_id": "bench",
            "key_id": key_id,
            "platform": "youtube",
            "group_id": group,
            "group_given": False,
            "stage": "pending",
            "binding": "direct",
            "sealed": os.urandom(170),
            "error_data": {},
            "accounts": [],
            "offered": [],
            "created_at": now,
            "expires_at": now + 24 * 3600,
        }
        for number in numbers
    ]
    connection.execute(insert(auth_sessions), rows)
    return [str(row["id"]) for row in rows]
