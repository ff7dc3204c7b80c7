"""A herd on due tokens: workers of several processes all ask for the same accounts at once.

The platform replaces the refresh token with every refresh and ends the grant of whoever shows a
used one. Each token is refreshed exactly once, and everybody gets the fresh one.

`python -m tests.soak.herd --process FOLDER SIZE` is one of the processes.
"""

import asyncio
import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from openchannels.app import logging
from openchannels.app.bootstrap import open_runtime
from openchannels.core.accounts import Account
from openchannels.core.clock import system_clock
from openchannels.core.exceptions import Unavailable
from openchannels.service.credentials.opened import OpenCredential
from openchannels.service.services import Services
from openchannels.settings import load_settings
from openchannels.store.queries import accounts
from tests.harness.settings import store_environ
from tests.soak.family import CONNECTOR, Family, connect
from tests.soak.program import Figures, program

PROCESSES = 4
WORKERS = 64
ASKING = 8
"""Workers of one process that ask for the same account; each account is asked for by 32."""
ANSWER_SECONDS = 0.05
"""What the platform takes, so that there is something to wait for."""
DUE_SECONDS = 7300.0
START_SECONDS = 120


async def run(folder: Path, database: str | None, size: int, processes: int = PROCESSES) -> Figures:
    """Connect accounts, let their tokens end, and set the processes on them."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240
    family = Family()
    async with family.listening(ANSWER_SECONDS) as url:
        environ = {**store_environ(database), "OPENCHANNELS_SANDBOX__URL": url}
        environ |= {"OPENCHANNELS_SERVER__LOG_LEVEL": "error"}
        await _fill(folder, environ, family, size)
        herds = [await _start(folder, environ, size) for _ in range(processes)]
        for herd in herds:
            assert herd.stdout is not None
            async with asyncio.timeout(START_SECONDS):
                await herd.stdout.readline()
        answers = await asyncio.gather(*(herd.communicate(b"go\n") for herd in herds))
    found: Counter[str] = Counter()
    for (told, _), herd in zip(answers, herds, strict=True):
        found.update(json.loads(told or '{"crashed": 1}'))
        found["crashed"] += herd.returncode != 0
    wrong = abs(family.refreshed - size) + family.reused + len(family.dead)
    asked = size * processes * ASKING
    wrong += found["crashed"] + abs(found["fresh"] - asked) + (found["offline"] > 0)
    return {
        "processes": processes,
        "workers": processes * WORKERS,
        "asked": asked,
        "answered_fresh": found["fresh"],
        "refresh_calls": family.refreshed,
        "reused": family.reused,
        "broken": len(family.dead) + found["offline"],
        "faults": wrong,
    }


async def _fill(folder: Path, environ: dict[str, str], family: Family, size: int) -> None:
    settings = load_settings(data_dir=folder, environ=environ)
    runtime = await open_runtime(settings, public_url="http://127.0.0.1")
    await connect(runtime.services.context, family, range(size))
    await runtime.close()


async def _start(folder: Path, environ: dict[str, str], size: int) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    kept = {name: v for name, v in os.environ.items() if not name.startswith("OPENCHANNELS_")}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.soak.herd", "--process", str(folder), str(size),
        stdin=pipe, stdout=pipe, env={**kept, **environ},
    )  # fmt: skip


async def process(folder: Path, size: int) -> dict[str, int]:
    """One process: all its workers go through the accounts in one order."""

    def late() -> float:
        return system_clock() + DUE_SECONDS

    runtime = await open_runtime(
        load_settings(data_dir=folder), public_url="http://127.0.0.1", clock=late
    )
    services = runtime.services
    herd = await services.context.db.read(_all, size)
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    found: Counter[str] = Counter()
    mine = [
        [one for number, one in enumerate(herd) if (number + worker) % (WORKERS // ASKING) == 0]
        for worker in range(WORKERS)
    ]
    await asyncio.gather(*(_worker(services, part, found) for part in mine))
    found["offline"] = await services.context.db.read(_offline)
    await runtime.close()
    return found


async def _worker(services: Services, herd: list[Account], found: Counter[str]) -> None:
    for account in herd:
        try:
            live = await _fresh(services, account)
        except Exception as error:
            found[type(error).__name__] += 1
        else:
            found["fresh" if live.version == 2 else "stale"] += 1


async def _fresh(services: Services, account: Account) -> OpenCredential:
    """The live credential, asked for again while the store has no connection to spare."""
    while True:
        try:
            return await services.credentials.open_fresh(account, CONNECTOR)
        except Unavailable as busy:
            await asyncio.sleep(busy.data["retryAfter"])


def _all(connection: Any, size: int) -> list[Account]:
    """Every account, by its number."""
    rows = connection.execute(accounts.accounts.select().limit(size)).all()
    return sorted(map(accounts.account_from_row, rows), key=lambda account: account.uid)


def _offline(connection: Any) -> int:
    table = accounts.accounts
    return len(connection.execute(table.select().where(table.c.status == 0)).all())


if __name__ == "__main__":
    if "--process" in sys.argv:
        logging.configure_logging("error", "console")
        *_, where, count = sys.argv
        print(json.dumps(asyncio.run(process(Path(where), int(count)))), flush=True)
    else:
        program(__doc__, run, 2000)
