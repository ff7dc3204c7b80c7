"""The store is migrated while the version before serves on it, and that one serves on.

The last version of each earlier schema in the repository's history makes a store over HTTP, and is
asked without a pause while this version migrates it, and afterwards beside this version. The newest
of them holds 100,000 accounts, which is the full size; the others hold 100. A copy of the
repository without its history cannot run this.

A migration locks one table after the other, and PostgreSQL ends a read that crosses it. Versions up
to schema 0013 answer that with status 500, later ones read again: the former are counted apart.
"""

import asyncio
import contextlib
import json
import re
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from openchannels.app.store import load_vault
from openchannels.core.credentials import Tokens
from openchannels.service.sealing import credential_row
from openchannels.settings import load_settings
from openchannels.store.vault.vault import Vault
from tests.harness.builds import last_commits, sources_of
from tests.harness.postgres import execute
from tests.harness.processes import ROOT, Child, Process, client
from tests.harness.schemas import insert_known, on_store, present_tables
from tests.harness.settings import COMMON, clean_environ, store_environ
from tests.soak.caller import Caller
from tests.soak.load import Load
from tests.soak.program import Figures, program

PLATFORM = "youtube"
SMALL = 100
PER_SECOND = 60
TOGETHER = 1000
PRESENT = ROOT / "src"
LAST_WITHOUT_REPEATS = "0014"
"""The last schema whose versions do not run a read again that a deadlock ended."""
DEADLOCK = "deadlock detected"
INTERNAL_ERROR = re.compile(r"status=500|: 500 ")


@contextlib.asynccontextmanager
async def serving(
    folder: Path, sources: Path, environ: Mapping[str, str], name: str
) -> AsyncIterator[str]:
    """A version of the service, by its sources; yields its address."""
    words = ("openchannels", "serve", "--port", "0", "--json", "--data-dir", folder)
    log = folder.with_name(f"{name}.log")
    child = Child(*words, log=log, environ=known(environ, sources), cwd=sources)
    try:
        await child.up()
        yield json.loads(child.said)["url"]
    finally:
        await asyncio.to_thread(child.end, 15)


def known(environ: Mapping[str, str], sources: Path) -> dict[str, str]:
    """Settings without limits that a version does not know, and would refuse."""
    text = "".join(path.read_text() for path in (sources / "openchannels/settings").glob("*.py"))
    return {
        name: value
        for name, value in environ.items()
        if "_LIMITS__" not in name or name.rpartition("__")[2].lower() in text
    }


async def command_of(
    sources: Path, data: Path, environ: Mapping[str, str], *words: str, code: int = 0
) -> Any:
    """What a command of a version prints, which ends with an exit code."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "openchannels", *words, "--json", "--data-dir", str(data)),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=clean_environ(known(environ, sources)), cwd=sources,
    )  # fmt: skip
    output, errors = await process.communicate()
    assert process.returncode == code, errors.decode()
    return json.loads(output)


async def run(
    folder: Path, database: str | None, size: int, versions: int | None = None
) -> Figures:
    """Migrate a store of each earlier version; the last of them holds `size` accounts.

    `versions` takes that many of the last ones.
    """
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240
    commits = last_commits()
    newest = list(commits)[-1]
    commits = dict(list(commits.items())[-(versions or len(commits)) :])
    found = {}
    async with client() as http:
        for revision, commit in commits.items():
            place = folder / revision
            place.mkdir()
            sources = sources_of(commit, folder / f"sources-{revision}")
            own = None if database is None else await new_database(database, revision)
            full = size if revision == newest else min(size, SMALL)
            one = Upgrade(place, sources, own, http)
            found[revision] = await one.run(full)
            if revision <= LAST_WITHOUT_REPEATS:
                set_deadlocks_apart(found[revision], (place / "old.log").read_text())
    return summary(found, newest)


async def new_database(database: str, revision: str) -> str:
    """Another database of the same server, without tables."""
    name = f"upgrade_{revision}"
    await execute(database, f"CREATE DATABASE {name} TEMPLATE template0")
    head, _, tail = database.partition("?")
    return f"{head.rpartition('/')[0]}/{name}{'?' if tail else ''}{tail}"


@dataclass
class Upgrade:
    """One earlier version and its store."""

    folder: Path
    sources: Path
    database: str | None
    http: aiohttp.ClientSession

    def __post_init__(self) -> None:
        self.data = self.folder / "data"
        self.data.mkdir(mode=0o700)
        self.environ = {**COMMON, **store_environ(self.database)}
        self.environ |= {"OPENCHANNELS_SERVER__LOG_LEVEL": "warning"}

    async def run(self, size: int) -> dict[str, Any]:
        """Migrate under load; returns what was counted."""
        played = self.folder / "played"
        played.mkdir()
        async with Process(played, "--sandbox", environ={}) as sandbox:
            self.environ["OPENCHANNELS_SANDBOX__URL"] = sandbox.url
            async with serving(self.data, self.sources, self.environ, "old") as old:
                caller = Caller(self.http, sandbox.url, await self.make_key())
                await caller.connect(old, "first")
                ids = await self.populate(caller.connected[0], size)
                return await self._upgrade(old, caller, ids)

    async def _upgrade(self, old: str, caller: Caller, ids: list[str]) -> dict[str, Any]:
        started = await caller.get(old, f"/accounts/auth/{PLATFORM}")
        session = started["sessionId"]

        def load(*urls: str) -> Load:
            return Load(caller.http, caller.key, PLATFORM, urls, ids, session, PER_SECOND)

        before, lists = load(old), await caller.lists_of(old)
        connecting = asyncio.create_task(caller.connect_on(old, "during"))
        async with before.running():
            await asyncio.sleep(1)
            assert (await self.command("migrate", "--check"))["pending"]
            done = await self.command("migrate")
            await asyncio.sleep(2)
            await caller.read_all(old, lists)
        async with serving(self.data, PRESENT, self.environ, "new") as new:
            both = load(old, new)
            async with both.running():
                await caller.connect(new, "after")
                await caller.read_all(new)
                await caller.read_all(old, lists)
                await asyncio.sleep(2)
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
            listed = await caller.get(new, "/accounts?pageSize=1")
        await caller.get(old, "/accounts?pageSize=1")
        # One that was being connected at the end may be there without having been told of.
        missing = max(0, len({*ids, *caller.connected}) - listed["total"])
        return {
            "accounts": listed["total"],
            "requests": sum(before.answered.values()) + sum(both.answered.values()),
            "connected": len(caller.connected),
            "seconds": done["seconds"],
            "migrated": done["migrated"],
            "errors": [*before.failed, *both.failed, *caller.failed],
            "deadlocks": 0,
            "missing": missing,
        }

    async def make_key(self) -> str:
        """A key, made by the version that serves."""
        words = ("keys", "create", "--user", "acme")
        made = await command_of(self.sources, self.data, self.environ, *words)
        return str(made["key"])

    async def command(self, *words: str) -> Any:
        """What a command of this version prints."""
        code = int("--check" in words)
        return await command_of(PRESENT, self.data, self.environ, *words, code=code)

    async def populate(self, account_id: str, size: int) -> list[str]:
        """Accounts like the connected one, in the columns that this schema has."""
        settings = load_settings(data_dir=self.data, environ=self.environ)
        vault = load_vault(settings, may_create=False)

        def write(connection: Any) -> list[str]:
            ids = insert_copies(connection, vault, account_id, size)
            connection.commit()
            return ids

        return [account_id, *await on_store(settings.database_url, write)]


def insert_copies(connection: Any, vault: Vault, account_id: str, size: int) -> list[str]:
    """Insert accounts with sealed credentials of their own; returns their ids."""
    tables = present_tables(connection)
    accounts, credentials = tables["accounts"], tables["credentials"]
    mine = accounts.select().where(accounts.c.id == account_id)
    account = connection.execute(mine).mappings().one()
    mine = credentials.select().where(credentials.c.account_id == account_id)
    credential = connection.execute(mine).mappings().one()
    tokens = Tokens.from_json(vault.open(credential["sealed"], credential_row(account_id)))
    ids = [f"{account_id}{number}" for number in range(1, size)]
    for start in range(0, len(ids), TOGETHER):
        made = ids[start : start + TOGETHER]
        insert_known(
            connection,
            tables,
            "accounts",
            ({**account, "id": o, "identity": o, "uid": o} for o in made),
        )
        secret = tokens.to_json()
        insert_known(
            connection, tables, "credentials",
            ({**credential, "account_id": one, "sealed": vault.seal(secret, credential_row(one))}
             for one in made),
        )  # fmt: skip
    return ids


def set_deadlocks_apart(found: dict[str, Any], log: str) -> None:
    """Take the answers out of the errors that a version gave after deadlocks of its reads."""
    ended = list(filter(INTERNAL_ERROR.search, found["errors"]))
    # Each traceback names the error twice: the driver's, and SQLAlchemy's.
    for one in ended[: len(re.findall(f"DBAPIError.*{DEADLOCK}", log))]:
        found["errors"].remove(one)
        found["deadlocks"] += 1


def summary(found: Mapping[str, Mapping[str, Any]], newest: str) -> Figures:
    """The figures of all versions; every answer but success counts as a fault."""
    errors = {revision: one["errors"] for revision, one in found.items() if one["errors"]}
    missing = sum(one["missing"] for one in found.values())
    seconds = {revision: round(one["seconds"], 2) for revision, one in found.items()}
    unmigrated = sum(not one["migrated"] for one in found.values())
    return {
        "schemas": " ".join(found),
        "accounts": found[newest]["accounts"],
        "requests": sum(one["requests"] for one in found.values()),
        "connected": sum(one["connected"] for one in found.values()),
        "migration_seconds": seconds[newest],
        "slowest_of_the_small": max([s for r, s in seconds.items() if r != newest], default=0.0),
        "errors": sum(map(len, errors.values())),
        "deadlocks_of_older_reads": sum(one["deadlocks"] for one in found.values()),
        "accounts_missing": missing,
        "first_errors": {revision: found[:3] for revision, found in errors.items()},
        "faults": sum(map(len, errors.values())) + missing + unmigrated,
    }


if __name__ == "__main__":
    program(__doc__, run, 100_000)
