"""A platform whose limit one app has used up, with and without a header that tells until when.

Thousands of accounts of the app ask at once. While the bucket is empty no call is made, every
caller learns why and until when, and accounts of other platforms go on. `size` is the number of
accounts of the app.
"""

import asyncio
import dataclasses
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from openchannels.core.credentials import Tokens
from openchannels.service.sealing import credential_row
from openchannels.store.tables import accounts, credentials
from tests.harness.rig import Rig
from tests.harness.tool import Answer, Tool
from tests.soak.program import Figures, over_rig, program

PLATFORM = "tiktok"
PLACE = ("open.tiktokapis.com", "/v2/video/list/")
WINDOW = 60.0
"""Seconds for which the app's bucket stays empty where the platform does not tell."""
OTHERS = ("youtube", "pinterest", "bilibili")
AT_ONCE = 256
PAUSE = 0.01


@dataclass
class Limited:
    """A run: the accounts of the app, those of others, and what went wrong."""

    rig: Rig
    tool: Tool
    ids: list[str]
    others: dict[str, str]
    found: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def expect(self, good: bool, what: str) -> None:
        if not good:
            self.wrong.append(what)

    async def all_ask(self) -> list[Answer]:
        """Every account of the app asks for its works, while the others keep asking too."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(account: str) -> Answer:
            async with gate:
                return await self.tool.works(PLATFORM, account, limit=5)

        async with asyncio.TaskGroup() as group:
            going = [group.create_task(self._others_flow(*other)) for other in self.others.items()]
            answers = await asyncio.gather(*map(one, self.ids))
            for task in going:
                task.cancel()
        return answers

    async def _others_flow(self, platform: str, account: str) -> None:
        while True:
            answer = await self.tool.works(platform, account)
            self.found["others_calls"] += 1
            self.expect(answer.code == 0, f"{platform}: {answer.code}")
            await asyncio.sleep(PAUSE)

    async def client(self) -> int:
        return await self.rig.count(PLACE)

    def check_refusals(self, answers: Sequence[Answer], until: float) -> None:
        """Each says why and until when; `until` in Unix seconds by the service's clock."""
        for answer in answers:
            data = answer.data
            told = (answer.code, data.get("category"), data.get("retryable"))
            self.expect(told == (15071, "rate_limit", True), f"refused as {told}")
            self.expect(data.get("retryAfter", 0) >= 1, "no retryAfter")
            reset = datetime.fromisoformat(data.get("resetAt", "1970-01-01")).timestamp()
            self.expect(abs(reset - until) < 5, f"reset {reset - until:.0f} s off")
        self.found["refused"] += len(answers)

    async def empty(self, wait: float, **headers: str) -> None:
        """Use the bucket up by one call, then let everybody ask until it is full again."""
        await self.rig.fault(PLACE, "rate_limit", headers=headers)
        first = await self.tool.works(PLATFORM, self.ids[0], limit=5)
        until = self.rig.clock() + wait
        self.check_refusals([first], until)
        before = await self.client()
        self.check_refusals(await self.all_ask(), until)
        self.rig.clock.advance(until - self.rig.clock() - 5)
        self.check_refusals(await self.all_ask(), until)
        self.found["calls_while_empty"] += await self.client() - before
        await self.rig.heal()
        self.rig.clock.advance(6)
        await self.flow_again()

    async def flow_again(self) -> None:
        codes = Counter(answer.code for answer in await self.all_ask())
        self.expect(set(codes) == {0}, f"after the reset: {dict(codes)}")
        self.found["served_after"] += codes[0]

    async def storm(self) -> None:
        """All ask at once of a bucket that is empty but not known to be: few calls find out."""
        places = self.rig.runtime.settings.upstream.in_flight
        await self.rig.fault(PLACE, "rate_limit")
        before = await self.client()
        answers = await self.all_ask()
        self.check_refusals(answers, self.rig.clock() + WINDOW)
        self.found["calls_to_find_out"] = await self.client() - before
        self.expect(self.found["calls_to_find_out"] <= places, "more calls than places")
        await self.rig.heal()
        self.rig.clock.advance(WINDOW + 1)
        await self.flow_again()


async def soak(rig: Rig, size: int) -> Figures:
    rig.clock.hold()
    tool = await rig.tool()
    others = {platform: await tool.connected(platform) for platform in OTHERS}
    ids = await like(rig, await tool.connected(PLATFORM), size)
    run = Limited(rig, tool, ids, others)
    steps: dict[str, Callable[[], Awaitable[None]]] = {
        "without_header": lambda: run.empty(WINDOW),
        "with_header": lambda: run.empty(90.0, **{"Retry-After": "90"}),
        "storm": run.storm,
    }
    for step in steps.values():
        await step()
    run.expect(run.found["others_calls"] > 0, "others were not asked")
    run.expect(run.found["calls_while_empty"] == 0, "calls while the bucket was empty")
    return {
        "accounts": len(ids),
        "calls_while_empty": run.found["calls_while_empty"],
        **run.found,
        "wrong": dict(Counter(run.wrong).most_common(5)),
        "faults": len(run.wrong),
    }


async def like(rig: Rig, account_id: str, size: int) -> list[str]:
    """Accounts like the connected one, each with a credential of its own that lasts."""
    (account,) = await rig.rows("accounts", id=account_id)
    (credential,) = await rig.rows("credentials", account_id=account_id)
    vault = rig.runtime.services.context.vault
    secret = vault.open(credential["sealed"], credential_row(account_id))
    tokens = dataclasses.replace(Tokens.from_json(secret), expires_at=None).to_json()
    ids = [f"{account_id}{number}" for number in range(1, size)]
    people: list[dict[str, Any]] = [{**account, "id": i, "identity": i, "uid": i} for i in ids]
    held = [
        {**credential, "account_id": i, "sealed": vault.seal(tokens, credential_row(i))}
        for i in ids
    ]
    await rig.runtime.db.write(lambda c: c.execute(insert(accounts), people) and None)
    await rig.runtime.db.write(lambda c: c.execute(insert(credentials), held) and None)
    return [account_id, *ids]


if __name__ == "__main__":
    program(__doc__, over_rig(soak), 1000)
