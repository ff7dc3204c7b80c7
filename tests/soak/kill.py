"""kill -9 at random moments while callbacks are in flight, then count what is left.

No account is lost whose token answer had been committed, none is there twice, no code is sent
twice, and every session ends: completed, or failed with 15012.
"""

import asyncio
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import select
from yarl import URL

from openchannels.app.bootstrap import open_runtime
from openchannels.service.authorization.lease import read_tokens
from openchannels.service.sealing import session_row
from openchannels.settings import Settings, load_settings
from openchannels.store.database import open_database
from openchannels.store.queries import sessions as store
from openchannels.store.tables import accounts, auth_sessions
from tests.harness.listening import free_port
from tests.harness.paths import API, TOKEN_ENDPOINTS
from tests.harness.processes import Process, client
from tests.harness.settings import UNLIMITED, store_environ
from tests.soak.program import Figures, program

CALLBACKS_PER_KILL = 50
IN_FLIGHT = 32
PLATFORMS = ("youtube", "bilibili")
INTERRUPTED = 15012
SLOW_MS = 80


def batched(things: Iterable[str], size: int) -> Iterator[tuple[str, ...]]:
    source = iter(things)
    while some := tuple(islice(source, size)):
        yield some


class Crash:
    """One run: a service that is killed, people who connect, and what is known of each."""

    def __init__(self, folder: Path, database: str | None, lease: float) -> None:
        self.folder = folder
        self.environ = {
            **store_environ(database),
            **UNLIMITED,
            "OPENCHANNELS_SERVER__PORT": str(free_port()),
            "OPENCHANNELS_SERVER__LOG_LEVEL": "error",
            # However long a run takes, nobody is to come back too late.
            "OPENCHANNELS_SESSIONS__MINUTES": "60",
            "SOAK_LEASE": str(lease),
        }
        self.lease = lease
        self.callbacks: dict[str, tuple[str, str]] = {}
        self.unanswered: set[str] = set()
        self.committed: set[str] = set()
        self.restarts: list[float] = []
        self.key = ""

    def settings(self) -> Settings:
        return load_settings(data_dir=self.folder, environ=self.environ_of_service())

    def environ_of_service(self) -> dict[str, str]:
        return {name: v for name, v in self.environ.items() if name.startswith("OPENCHANNELS_")}

    async def run(self, size: int) -> Figures:
        self.folder.mkdir(parents=True, exist_ok=True)
        async with Process(self.folder, "--sandbox", environ={}) as sandbox, client() as http:
            self.environ["OPENCHANNELS_SANDBOX__URL"] = sandbox.url
            self.http, self.sandbox = http, sandbox.url
            await self._make_key()
            service = Process(self.folder, environ=self.environ)
            try:
                await self._slow_down()
                kills = await self._connect_under_fire(service, size)
                await self._settle(service)
                return await self._count(kills)
            finally:
                await service.end()

    async def _make_key(self) -> None:
        runtime = await open_runtime(self.settings(), public_url="http://unused")
        self.key = (await runtime.services.api_keys.create("soak")).key
        await runtime.close()

    async def _slow_down(self) -> None:
        """Let each call to a platform take a while, so that kills fall between all steps."""
        for host in ("oauth2.googleapis.com", "api.bilibili.com", "www.googleapis.com"):
            rule = {"host": host, "kind": "latency", "latencyMs": SLOW_MS}
            async with self.http.post(f"{self.sandbox}/_faults", json=rule) as answer:
                assert answer.status == 201

    async def _connect_under_fire(self, service: Process, size: int) -> int:
        people = asyncio.Queue[int]()
        for number in range(size):
            people.put_nowait(number)
        await self._start(service)
        workers = [asyncio.create_task(self._people(people, service)) for _ in range(IN_FLIGHT)]
        moments = sorted(
            first + random.randrange(CALLBACKS_PER_KILL - IN_FLIGHT // 2)
            for first in range(0, max(size - CALLBACKS_PER_KILL, 0) + 1, CALLBACKS_PER_KILL)
        )
        for moment in moments:
            await self._progress(moment)
            await asyncio.sleep(random.uniform(0, SLOW_MS / 200))
            await service.end()
            await self._note_committed()
            await self._start(service)
            workers.append(asyncio.create_task(self._reload()))
        await asyncio.gather(*workers)
        return len(moments)

    async def _progress(self, moment: int) -> None:
        """Wait until so many people have consented."""
        while len(self.callbacks) <= moment:  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    async def _start(self, service: Process) -> None:
        began = time.monotonic()
        await service.start()
        self.restarts.append(time.monotonic() - began)

    async def _people(self, people: "asyncio.Queue[int]", service: Process) -> None:
        while not people.empty():
            await self._connect(people.get_nowait(), service)

    async def _connect(self, number: int, service: Process) -> None:
        """One person: starts, consents, comes back; does not try again when nobody answers."""
        platform = PLATFORMS[number % len(PLATFORMS)]
        while True:
            try:
                started = await self._api(service, f"{API}/accounts/auth/{platform}")
                break
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)
        decided = f"&sandbox_decision=approve&sandbox_person=person-{number}"
        async with self.http.get(
            URL(started["url"] + decided, encoded=True), allow_redirects=False
        ) as consent:
            callback = consent.headers["location"]
        self.callbacks[started["sessionId"]] = (platform, callback)
        await self._come_back(started["sessionId"])

    async def _reload(self) -> None:
        """Whoever got no page asks for it again, before their code is too old."""
        again = sorted(self.unanswered)
        self.unanswered.clear()
        await asyncio.gather(*map(self._come_back, again))

    async def _come_back(self, session_id: str) -> None:
        _, callback = self.callbacks[session_id]
        try:
            async with self.http.get(URL(callback, encoded=True), allow_redirects=False) as page:
                assert page.status in (303, 503), page.status
                if page.status == 503:
                    self.unanswered.add(session_id)
        except (aiohttp.ClientError, TimeoutError):
            self.unanswered.add(session_id)

    async def _api(self, service: Process, path: str) -> Any:
        while True:
            async with self.http.get(service.url + path, headers={"X-Api-Key": self.key}) as answer:
                body = await answer.json()
            if body["code"] != 503:
                assert body["code"] == 0, body
                return body["data"]
            await asyncio.sleep(body["data"]["retryAfter"])

    async def _note_committed(self) -> None:
        """Sessions whose token answer is in the database although nobody has gone on with it."""
        runtime = await open_runtime(self.settings(), public_url="http://unused")
        vault, db = runtime.services.context.vault, runtime.db
        query = select(auth_sessions.c.id).where(auth_sessions.c.stage == "claimed")
        for session_id in await db.read(lambda c: c.execute(query).scalars().all()):
            session = await db.read(store.get_session, session_id)
            assert session is not None
            if session.sealed and read_tokens(vault.open(session.sealed, session_row(session_id))):
                self.committed.add(session_id)
        await runtime.close()

    async def _settle(self, service: Process) -> None:
        """Everybody comes back once more; then leases lapse and the sweep has its turn."""
        for some in batched(self.callbacks, IN_FLIGHT):
            await asyncio.gather(*map(self._come_back, some))
        deadline = time.monotonic() + self.lease * 4 + 60
        while await self._unfinished(service) and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.2)

    async def _unfinished(self, service: Process) -> bool:
        for session_id, (platform, _) in self.callbacks.items():
            status = await self._status(service, platform, session_id)
            if status["status"] == "pending":
                return True
        return False

    async def _status(self, service: Process, platform: str, session_id: str) -> Any:
        return await self._api(service, f"{API}/accounts/auth/{platform}/status/{session_id}")

    async def _count(self, kills: int) -> Figures:
        settings = self.settings()
        db = open_database(settings.database_url)
        rows = await db.read(lambda c: c.execute(select(auth_sessions)).all())
        held = await db.read(lambda c: c.execute(select(accounts.c.id)).scalars().all())
        await db.close()
        by_id = {row.id: row for row in rows}
        ended = Counter(row.stage for row in rows if row.id in self.callbacks)
        connected = [a["accountId"] for row in rows for a in row.accounts]
        lost = sum(by_id[one].stage != "completed" for one in self.committed)
        misnamed = sum(r.stage == "failed" and r.error_code != INTERRUPTED for r in rows)
        unfinished = len(self.callbacks) - ended["completed"] - ended["failed"]
        twice = await self._codes_sent_twice()
        astray = len(set(held) ^ set(connected)) + len(connected) - len(set(connected))
        return {
            "kills": kills,
            "callbacks": len(self.callbacks),
            "completed": ended["completed"],
            "interrupted": ended["failed"],
            "answers_committed_at_a_kill": len(self.committed),
            "committed_but_lost": lost,
            "accounts_astray": astray,
            "codes_sent_twice": twice,
            "stuck": unfinished,
            "failed_without_its_code": misnamed,
            "restart_seconds_worst": round(max(self.restarts), 2),
            "restart_seconds_mean": round(sum(self.restarts) / len(self.restarts), 2),
            "faults": lost + astray + twice + unfinished + misnamed,
        }

    async def _codes_sent_twice(self) -> int:
        """Calls of the token endpoints beyond one for each code that was redeemed there."""
        async with self.http.get(f"{self.sandbox}/_calls") as answer:
            calls = (await answer.json())["calls"]
        sent = sum(calls.get(f"POST {host}{path}", 0) for host, path in TOKEN_ENDPOINTS.values())
        with closing(sqlite3.connect(self.folder / "sandbox.db")) as state:
            (used,) = state.execute("SELECT count(*) FROM codes WHERE used = 1").fetchone()
        # A call cut by a kill may not have arrived in full, so the sandbox may have seen fewer.
        return max(0, sent - int(used))


async def run(folder: Path, database: str | None, size: int, lease: float = 15.0) -> Figures:
    """Connect `size` people, with a kill for each 50 of them."""
    return await Crash(folder, database, lease).run(size)


if __name__ == "__main__":
    program(__doc__, run, 10_000)
