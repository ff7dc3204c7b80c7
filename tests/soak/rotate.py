"""The master key is changed by the command, and the old one retired, while requests run.

Two servers share a store and a keyring's file. Half of the accounts must be refreshed at their
first use, so that servers seal while the command wraps again. The full size is 100,000 accounts.
"""

import asyncio
import dataclasses
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update

from openchannels.core.credentials import Tokens
from openchannels.service.admin.key_rotation import PLACES
from openchannels.service.sealing import credential_row
from openchannels.store.queries import sealed_columns
from openchannels.store.tables import accounts, credentials
from openchannels.store.vault.keyring import VaultError, create_keyring, load_keyring
from openchannels.store.vault.vault import Vault, wrapped_by
from tests.harness.rig import Rig, open_rig, twin
from tests.harness.settings import store_environ
from tests.harness.tool import Answer
from tests.soak.load import Load
from tests.soak.program import Figures, program

PLATFORM = "youtube"
PER_SECOND = 500
TOGETHER = 1000


async def run(
    folder: Path, database: str | None, size: int, per_second: int = PER_SECOND
) -> Figures:
    """Rotate and retire under load; returns the figures."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240
    keyring = folder / "keyring.json"
    create_keyring(keyring)
    environ = store_environ(database, keyring)
    async with open_rig(folder, database=database, keyring=keyring) as rig:
        return await soak(rig, keyring, environ, size, per_second)


async def soak(
    rig: Rig, keyring: Path, environ: dict[str, str], size: int, per_second: int
) -> Figures:
    """The run over a service that stands."""
    tool = await rig.tool()
    ids = await populate(rig, await tool.connected(PLATFORM), size)
    session_id = (await tool.start(PLATFORM))["sessionId"]
    first = await tool.works(PLATFORM, ids[0], limit=5)
    proof = rig.runtime.services.browser_binding.browser_proof(session_id)
    old = rig.runtime.services.context.vault.keyring.active
    async with twin(rig) as other:
        load = Load(rig.http, tool.key.key, PLATFORM, (rig.url, other), ids, session_id, per_second)
        async with load.running():
            await asyncio.sleep(1)
            done = await command(rig.folder, environ, "rotate")
            after = await tool.works(PLATFORM, ids[0], limit=5, cursor=cursor(first))
            verified = rig.runtime.services.browser_binding.is_proof(session_id, proof)
            standing = await command(rig.folder, environ, "status")
            await command(rig.folder, environ, "retire", old)
            await asyncio.sleep(2)
        seconds = time.monotonic() - load.began
    checked = await check(rig, keyring, ids)
    records = {key["id"]: key["records"] for key in standing["keys"]}
    share = 100.0 * records[done["active"]] / max(1, sum(records.values()))
    requests = sum(load.answered.values())
    broken = (
        not verified, after.code != 0, old in kept_ids(keyring), share != 100.0, records[old],
        len(done["unreadable"]), done["active"] == old,
    )  # fmt: skip
    return {
        "accounts": len(ids),
        "requests": requests,
        "per_second": round(requests / seconds),
        **load.answered,
        "failed_requests": len(load.failed),
        "failures": load.failed[:5],
        "records": sum(records.values()),
        "rewrapped": done["rewrapped"],
        "rewrapped_percent": share,
        "rotate_seconds": done["seconds"],
        **checked,
        "faults": len(load.failed) + sum(map(int, broken)) + checked["unreadable"]
        + checked["by_another_key"] + checked["copies_opened"],
    }  # fmt: skip


def cursor(answer: Answer) -> str:
    return str(answer.data["pagination"]["nextCursor"])


async def populate(rig: Rig, account_id: str, size: int) -> list[str]:
    """Accounts like the connected one, each with a sealed credential of its own."""
    (account,) = await rig.rows("accounts", id=account_id)
    (credential,) = await rig.rows("credentials", account_id=account_id)
    vault = rig.runtime.services.context.vault
    tokens = Tokens.from_json(vault.open(credential["sealed"], credential_row(account_id)))
    due = dataclasses.replace(tokens, expires_at=rig.clock() - 60)
    ids = [f"{account_id}{number}" for number in range(1, size)]
    for start in range(0, len(ids), TOGETHER):
        made = ids[start : start + TOGETHER]
        people = [{**account, "id": one, "identity": one, "uid": one} for one in made]
        secrets = [(due if number % 2 else tokens).to_json() for number in range(len(made))]
        held = [
            {**credential, "account_id": one, "sealed": vault.seal(secret, credential_row(one))}
            for one, secret in zip(made, secrets, strict=True)
        ]
        await rig.runtime.db.write(lambda c, p=people: c.execute(insert(accounts), p) and None)
        await rig.runtime.db.write(lambda c, h=held: c.execute(insert(credentials), h) and None)
    return [account_id, *ids]


async def command(folder: Path, environ: dict[str, str], *words: str) -> Any:
    """What `openchannels vault ...` prints, in a process of its own."""
    kept = {name: v for name, v in os.environ.items() if not name.startswith("OPENCHANNELS_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "openchannels", "vault", *words),
        *("--json", "--data-dir", str(folder)),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env={**kept, **environ},
    )  # fmt: skip
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return json.loads(output)


async def check(rig: Rig, keyring: Path, ids: list[str]) -> dict[str, int]:
    """Open everything by the file as it is now, as a new process would."""
    ring = load_keyring(keyring)
    assert ring is not None
    vault, found = Vault(ring), Counter(readable=0, unreadable=0, by_another_key=0)
    for place in PLACES:
        last = None
        while batch := await rig.runtime.db.read(sealed_columns.next_values, place, last, TOGETHER):
            for key, value in batch:
                found["by_another_key"] += wrapped_by(value) != ring.active
                found["readable" if opens(vault, value, place.row(*key)) else "unreadable"] += 1
            last = batch[-1][0]
    return {**found, "copies_opened": await copies_opened(rig, vault, ids)}


async def copies_opened(rig: Rig, vault: Vault, ids: list[str]) -> int:
    """Copy one account's row onto others; how many of those open."""
    (source,) = await rig.rows("credentials", account_id=ids[0])
    others = ids[1:51]
    statement = update(credentials).where(credentials.c.account_id.in_(others))
    copied = statement.values(sealed=source["sealed"])
    await rig.runtime.db.write(lambda c: c.execute(copied).rowcount)
    rows = [(await rig.rows("credentials", account_id=one))[0] for one in others]
    return sum(opens(vault, row["sealed"], credential_row(row["account_id"])) for row in rows)


def kept_ids(keyring: Path) -> list[str]:
    """The keys that are still in the file."""
    ring = load_keyring(keyring)
    assert ring is not None
    return ring.ids


def opens(vault: Vault, value: bytes, row: str) -> bool:
    try:
        vault.open(value, row)
    except VaultError:
        return False
    return True


if __name__ == "__main__":
    program(__doc__, run, 100_000)
