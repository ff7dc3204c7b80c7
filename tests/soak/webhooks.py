"""A receiver that is down for a day, then takes all that happened meanwhile, while we are killed.

The first four days pass on a simulated clock: events that are given up after three days, then a
day in which events pile up. Then real processes deliver, and kill -9 ends them again and again.
Nothing is lost, ids and bytes never change, signatures hold, and `sequence` gives the order.
"""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from openchannels.app.bootstrap import open_runtime
from openchannels.app.runtime import Runtime
from openchannels.core.events import EventType
from openchannels.settings import load_settings
from openchannels.store.queries import events
from openchannels.store.tables import metadata
from tests.harness.listening import free_port
from tests.harness.paths import API
from tests.harness.processes import Process, client
from tests.harness.settings import UNLIMITED, store_environ
from tests.soak.program import Figures, program
from tests.soak.receiver import Receiver

DAY = 86_400.0
DEAD = 20
ACCOUNTS = 50
LOOKS = 600.0
"""Simulated seconds between two looks; none of the last pause is left when processes start."""
KILLS_AT = (0.1, 0.3, 0.5, 0.7, 0.9)
PATIENCE = 600.0
KINDS = (EventType.OFFLINE, EventType.RECOVERED)
USER = "soak"
DYING = "soak-dying"


class Clock:
    """Simulated time, which only moves when told to."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Outage:
    """One run."""

    def __init__(self, folder: Path, database: str | None, kills: Sequence[float]) -> None:
        self.folder = folder
        self.kills = kills
        self.environ = {
            **store_environ(database),
            **UNLIMITED,
            "OPENCHANNELS_SERVER__PORT": str(free_port()),
            "OPENCHANNELS_SERVER__LOG_LEVEL": "error",
            "OPENCHANNELS_JOBS__DEAD_SECONDS": "2",
            "OPENCHANNELS_WEBHOOKS__ALLOWED_NETWORKS": "127.0.0.0/8",
        }
        self.receiver = Receiver()
        self.keys: dict[str, str] = {}
        self.hooks: dict[str, str] = {}
        self.written: list[str] = []
        self.dying: list[str] = []
        self.figures: dict[str, int] = {}

    async def run(self, size: int) -> Figures:
        self.folder.mkdir(parents=True, exist_ok=True)
        await self._days_of_silence(size)
        self.receiver.start()
        try:
            async with client() as self.http:
                await self._deliver_under_fire()
        finally:
            self.receiver.stop()
        return self._count()

    # What happens while nobody listens

    async def _days_of_silence(self, size: int) -> None:
        settings = load_settings(data_dir=self.folder, environ=self.environ)
        clock = Clock(time.time() - 4 * DAY - LOOKS)
        runtime = await open_runtime(settings, public_url="http://unused", clock=clock)
        try:
            await self._register(runtime)
            self.dying = await self._write(runtime, DYING, range(DEAD), clock())
            await self._pass(runtime, clock, 3 * DAY + LOOKS)
            self.figures["given_up"] = await self._stand(runtime, DYING, "dead")
            self.figures["attempts_of_the_first"] = await self._most_attempts(runtime)
            began = clock()
            parts = 24
            for part in range(parts):
                numbers = range(size * part // parts, size * (part + 1) // parts)
                self.written += await self._write(runtime, USER, numbers, clock())
                await self._pass(runtime, clock, (DAY - 2 * LOOKS) / parts)
            self.figures["hours_down"] = round((clock() + 2 * LOOKS - began) / 3600)
            self.figures["attempts_while_down"] = await self._attempts(runtime, began)
        finally:
            await runtime.close()

    async def _register(self, runtime: Runtime) -> None:
        services = runtime.services
        for user in (USER, DYING):
            self.keys[user] = (await services.api_keys.create(user)).key
            made = await services.webhooks.create(user, "operator", self.receiver.url)
            self.hooks[user] = made.webhook.id
            if user == USER:
                self.receiver.secret = made.secret

    async def _write(self, runtime: Runtime, user: str, numbers: range, now: float) -> list[str]:
        def write(connection: Any) -> list[str]:
            return [
                events.record_event(
                    connection,
                    now,
                    user,
                    KINDS[number // ACCOUNTS % 2],
                    (f"youtube_{number % ACCOUNTS}", "youtube"),
                    number=number,
                )
                for number in numbers
            ]

        return await runtime.db.write(write)

    async def _pass(self, runtime: Runtime, clock: Clock, seconds: float) -> None:
        """Let simulated time pass, with the looks that the background work would take."""
        end, task = clock.now + seconds, runtime.services.deliveries
        while clock.now < end:
            for ids in await task.claim(16):
                await task.run(ids)
            clock.now = min(clock.now + LOOKS, end)

    async def _stand(self, runtime: Runtime, user: str, status: str) -> int:
        return len(await self._rows(runtime, "deliveries", webhook_id=self.hooks[user],
                                    status=status))  # fmt: skip

    async def _most_attempts(self, runtime: Runtime) -> int:
        rows = await self._rows(runtime, "deliveries", webhook_id=self.hooks[DYING])
        return max(row["attempts"] for row in rows)

    async def _attempts(self, runtime: Runtime, since: float) -> int:
        rows = await self._rows(runtime, "delivery_attempts")
        return sum(row["at"] >= since for row in rows)

    async def _rows(self, runtime: Runtime, table: str, **where: Any) -> list[Any]:
        query = select(metadata.tables[table]).filter_by(**where)
        found = await runtime.db.read(lambda c: c.execute(query).all())
        return [row._mapping for row in found]

    # What happens once it listens again

    async def _deliver_under_fire(self) -> None:
        service = Process(self.folder, environ=self.environ)
        wanted = set(self.written)
        try:
            await service.start()
            for share in self.kills:
                await self._until(lambda s=share: self._arrived(wanted) >= s * len(wanted))
                await asyncio.sleep(random.uniform(0, 0.2))
                await service.end()
                await service.start()
            await self._until(lambda: self._arrived(wanted) == len(wanted))
            self.figures["arrived"] = self._arrived(wanted)
            await self._until_settled(service)
            self.figures["out_of_order"] = self.receiver.out_of_order()
            await self._replay(service)
        finally:
            await service.end()

    def _arrived(self, wanted: set[str]) -> int:
        return len(wanted & self.receiver.arrivals.keys())

    async def _until(self, done: Any) -> None:
        """Wait as long as anything happens at all."""
        seen, deadline = -1, time.monotonic() + PATIENCE
        while not done() and time.monotonic() < deadline:
            if (now := len(self.receiver.order)) != seen:
                seen, deadline = now, time.monotonic() + PATIENCE
            await asyncio.sleep(0.05)

    async def _until_settled(self, service: Process) -> None:
        """Wait until what was refused has come again."""
        self.receiver.steady = True
        deadline = time.monotonic() + PATIENCE
        path = f"{API}/webhooks/{self.hooks[USER]}/deliveries?status=pending&limit=1"
        while time.monotonic() < deadline:
            page = await self._api(service, "GET", path)
            if not page["list"] and "nextCursor" not in page:
                return
            path = path.partition("&cursor")[0]
            if not page["list"]:
                path += f"&cursor={page['nextCursor']}"
            else:
                await asyncio.sleep(0.2)

    async def _replay(self, service: Process) -> None:
        """By id, then all by range, then the dead of the other webhook."""
        some = random.sample(self.written, min(100, len(self.written)))
        self.figures["replayed_by_id"] = await self._again(service, some, {"eventIds": some})
        since = datetime.fromtimestamp(time.time() - 2 * DAY, UTC).isoformat()
        until = datetime.now(UTC).isoformat()
        span = {"since": since, "until": until}
        self.figures["replayed_by_range"] = await self._again(service, self.written, span)
        self.receiver.secret = await self._secret_of_the_dying(service)
        body = {"afterSequence": 0, "onlyDead": True}
        self.figures["dead_replayed"] = await self._again(service, self.dying, body, DYING)

    async def _again(
        self, service: Process, ids: Sequence[str], body: Mapping[str, Any], user: str = USER
    ) -> int:
        """Ask for events again; how many of those that should came once more."""
        before = {one: self.receiver.arrivals[one] for one in ids}
        more, asked = dict(body), {"complete": False}
        while not asked["complete"]:
            path = f"{API}/webhooks/{self.hooks[user]}/redeliver"
            asked = await self._api(service, "POST", path, more, user)
            more["afterSequence"] = asked.get("lastSequence", 0)

        def arrived() -> int:
            return sum(self.receiver.arrivals[one] > count for one, count in before.items())

        await self._until(lambda: arrived() == len(before))
        return arrived()

    async def _secret_of_the_dying(self, service: Process) -> str:
        path = f"{API}/webhooks/{self.hooks[DYING]}/rotate"
        made = await self._api(service, "POST", path, {"overlapHours": 0}, DYING)
        return str(made["secret"])

    async def _api(
        self, service: Process, method: str, path: str, body: Any = None, user: str = USER
    ) -> Any:
        headers = {"X-Api-Key": self.keys[user]}
        async with self.http.request(
            method, service.url + path, json=body, headers=headers
        ) as answer:
            envelope = await answer.json()
            assert envelope["code"] == 0, envelope
            return envelope["data"]

    def _count(self) -> Figures:
        receiver, figures = self.receiver, self.figures
        wanted = {"arrived": len(self.written), "replayed_by_range": len(self.written),
                  "replayed_by_id": min(100, len(self.written)), "given_up": DEAD,
                  "dead_replayed": DEAD}  # fmt: skip
        missing = sum(count - figures.get(name, 0) for name, count in wanted.items())
        strangers = len(receiver.bodies.keys() - {*self.written, *self.dying})
        wrong = receiver.unsigned + receiver.changed + receiver.misplaced() + strangers
        return {
            "events": len(self.written),
            "kills": len(self.kills),
            **figures,
            "lost": len(set(self.written) - receiver.bodies.keys()),
            "arrivals": sum(receiver.arrivals.values()),
            "bad_signatures": receiver.unsigned,
            "changed_bodies": receiver.changed,
            "wrong_order_keys": receiver.misplaced(),
            "faults": missing + wrong,
        }


async def run(
    folder: Path, database: str | None, size: int, kills: Sequence[float] = KILLS_AT
) -> Figures:
    return await Outage(folder, database, kills).run(size)


if __name__ == "__main__":
    program(__doc__, run, 10_000)
