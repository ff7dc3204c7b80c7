"""T18 over four processes: what one of them learns of a spent limit, all of them keep to.

Accounts of one app ask of all processes in turn while the platform's limit is spent, and one key
starts authorizations at all of them. `size` is the number of accounts. All clocks are real.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle
from pathlib import Path
from typing import Any

from openchannels.metrics import declared as metric
from openchannels.store.vault.keyring import create_keyring
from tests.harness.processes import Process
from tests.harness.rig import Rig, open_rig
from tests.harness.settings import COMMON, store_environ
from tests.harness.waiting import until
from tests.metrics.scraped import Scraped
from tests.soak.program import Figures, program
from tests.soak.ratelimit import OTHERS, PLACE, PLATFORM, like

PROCESSES = 4
WINDOW = 120
"""Seconds for which the platform's limit is spent."""
PER_MINUTE = 120
"""Authorizations that a key may start."""
AT_ONCE = 16
WORKS = "/api/v2/channels/works/"
START = "/api/v2/channels/accounts/auth/youtube"


@dataclass
class Run:
    """Four processes over one store, and what they answered."""

    rig: Rig
    urls: Sequence[str]
    key: str
    wrong: Counter[str] = field(default_factory=Counter)
    others: int = 0

    async def get(self, url: str) -> Any:
        async with self.rig.http.get(url, headers={"X-Api-Key": self.key}) as answer:
            return await answer.json()

    async def works(self, url: str, platform: str, account: str) -> Any:
        return await self.get(f"{url}{WORKS}{platform}?accountId={account}")

    async def all_ask(self, accounts: Sequence[str]) -> list[Any]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(account: str, url: str) -> Any:
            async with gate:
                return await self.works(url, PLATFORM, account)

        return await asyncio.gather(*map(one, accounts, cycle(self.urls)))

    def check_refusals(self, answers: Sequence[Any], ends: float) -> None:
        for answer in answers:
            data = answer.get("data") or {}
            told = (answer["code"], data.get("category"))
            self.wrong[f"refused as {told}"] += told != (15071, "rate_limit")
            reset = datetime.fromisoformat(data.get("resetAt", "1970-01-01T00:00Z")).timestamp()
            self.wrong[f"reset {reset - ends:.0f} s off"] += abs(reset - ends) > 5

    async def spent(self, url: str) -> bool:
        async with self.rig.http.get(f"{url}/metrics") as page:
            return Scraped(await page.text()).value(metric.SPENT_LIMITS, platform=PLATFORM) == 1

    async def others_flow(self, accounts: dict[str, str]) -> None:
        """Accounts of other platforms go on at all processes."""
        for url in cycle(self.urls):
            for platform, account in accounts.items():
                answer = await self.works(url, platform, account)
                self.wrong[f"{platform}: {answer['code']}"] += answer["code"] != 0
                self.others += 1
            await asyncio.sleep(0.05)

    async def starts(self) -> tuple[int, float]:
        """How many starts were allowed when all processes were asked for all, and the seconds."""
        gate, began = asyncio.Semaphore(AT_ONCE), time.monotonic()

        async def one(url: str) -> bool:
            async with gate:
                return int((await self.get(url + START))["code"]) == 0

        asked = [url for url in self.urls for _ in range(PER_MINUTE)]
        allowed = sum(await asyncio.gather(*map(one, asked[::2] + asked[1::2])))
        return allowed, time.monotonic() - began


async def soak(run: Run, accounts: list[str], others: dict[str, str]) -> Figures:
    rig = run.rig
    await rig.fault(PLACE, "rate_limit", headers={"Retry-After": str(WINDOW)})
    first = await run.works(run.urls[0], PLATFORM, accounts[0])
    began = time.monotonic()
    ends = time.time() + WINDOW
    run.check_refusals([first], ends)
    await asyncio.gather(*(until(lambda at=url: run.spent(at)) for url in run.urls))
    learnt = time.monotonic() - began
    before = await rig.count(PLACE)
    flowing = asyncio.create_task(run.others_flow(others))
    refused = await run.all_ask(accounts)
    run.check_refusals(refused, ends)
    in_time = time.time() < ends
    calls = await rig.count(PLACE) - before
    flowing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await flowing
    await rig.heal()
    allowed, seconds = await run.starts()
    fair = PER_MINUTE * (1 + seconds / 60)
    await asyncio.sleep(max(0.0, ends + 2 - time.time()))
    served = Counter(answer["code"] for answer in await run.all_ask(accounts))
    wrong = {what: count for what, count in run.wrong.items() if count}
    return {
        "processes": PROCESSES,
        "accounts": len(accounts),
        "seconds_until_all_knew": round(learnt, 2),
        "refused": len(refused),
        "calls_while_empty": calls,
        "others_calls": run.others,
        "served_after": served[0],
        "starts_allowed": allowed,
        "starts_by_the_limit": round(fair),
        "starts_asked": PROCESSES * PER_MINUTE,
        "wrong": wrong,
        "faults": calls + sum(wrong.values()) + len(accounts) - served[0]
        + (not in_time) + (allowed > 2 * fair) + (run.others == 0),
    }  # fmt: skip


async def run(folder: Path, database: str | None, size: int) -> Figures:
    """Start the processes and let `size` accounts ask."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240
    keyring = folder / "keyring.json"
    if database is not None:
        create_keyring(keyring)
    async with contextlib.AsyncExitStack() as stack:
        rig = await stack.enter_async_context(open_rig(folder, database=database, keyring=keyring))
        tool = await rig.tool()
        others = {platform: await tool.connected(platform) for platform in OTHERS}
        accounts = await like(rig, await tool.connected(PLATFORM), size)
        environ = {
            **COMMON,
            **store_environ(database, keyring),
            "OPENCHANNELS_SERVER__PORT": "0",
            "OPENCHANNELS_SERVER__LOG_LEVEL": "error",
            "OPENCHANNELS_SANDBOX__URL": rig.sandbox_url,
            "OPENCHANNELS_LIMITS__START_PER_MINUTE": str(PER_MINUTE),
            "OPENCHANNELS_JOBS__EMBEDDED": "false",
        }
        services = [Process(folder, environ=environ) for _ in range(PROCESSES)]
        for service in services:
            await stack.enter_async_context(service)
        urls = [service.url for service in services]
        return await soak(Run(rig, urls, tool.key.key), accounts, others)


if __name__ == "__main__":
    program(__doc__, run, 500)
