"""Servers and workers behind nginx on one PostgreSQL, while one machine after the other fails.

Under the load of people and a tool the machines begin on the last version with another schema, are
rolled to this one, and then one of them is killed, drained, cut from the database, given a wrong
clock and a full disk, and a platform's limit is spent. Nothing is lost or done twice. `minutes` is
how long that takes. With `--pooler` this version is behind PgBouncer in transaction mode.

No token is due at the moment of the kill: what that does to a refresh is T2's.
"""

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from openchannels.core.publications import PublishStatus
from openchannels.metrics import declared as metric
from tests.deploy.proxies import Certificate, command, running
from tests.harness.builds import last_commits, sources_of
from tests.harness.listening import free_port
from tests.harness.paths import REFRESH_ENDPOINTS, WEBHOOKS
from tests.harness.pgbouncer import pooling
from tests.harness.processes import Process
from tests.harness.receiver import receiving
from tests.harness.relay import Relay
from tests.harness.settings import COMMON, store_environ
from tests.harness.waiting import until
from tests.metrics.scraped import Scraped
from tests.soak.machine import Machine
from tests.soak.program import Figures, program
from tests.soak.ratelimit import PLACE
from tests.soak.ratelimit import PLATFORM as LIMITED
from tests.soak.upgrade import command_of, new_database
from tests.soak.visitors import POSTS_ON, Visitors

SERVERS = 3
WORKERS = 2
PER_SECOND = 12.0
PLATFORMS = ("youtube", "bilibili")
REFRESHED = "bilibili"
"""Where refreshes have an address of their own, so that they can be counted."""
DUE_AT_ONCE = 3
DUE_EVERY = 1.0
NOW = "extract(epoch FROM clock_timestamp())"
IN_PROGRESS = "status NOT IN (1, -1) AND stage <> 'settling'"
"""Publications to wait for; one whose answer was lost is looked for over many minutes."""
LIMIT_SECONDS = 20
"""For how long the platform's limit is spent."""
SETTLE_SECONDS = 180.0
SERVED = 40
"""Requests that must be answered in each state of the machines."""


class Machines:
    """One run."""

    def __init__(self, folder: Path, database: str, seconds: float) -> None:
        self.folder, self.database, self.seconds = folder, database, seconds
        self.servers: list[Machine] = []
        self.workers: list[Machine] = []
        self.ports: list[int] = []
        self.calls_while_empty = 0
        self.moments: list[str] = []
        """What was done to the machines."""
        self._refreshing = asyncio.Event()
        self._stack = contextlib.AsyncExitStack()
        self._share = 0.0

    async def run(self, pooled: str | None, servers: int, workers: int) -> Figures:
        self.folder.mkdir(parents=True, exist_ok=True)
        async with self._stack as stack:
            sandbox = await stack.enter_async_context(Process(self.folder, "--sandbox", environ={}))
            self.sandbox = sandbox.url
            self.receiver = stack.enter_context(receiving())
            self.store = await asyncpg.create_pool(self.database, min_size=1, max_size=2)
            stack.push_async_callback(self.store.close)
            await self._begin_on_older_sources(servers, workers)
            async with self.visitors.running(), self._refreshes():
                await self._go_through(pooled)
            await self._settle()
            return await self._count()

    # The machines

    async def _begin_on_older_sources(self, servers: int, workers: int) -> None:
        *_, commit = last_commits().values()
        older = sources_of(commit, self.folder / "older")
        certificate = Certificate.make(self.folder)
        port, http_port = free_port(), free_port()
        self.ports = [free_port() for _ in range(servers)]
        url = f"https://localhost:{port}"
        self.relay = await Relay(self.database).mend()
        self._stack.push_async_callback(self.relay.cut)
        environ = {
            **COMMON,
            **store_environ(self.database),
            "OPENCHANNELS_SERVER__PUBLIC_URL": url,
            "OPENCHANNELS_SERVER__TRUSTED_PROXIES": "127.0.0.1",
            "OPENCHANNELS_SERVER__LOG_FORMAT": "json",
            "OPENCHANNELS_SANDBOX__URL": self.sandbox,
            "OPENCHANNELS_JOBS__EMBEDDED": "false",
        }
        for number, own in enumerate(self.ports):
            words = ("serve", "--port", str(own))
            self.servers.append(Machine(f"server-{number}", words, self.folder, environ))
        for number in range(workers):
            self.workers.append(Machine(f"worker-{number}", ("worker",), self.folder, environ))
        self._cut_off.environ["OPENCHANNELS_DATABASE__URL"] = self.relay.url
        for machine in self._all:
            self._stack.push_async_callback(machine.kill)
        # The first one makes the schema.
        await self.servers[0].start(older)
        await asyncio.gather(*(machine.start(older) for machine in self._all[1:]))
        places = [f"127.0.0.1:{own}" for own in self.ports]
        words, more = command("nginx", self.folder, port, http_port, certificate, places)
        self._stack.enter_context(running(words, more, self.folder / "proxy.log"))
        words = ("keys", "create", "--user", "acme")
        made = await command_of(older, self.folder / "server-0", environ, *words)
        await self._prepare(url, certificate, str(made["key"]))

    async def _prepare(self, url: str, certificate: Certificate, key: str) -> None:
        connector = aiohttp.TCPConnector(limit=0, ssl=certificate.client_context())
        timeout = aiohttp.ClientTimeout(total=120)
        self.http = await self._stack.enter_async_context(
            aiohttp.ClientSession(connector=connector, timeout=timeout)
        )
        visitors = Visitors(self.http, url, self.sandbox, key, PLATFORMS, PER_SECOND)
        self.visitors = visitors
        await until(self._answers(url))
        await visitors.ask("webhook", "POST", WEBHOOKS, {"url": self.receiver.url})
        for platform in PLATFORMS:
            await asyncio.gather(*(visitors.connect(platform, f"{n}-first") for n in range(4)))
        self.limited = [str(await visitors.connect(LIMITED, f"limited-{n}")) for n in range(3)]
        for account in self.limited:
            # They are asked for apart, because refusals are what is wanted of them.
            del visitors.accounts[account]
        visitors.posts_on = str(await visitors.connect(POSTS_ON, "ida"))
        assert not visitors.lost, visitors.lost

    def _answers(self, url: str) -> Callable[[], Awaitable[bool]]:
        async def answers() -> bool:
            with contextlib.suppress(aiohttp.ClientError):
                async with self.http.get(f"{url}/ready") as answer:
                    return answer.status == 200
            return False

        return answers

    @property
    def _all(self) -> list[Machine]:
        return [*self.servers, *self.workers]

    @property
    def _cut_off(self) -> Machine:
        """The server that reaches the database by a relay."""
        return self.servers[-1]

    # What happens to them

    async def _go_through(self, pooled: str | None) -> None:
        """Each step has its share of the time, and half of it the machine is out of order."""
        steps: Sequence[Callable[[], Awaitable[None]]] = (
            self._calm,
            lambda: self._roll(pooled),
            self._kill_one,
            self._drain_one,
            self._cut_one,
            self._misdate_one,
            self._fill_one,
            self._calm,
        )
        self._share = self.seconds / len(steps)
        for step in steps:
            ends = time.monotonic() + self._share
            await step()
            await asyncio.sleep(ends - time.monotonic())

    async def _lasts(self) -> None:
        """Half of a step's share of the time, and until requests have been answered in it."""
        ends = time.monotonic() + self._share / 2
        await self.visitors.served(2 * SERVED)
        await asyncio.sleep(ends - time.monotonic())

    def _note(self, what: str) -> None:
        self.moments.append(f"{time.strftime('%H:%M:%S')} {what}")

    async def _calm(self) -> None:
        await self.visitors.served(SERVED)

    async def _roll(self, pooled: str | None) -> None:
        """One machine after the other; the first one migrates beside the older version."""
        for machine in self._all:
            self._note(f"roll {machine.name}")
            await machine.drain()
            if pooled is not None:
                relayed = machine is self._cut_off
                url = await self._relay_to(pooled) if relayed else pooled
                machine.environ["OPENCHANNELS_DATABASE__URL"] = url
                machine.environ["OPENCHANNELS_DATABASE__POOLER"] = "transaction"
            await machine.start()
            await self.visitors.served(SERVED)

    async def _relay_to(self, database: str) -> str:
        """A new relay, which is cut and mended from now on."""
        self.relay = await Relay(database).mend()
        self._stack.push_async_callback(self.relay.cut)
        return self.relay.url

    async def _kill_one(self) -> None:
        await self._no_refresh_in_progress()
        self._note("kill server-0")
        await self.servers[0].kill()
        await self._lasts()
        await self.servers[0].start()
        self._refreshing.set()

    async def _drain_one(self) -> None:
        self._note("drain server-1")
        await self.servers[1].drain()
        await self._lasts()
        await self.servers[1].start()

    async def _cut_one(self) -> None:
        self._note(f"cut {self._cut_off.name} from the database")
        await self.relay.cut()
        await self._lasts()
        await self.relay.mend()

    async def _misdate_one(self) -> None:
        """The limit is spent meanwhile: who has a wrong clock keeps to it too."""
        self._note("move the clock of server-0 and worker-0")
        moved = (self.servers[0], self.workers[0])
        for machine in moved:
            machine.move_clock()
        await self.visitors.served(SERVED)
        await self._spend_limit()
        await self._lasts()
        for machine in moved:
            machine.move_clock()

    async def _fill_one(self) -> None:
        self._note("fill the disk of server-1")
        self.servers[1].fill_disk()
        await self._lasts()
        self.servers[1].free_disk()

    # Limits

    async def _spend_limit(self) -> None:
        host, path = PLACE
        rule = {"host": host, "path": path, "kind": "rate_limit",
                "headers": {"Retry-After": str(LIMIT_SECONDS)}}  # fmt: skip
        await self._sandbox("POST", "/_faults", rule)
        await self._works_of_limited(self.ports[0])
        ends = time.monotonic() + LIMIT_SECONDS
        await asyncio.gather(*(until(self._knows(own)) for own in self.ports))
        before = await self._calls(PLACE)
        while time.monotonic() < ends - 2:
            for own in self.ports:
                await self._works_of_limited(own)
        self.calls_while_empty += await self._calls(PLACE) - before
        await self._sandbox("DELETE", "/_faults")

    def _knows(self, port: int) -> Callable[[], Awaitable[bool]]:
        async def knows() -> bool:
            async with self.http.get(f"http://127.0.0.1:{port}/metrics") as page:
                found = Scraped(await page.text())
            return found.value(metric.SPENT_LIMITS, platform=LIMITED) > 0

        return knows

    async def _works_of_limited(self, port: int) -> None:
        url, account = f"http://127.0.0.1:{port}", random.choice(self.limited)
        await self.visitors.refused(url, LIMITED, account)

    async def _calls(self, place: tuple[str, str]) -> int:
        calls = (await self._sandbox("GET", "/_calls"))["calls"]
        host, path = place
        return sum(n for name, n in calls.items() if name.partition(" ")[2] == host + path)

    async def _sandbox(self, method: str, path: str, body: Any = None) -> Any:
        async with self.http.request(method, self.sandbox + path, json=body) as answer:
            return await answer.json()

    # Refreshes

    @contextlib.asynccontextmanager
    async def _refreshes(self) -> AsyncIterator[None]:
        """Lets tokens be due all the time."""
        self._refreshing.set()
        making = asyncio.create_task(self._make_due())
        try:
            yield
        finally:
            making.cancel()
            await asyncio.gather(making, return_exceptions=True)

    async def _make_due(self) -> None:
        while True:
            await self._refreshing.wait()
            # Tokens that were issued ahead of the clock are due at once.
            await self.store.execute(
                f"UPDATE credentials SET refresh_at = {NOW}, updated_at = {NOW} + 3600"
                " WHERE account_id IN (SELECT account_id FROM credentials WHERE platform = $1"
                f" AND claim_owner IS NULL AND updated_at <= {NOW} ORDER BY random() LIMIT $2)",
                REFRESHED, DUE_AT_ONCE,
            )  # fmt: skip
            await asyncio.sleep(DUE_EVERY)

    async def _no_refresh_in_progress(self) -> None:
        """Lets nothing be due any more, until it is set again."""
        self._refreshing.clear()
        await asyncio.sleep(DUE_EVERY)
        await self.store.execute(
            f"UPDATE credentials SET refresh_at = {NOW} + 3600, updated_at = {NOW}"
            f" WHERE platform = $1 AND updated_at > {NOW}", REFRESHED,
        )  # fmt: skip
        await asyncio.sleep(DUE_EVERY)
        await until(self._none_claimed)

    async def _none_claimed(self) -> bool:
        claimed = await self.store.fetchval(
            f"SELECT count(*) FROM credentials WHERE platform = $1 AND claim_until > {NOW}",
            REFRESHED,
        )  # fmt: skip
        return bool(claimed == 0)

    # What came of it

    async def _settle(self) -> None:
        """Waits until sessions have ended, posts are out and events have arrived."""
        self._refreshing.clear()
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline and await self._unsettled():  # noqa: ASYNC110
            await asyncio.sleep(1)
        for machine in self._all:
            await machine.drain()

    async def _unsettled(self) -> int:
        events = {row["id"] for row in await self.store.fetch("SELECT id FROM events")}
        waiting = await self.store.fetchval(
            f"SELECT count(*) FROM publications WHERE {IN_PROGRESS}"
        )
        missing = len(events - set(self.receiver.ids))
        return missing + waiting + len(await self._stuck()) + (not await self._none_claimed())

    async def _stuck(self) -> list[str]:
        rows = await self.store.fetch(
            "SELECT id FROM auth_sessions WHERE id = ANY($1)"
            " AND stage NOT IN ('completed', 'failed')",
            list(self.visitors.sessions),
        )  # fmt: skip
        return [row["id"] for row in rows]

    async def _count(self) -> Figures:
        visitors, events = self.visitors, await self._events()
        versions = await self.store.fetchval(
            "SELECT coalesce(sum(version - 1), 0) FROM credentials WHERE platform = $1", REFRESHED
        )
        doubled = await self._calls(REFRESH_ENDPOINTS[REFRESHED]) - int(versions)
        stuck = await self._stuck()
        offline = await self.store.fetchval("SELECT count(*) FROM accounts WHERE status = 0")
        wrong_posts = await self._wrong_posts()
        ends = [code for machine in self._all for code in machine.wrong_ends]
        outcomes = Counter(visitors.sessions.values())
        found = {
            "servers": len(self.servers),
            "workers": len(self.workers),
            "requests": visitors.answered.total() + len(visitors.lost),
            "sent_again": visitors.repeated.total(),
            "requests_lost": len(visitors.lost),
            "connected": outcomes["completed"],
            "interrupted": outcomes["interrupted"],
            "sessions_stuck": len(stuck),
            "refreshes": int(versions),
            "refreshes_doubled": doubled,
            "offline": offline,
            **events,
            "posts": len(visitors.posts),
            "posts_in_doubt": await self.store.fetchval(
                "SELECT count(*) FROM publications WHERE stage = 'settling'"
            ),
            "posts_lost_or_doubled": len(wrong_posts),
            "calls_while_empty": self.calls_while_empty,
            "wrong_exits": len(ends),
        }
        broken = ("requests_lost", "sessions_stuck", "offline", "events_lost", "events_doubled",
                  "posts_lost_or_doubled", "calls_while_empty", "wrong_exits")  # fmt: skip
        return {
            **found,
            "first_lost": visitors.lost[:5],
            "wrong_posts": wrong_posts,
            "why_again": dict(visitors.repeated),
            "moments": self.moments,
            "faults": sum(found[name] for name in broken) + abs(doubled),
        }

    async def _events(self) -> dict[str, int]:
        """Events that never arrived, and those that happened or arrived more than once."""
        rows = await self.store.fetch("SELECT id, type, account_id FROM events")
        arrived = Counter(self.receiver.ids)
        connected = Counter(row["account_id"] for row in rows if row["type"] == "account.connected")
        again = sum(count - 1 for count in connected.values())
        return {
            "events": len(rows),
            "events_lost": sum(row["id"] not in arrived for row in rows)
            + len(self.visitors.accounts.keys() - connected.keys()),
            "events_doubled": again + sum(count - 1 for count in arrived.values()),
        }

    async def _wrong_posts(self) -> list[str]:
        """Posts that are out more often than once, or not as the service says."""
        shown = (await self._sandbox("GET", f"/_world/{POSTS_ON}/ida/posts"))["posts"]
        texts = [str(post) for post in shown]
        rows = await self.store.fetch("SELECT flow_id, status, stage, error FROM publications")
        told = {row["flow_id"]: row for row in rows}
        found = []
        for flow, title in self.visitors.posts.items():
            out, row = sum(title in text for text in texts), told.get(flow)
            status = PublishStatus(row["status"]) if row else None
            right = {PublishStatus.PUBLISHED: (1,), PublishStatus.FAILED: (0,), None: ()}
            if out not in right.get(status, (0, 1)):
                found.append(f"{title}: out {out} times, told {row}")
        return found


async def run(
    folder: Path,
    database: str | None,
    size: float,
    *,
    pooler: bool = False,
    servers: int = SERVERS,
    workers: int = WORKERS,
) -> Figures:
    """Lets everything happen within so many minutes."""
    assert database is not None, "there is one machine over SQLite"
    empty = await new_database(database, "machines")
    with pooling(empty, connections=20) if pooler else contextlib.nullcontext() as pooled:
        return await Machines(folder, empty, size * 60).run(pooled, servers, workers)


if __name__ == "__main__":
    program(__doc__, run, 20)
