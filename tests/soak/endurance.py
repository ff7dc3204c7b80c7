"""Two hours at half of the peak, with all background work, judged by the service's own metrics.

The peak is measured first: a minute in which clients ask as fast as they are answered. Then half of
it is sent at a steady rate, while access tokens of ten minutes are refreshed all the time and every
event goes to a webhook. Memory, open files, connections and the 99th percentile of the durations
are those of `/metrics`, read every ten seconds. Beside them stands what the machine had to spare,
for other programs on it lengthen answers too. Needs Linux.
"""

import asyncio
import contextlib
import itertools
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from sqlalchemy import select

from openchannels.app.bootstrap import open_runtime
from openchannels.service.admin.figures import FRESH_SECONDS
from openchannels.settings import load_settings
from openchannels.store.database import Connection
from openchannels.store.tables import events
from tests.harness.paths import API
from tests.harness.processes import Child, client
from tests.harness.receiver import Receiver
from tests.harness.settings import COMMON, store_environ
from tests.soak import scrapes
from tests.soak.mix import Mix
from tests.soak.program import Figures, program
from tests.soak.scrapes import Part, Scrape
from tests.soak.short_tokens import PLATFORMS

MINUTES = 120.0
PEAK_SECONDS = 60.0
CONNECTING = 16
PEAK_CLIENTS = 16
EVERY = 10.0
FEWEST = 60
"""Readings, however short a run is."""
TOLD_EVERY = 6
"""Scrapes between two lines on standard error."""
DELIVERY_SECONDS = 600.0
"""How long what is still undelivered is waited for at the end."""
GOOD = ("0", "200", "204", "302", "303", "304")
"""Codes of answers, and the statuses of pages, that are no errors."""


@dataclass
class Watch:
    """Reads the metrics of a service, and what its webhook got."""

    url: str
    http: aiohttp.ClientSession
    process: psutil.Process
    receiver: Receiver
    scrapes: list[Scrape] = field(default_factory=list)
    arrived: set[str] = field(default_factory=set)
    missed: int = 0
    """Readings that failed."""

    async def look(self) -> Scrape:
        """Read once."""
        async with self.http.get(f"{self.url}/metrics") as answer:
            page = await answer.text()
        found = scrapes.read(page, time.monotonic(), self.process)
        self.arrived.update(message.id for message in self.receiver.take())
        return found

    async def go_on(self, every: float) -> None:
        """Read every few seconds until cancelled."""
        began = time.monotonic()
        for number in itertools.count(1):
            try:
                self.scrapes.append(await self.look())
            except (aiohttp.ClientError, TimeoutError):
                self.missed += 1
            if number % TOLD_EVERY == 0:
                self._tell()
            await asyncio.sleep(began + number * every - time.monotonic())

    def _tell(self) -> None:
        now, part = self.scrapes[-1], Part(self.scrapes[-TOLD_EVERY:])
        words = {
            "minutes": round((now.at - self.scrapes[0].at) / 60, 1),
            "memory_mb": part.megabytes("memory", -1),
            "private_mb": part.megabytes("private", -1),
            "files": now.files,
            "connections": now.connections,
            "p99_ms": round(part.p99_ms(), 1),
            "cpu_ms": round(part.cpu_ms, 3),
            "spare_percent": round(part.spare_percent, 1),
            "backlog": now.backlog,
            "refreshes": now.refreshes,
        }
        _say(json.dumps(words))

    async def until_delivered(self) -> Scrape:
        """Wait until nothing is to be sent any more, though not for ever; returns the last look."""
        deadline = time.monotonic() + DELIVERY_SECONDS
        while True:
            # First, because figures of the store are kept for a while.
            await asyncio.sleep(2 * FRESH_SECONDS)
            found = await self.look()
            if found.backlog == 0 or time.monotonic() > deadline:
                return found


async def run(
    folder: Path,
    database: str | None,
    size: int,
    minutes: float = MINUTES,
    peak_seconds: float = PEAK_SECONDS,
) -> Figures:
    """Connect `size` accounts, measure the peak, and live at half of it for so long."""
    data = folder / "service"
    data.mkdir(0o700, parents=True)
    receiver = Receiver()
    receiver.start()
    try:
        async with _sandbox(folder / "sandbox") as sandbox, client() as http:
            environ = _environ(database, sandbox)
            key = await _key(data, environ)
            service = _service(data, environ)
            url = json.loads((await service.up()).said)["url"]
            process = psutil.Process(service.process.pid)
            watch, mix = Watch(url, http, process, receiver), Mix(url, key, http)
            try:
                figures = await _live(watch, mix, size, minutes, peak_seconds)
                code = await asyncio.to_thread(service.end, signal.SIGTERM)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    service.process.terminate()
            watch.arrived.update(message.id for message in receiver.take())
            written = await _written(data, environ)
    finally:
        receiver.stop()
    return _with_the_end(figures, written, watch.arrived, service.errors(), code)


async def _live(
    watch: Watch, mix: Mix, size: int, minutes: float, peak_seconds: float
) -> dict[str, Any]:
    await _subscribe(mix, watch.receiver.url)
    await mix.fill(PLATFORMS, size, CONNECTING)
    _say(f"{size} accounts connected")
    before = await watch.look()
    peak = await mix.closed(PEAK_CLIENTS, peak_seconds)
    peak_part = Part([before, await watch.look()])
    _say(f"peak {peak:.0f} requests a second, spare {peak_part.spare_percent:.0f} %")
    looking = asyncio.create_task(watch.go_on(min(EVERY, minutes * 60 / FEWEST)))
    try:
        await mix.open(scrapes.CLIENTS, peak / 2, minutes * 60)
    finally:
        looking.cancel()
        await asyncio.wait([looking])
    end = await watch.until_delivered()
    return _figures(watch, mix, end) | {
        "peak_per_second": round(peak),
        "peak_p99_ms": round(peak_part.p99_ms(), 1),
    }


def _figures(watch: Watch, mix: Mix, end: Scrape) -> dict[str, Any]:
    found = watch.scrapes
    whole, first, last = scrapes.judged(found)
    leaks = {name: scrapes.leaked(first, last, name) for name in ("files", "connections")}
    refused = Counter({code: n for code, n in end.answers.items() if code not in GOOD})
    not_refreshed = end.refreshes.total() - end.refreshes["success"]
    errors = max(refused.total(), mix.failures) + not_refreshed + end.batches["fault"]
    return {
        "accounts": sum(map(len, mix.accounts.values())),
        "requests": (found[-1].answers - found[0].answers).total(),
        "late": mix.late,
        "memory_mb_per_hour": round(scrapes.slope(whole, "memory"), 2),
        "memory_mb": _both(whole.megabytes("memory", 0), whole.megabytes("memory", -1)),
        "private_mb_per_hour": round(scrapes.slope(whole, "private"), 2),
        "private_mb": _both(whole.megabytes("private", 0), whole.megabytes("private", -1)),
        "open_files": _both(first.least("files"), last.least("files")),
        "open_connections": _both(first.least("connections"), last.least("connections")),
        "leaks": sum(leaks.values()),
        "p99_ms": _both(round(first.p99_ms(), 1), round(last.p99_ms(), 1)),
        "p99_drift_percent": round(100 * (last.p99_ms() / first.p99_ms() - 1), 1),
        "p99_ms_of_all": {
            name: _both(round(first.p99_ms(name), 2), round(last.p99_ms(name), 2))
            for name in whole.operations()
        },
        "cpu_ms_an_answer": _both(round(first.cpu_ms, 3), round(last.cpu_ms, 3)),
        "spare_percent": _both(round(first.spare_percent, 1), round(last.spare_percent, 1)),
        "refreshes": end.refreshes,
        "webhook_attempts": end.attempts,
        "most_waiting": round(max(one.backlog for one in found)),
        "missed_scrapes": watch.missed,
        "errors": errors,
        "refused": refused,
        "first_errors": mix.failed,
        "faults": errors + sum(leaks.values()),
    }


def _both(first: float, last: float) -> str:
    """A figure of the first quarter and of the last."""
    return f"{first:,} to {last:,}"


def _with_the_end(
    figures: dict[str, Any], written: set[str], arrived: set[str], logged: str, code: int
) -> Figures:
    """The figures, with what is known once the service has ended."""
    lost = len(written - arrived)
    said: Counter[str] = Counter()
    for line in logged.splitlines():
        said[json.loads(line)["event"] if line.startswith("{") else line[:80]] += 1
    return {
        **figures,
        "events": len(written),
        "events_lost": lost,
        "warnings": said.total(),
        "warned_of": dict(said.most_common(10)),
        "faults": figures["faults"] + lost + (code != 0),
    }


def _environ(database: str | None, sandbox: str) -> dict[str, str]:
    return {
        **COMMON,
        **store_environ(database),
        "OPENCHANNELS_SANDBOX__URL": sandbox,
        "OPENCHANNELS_SERVER__LOG_LEVEL": "warning",
        "OPENCHANNELS_SERVER__LOG_FORMAT": "json",
    }


@contextlib.asynccontextmanager
async def _sandbox(folder: Path) -> AsyncIterator[str]:
    folder.mkdir()  # noqa: ASYNC240
    log = folder / "stderr.log"
    child = await Child("tests.soak.short_tokens", folder, log=log).up()
    try:
        yield child.said
    finally:
        await asyncio.to_thread(child.end)


def _service(folder: Path, environ: dict[str, str]) -> Child:
    words = ("openchannels", "serve", "--port", "0", "--json", "--data-dir", folder)
    return Child(*words, log=folder.parent / "stderr.log", environ=environ)


async def _key(folder: Path, environ: dict[str, str]) -> str:
    settings = load_settings(data_dir=folder, environ=environ)
    runtime = await open_runtime(settings, public_url="http://unused")
    key = await runtime.services.api_keys.create("soak")
    await runtime.close()
    return key.key


async def _subscribe(mix: Mix, address: str) -> None:
    headers = {"X-Api-Key": mix.key}
    place = f"{mix.url}{API}/webhooks"
    async with mix.http.post(place, json={"url": address}, headers=headers) as answer:
        assert (await answer.json())["code"] == 0


async def _written(folder: Path, environ: dict[str, str]) -> set[str]:
    """Ids of all events of the store."""

    def ids(connection: Connection) -> set[str]:
        return set(connection.execute(select(events.c.id)).scalars())

    settings = load_settings(data_dir=folder, environ=environ)
    runtime = await open_runtime(settings, public_url="http://unused")
    try:
        return await runtime.db.read(ids)
    finally:
        await runtime.close()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    program(__doc__, run, 10_000)
