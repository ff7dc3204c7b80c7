"""A store moves to another installation under load: SQLite to each store, and on to SQLite.

Two servers share the first store, and both are asked to write until the export has ended. What they
accepted is in the target, what they refused is not; the file shows nothing without its passphrase;
the old store reads on and refreshes nothing. The full size is 1,000 accounts.
"""

import asyncio
import base64
import contextlib
import json
import os
import secrets
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from openchannels.app.store import load_vault
from openchannels.core.credentials import Tokens
from openchannels.service.moving.content import SEALED
from openchannels.service.sealing import credential_row
from openchannels.settings import Settings, load_settings
from openchannels.store.database import open_database
from openchannels.store.queries import transfer
from openchannels.store.vault.keyring import create_keyring
from openchannels.store.vault.vault import Vault, wrapped_by
from tests.harness.paths import API
from tests.harness.rig import Rig, open_rig, twin
from tests.harness.settings import COMMON, clean_environ, store_environ
from tests.harness.tool import Answer, Tool
from tests.soak.program import Figures, program
from tests.soak.rotate import populate

PLATFORM = "youtube"
PASSPHRASE = "a passphrase of the soak program"
WRITERS = 6
HIGHEST_MEMORY = 450
"""Megabytes that a command may take: 128 of them are scrypt's."""
TOKENS = ("oauth2.googleapis.com", "/token")
BROWSER = {"fingerprint": "canary-of-a-browser"}


@dataclass
class Load:
    """Groups that are created on both servers, and what came of each request."""

    tool: Tool
    addresses: tuple[str, ...]
    created: set[str] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)
    running: bool = True

    async def writer(self, number: int) -> None:
        headers = {"X-Api-Key": self.tool.key.key}
        while self.running:
            name = f"group-{secrets.token_hex(6)}"
            url = f"{self.addresses[number % len(self.addresses)]}{API}/account-groups"
            request = self.tool.rig.http.post(url, json={"name": name}, headers=headers)
            async with request as answer:
                body = await answer.json()
            if body["code"] == 0:
                self.created.add(name)
                await asyncio.sleep(0.05)
            else:
                self.refused[f"{answer.status} {body['data'].get('reason')}"] += 1
                await asyncio.sleep(0.02)

    @contextlib.asynccontextmanager
    async def going(self) -> AsyncIterator[None]:
        writers = [asyncio.create_task(self.writer(number)) for number in range(WRITERS)]
        try:
            yield
        finally:
            self.running = False
            await asyncio.gather(*writers)


@dataclass(frozen=True)
class Installation:
    """A folder and the environment that names its store."""

    folder: Path
    environ: Mapping[str, str]

    @property
    def settings(self) -> Settings:
        return load_settings(data_dir=self.folder, environ={**COMMON, **self.environ})


async def run(folder: Path, database: str | None, size: int) -> Figures:
    """Move a store twice; returns the figures."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240
    keyring = folder / "keyring.json"
    create_keyring(keyring)
    first = Installation(folder / "first", {})
    second = Installation(folder / "second", store_environ(database, keyring))
    third = Installation(folder / "third", {})
    async with open_rig(first.folder) as rig:
        moved = await move(rig, first, second, folder / "first.move", size)
        same = await compare(first, second)
        back = await command(second, "export", str(folder / "second.move"))
        await command(third, "import", str(folder / "second.move"), "--new-store")
        again = await compare(second, third)
        sandbox = {"OPENCHANNELS_SANDBOX__URL": rig.sandbox_url}
        works = await alive(third, sandbox, rig, moved.pop("key"), moved.pop("due"))
    differences = {**same, **{f"back {name}": n for name, n in again.items()}}
    broken = sum(differences.values()) + sum(moved["broken"].values()) + (not works)
    memory = max(moved["megabytes"], back["megabytes"])
    return {
        **moved,
        "megabytes": memory,
        "differences": {name: n for name, n in differences.items() if n},
        "faults": broken + (memory > HIGHEST_MEMORY),
    }


async def move(
    rig: Rig, source: Installation, target: Installation, file: Path, size: int
) -> dict[str, Any]:
    """Export under load, look at the file and the old store, and import."""
    tool = await rig.tool("acme")
    await tool.post(f"{API}/webhooks", {"url": "http://127.0.0.1:9/canary-hook"})
    ids = await populate(rig, await tool.connected(PLATFORM), size)
    await tool.post(f"{API}/account-groups", {"name": "canary-group", "browserConfig": BROWSER})
    open_session = await tool.start(PLATFORM)
    browser = rig.browser()
    callback = await browser.consent(open_session["url"], "ida", "approve")
    async with twin(rig) as other:
        load = Load(tool, (rig.url, other))
        async with load.going():
            await asyncio.sleep(0.5)
            began = time.monotonic()
            done = await command(source, "export", str(file))
            seconds = time.monotonic() - began
            await asyncio.sleep(0.2)
        refreshes = await rig.count(TOKENS)
        due, fresh = ids[2], ids[1]
        refused = await refusals(tool, due, callback)
        reads = await readings(tool, fresh)
        refused["refreshes"] = await rig.count(TOKENS) - refreshes
    await command(target, "import", str(file), "--new-store")
    names = {row["name"] for row in await rows_of(target, "account_groups")}
    readable = await canaries(source, file)
    kept = {name for name in names if name.startswith("group-")}
    promises = {
        **refused,
        **reads,
        "readable in the file": readable["found"],
        "lost or slipped in": len(load.created ^ kept),
        "refused otherwise": len(set(load.refused) - {"503 moving"}),
        "never refused": int(not load.refused),
    }
    return {
        "accounts": done["rows"]["accounts"],
        "rows": sum(done["rows"].values()),
        "seconds": round(seconds, 2),
        "created": len(load.created),
        "refused_writes": load.refused.total(),
        "canaries_searched": readable["searched"],
        "megabytes": done["megabytes"],
        "broken": {name: count for name, count in promises.items() if count},
        "key": tool.key.key,
        "due": due,
    }


async def refusals(tool: Tool, due: str, callback: str) -> dict[str, int]:
    """What the old store should refuse and does not, by what it is."""
    write = await tool.post(f"{API}/account-groups", {"name": "late"})
    start = await tool.get(f"{API}/accounts/auth/{PLATFORM}")
    works = await tool.works(PLATFORM, due, limit=2)
    async with tool.rig.http.get(callback, allow_redirects=False) as page:
        came_back = page.status
    answers = {"write": write, "start": start, "refresh": works}
    found = {name: int(not is_moving(answer)) for name, answer in answers.items()}
    return {**found, "callback": int(came_back != 503)}


def is_moving(answer: Answer) -> bool:
    return (answer.status, answer.code) == (503, 503) and answer.data["reason"] == "moving"


async def readings(tool: Tool, fresh: str) -> dict[str, int]:
    """What the old store should answer and does not."""
    paths = (
        *(
            f"accounts/{fresh}/auth-status",
            "accounts",
            "account-groups",
            "platforms/usage",
            "webhooks",
        ),
        *("platforms", "audit", "events", f"works/{PLATFORM}?accountId={fresh}&limit=2"),
    )
    found = {}
    for path in paths:
        found[path] = int((await tool.get(f"{API}/{path}")).code != 0)
    async with tool.rig.http.get(f"{tool.rig.url}/ready") as ready:
        found["ready"] = int((ready.status, await ready.json()) != (200, {"status": "moving"}))
    return found


async def alive(
    installation: Installation, environ: Mapping[str, str], old: Rig, key: str, due: str
) -> bool:
    """Whether the same key reads works of an account whose token is due for refresh."""
    environ = {**installation.environ, **environ, "OPENCHANNELS_SERVER__LOG_LEVEL": "error"}
    process = await started(installation, "serve", "--port", "0", "--json", environ=environ)
    assert process.stdout is not None
    try:
        url = json.loads(await process.stdout.readline())["url"]
        before = await old.count(TOKENS)
        path = f"{url}{API}/works/{PLATFORM}?accountId={due}&limit=2"
        async with old.http.get(path, headers={"X-Api-Key": key}) as answer:
            body = await answer.json()
        return body["code"] == 0 and await old.count(TOKENS) > before
    finally:
        process.terminate()
        await process.communicate()


async def canaries(source: Installation, file: Path) -> dict[str, int]:
    """Search the file for what the store holds: names, ids, addresses, tokens and secrets."""
    vault = vault_of(source)
    texts = {b"canary-hook", b"canary-of-a-browser", b"canary-group", b"acme", PLATFORM.encode()}
    for row in await rows_of(source, "accounts"):
        texts |= {row["id"].encode(), row["nickname"].encode()}
    for row in await rows_of(source, "credentials"):
        tokens = Tokens.from_json(vault.open(row["sealed"], credential_row(row["account_id"])))
        texts |= {tokens.access_token.encode(), str(tokens.refresh_token).encode()}
    for row in await rows_of(source, "api_keys"):
        texts |= {row["hash"], row["id"].encode()}
    content = file.read_bytes()  # noqa: ASYNC240
    forms = {form for text in texts for form in (text, base64.b64encode(text).rstrip(b"="))}
    # Three bytes or less are in any file of this size.
    searched = {form for form in forms if len(form) > len(b"acme")}
    return {"searched": len(searched), "found": sum(form in content for form in searched)}


async def compare(one: Installation, other: Installation) -> dict[str, int]:
    """How many rows of each table differ; the target has one more entry of its audit log."""
    found, vaults = {}, (vault_of(one), vault_of(other))
    for table in transfer.MOVED:
        left = opened(table.name, await rows_of(one, table.name), vaults[0])
        right = opened(table.name, await rows_of(other, table.name), vaults[1])
        more = 1 if table.name == "audit" else 0
        found[table.name] = len(left - right) + abs(len(right - left) - more)
    found["other keys"] = await foreign_keys(other, vaults[1])
    return found


def opened(table: str, rows: list[dict[str, Any]], vault: Vault) -> set[str]:
    """Rows as text, with their secrets in the clear."""
    found = set()
    for row in rows:
        shown = dict(row)
        for name, value in row.items():
            if value is not None and (table, name) in SEALED:
                keys = transfer.key_of(transfer_table(table), row)
                shown[name] = vault.open(value, SEALED[table, name](*keys))
        found.add(repr(sorted(shown.items())))
    assert len(found) == len(rows)
    return found


def transfer_table(name: str) -> Any:
    return next(table for table in transfer.MOVED if table.name == name)


async def foreign_keys(installation: Installation, vault: Vault) -> int:
    """Sealed values that another key than the active one wraps."""
    found = 0
    for table, name in SEALED:
        values = [row[name] for row in await rows_of(installation, table)]
        found += sum(wrapped_by(value) != vault.keyring.active for value in values if value)
    return found


async def rows_of(installation: Installation, name: str) -> list[dict[str, Any]]:
    if name not in {table.name for table in transfer.MOVED}:
        return []
    table = transfer_table(name)
    db = open_database(installation.settings.database_url)
    try:
        found: list[dict[str, Any]] = []
        while batch := await db.read(
            transfer.read_rows, table, transfer.key_of(table, found[-1]) if found else None, 1000
        ):
            found += batch
        return found
    finally:
        await db.close()


def vault_of(installation: Installation) -> Vault:
    return load_vault(installation.settings, may_create=False)


async def started(
    installation: Installation, *words: str, environ: Mapping[str, str]
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "openchannels", *words, "--data-dir", str(installation.folder)),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**clean_environ({}), "MOVING_PASSPHRASE": PASSPHRASE, **environ},
    )  # fmt: skip


async def command(installation: Installation, *words: str) -> dict[str, Any]:
    """What a command prints, in a process of its own, and the memory that it took."""
    process = await started(installation, *words, "--json", environ=installation.environ)
    watching = asyncio.create_task(highest_memory(process.pid))
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return {**json.loads(output), "megabytes": await watching}


async def highest_memory(pid: int) -> int:
    """Megabytes of a process at its highest, until it ends."""
    highest = 0
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        while process.status() != psutil.STATUS_ZOMBIE:
            highest = max(highest, process.memory_info().rss)
            await asyncio.sleep(0.01)
    return highest // 2**20


if __name__ == "__main__":
    os.umask(0o077)
    program(__doc__, run, 1_000)
