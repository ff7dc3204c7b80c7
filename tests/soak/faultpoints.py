"""Every call to the database and to a platform fails once, in each way, wherever it is made.

A clean run of a journey counts the calls. Then the journey is made again for each of them and each
way: the call fails, it times out, or the other side acts and its answer is cut. Afterwards whoever
was told of a fault tries again, and what was left behind is taken up. Everything must end in a
documented state, and no token that reached us may be lost.

The size is the share of the points that are visited, in per cent.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openchannels.app import logging
from openchannels.core import errors
from openchannels.core.credentials import Reason
from openchannels.core.errors import CATALOGUE
from openchannels.transport.client import Answer, Call, TransportError
from tests.harness.paths import API, REFRESH_ENDPOINTS, TOKEN_ENDPOINTS
from tests.harness.rig import Rig
from tests.harness.tasks import task_named
from tests.harness.tool import Answer as Told
from tests.harness.tool import Tool
from tests.soak.program import Figures, over_rig, program

DAY = 86_400.0
LAPSED = 61.0
"""By then every lease and claim of somebody who gave up has lapsed."""
WAYS = ("fails", "times_out", "cut")
ASIDE = frozenset({"openchannels.store.queries.usage", "openchannels.store.queries.keys"})
"""Modules whose calls come by the clock: counting use, and noting that a key was used."""
TRIES = 4


@dataclass
class Point:
    """The call that is to fail: its number in the journey, and the way."""

    number: int
    way: str


class Points:
    """The calls of a journey, counted, and one of them made to fail."""

    def __init__(self, rig: Rig) -> None:
        self.kinds: list[str] = []
        self.armed: Point | None = None
        self.fired = False
        self.token_came = False
        self._counting = False
        platforms: Any = rig.runtime.services.context.platforms
        db: Any = rig.runtime.db
        db.read = self._over("read", db.read)
        db.write = self._over("write", db.write)
        self._send = platforms._send
        platforms._send = self._sent

    def begin(self, point: Point | None) -> None:
        self.kinds, self.armed = [], point
        self.fired = self.token_came = False
        self._counting = True

    def end(self) -> None:
        self._counting = False

    def _hit(self, kind: str) -> str | None:
        """Count a call; how it fails, None if it does not."""
        if not self._counting:
            return None
        self.kinds.append(kind)
        if self.armed is None or self.fired or len(self.kinds) - 1 != self.armed.number:
            return None
        self.fired = True
        return self.armed.way

    def _over(self, kind: str, genuine: Callable[..., Awaitable[Any]]) -> Any:
        async def call(fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            way = None if fn.__module__ in ASIDE else self._hit(kind)
            if way in ("fails", "times_out"):
                raise errors.unavailable("store")
            result = await genuine(fn, *args, **kwargs)
            if way == "cut":
                # The database acted, and the connection broke.
                raise errors.unavailable("store")
            return result

        return call

    async def _sent(self, call: Call) -> Answer:
        way = self._hit("send")
        if way == "fails":
            raise TransportError("network", "no connection", sent=False)
        if way == "times_out":
            raise TransportError("timeout", "the deadline passed")
        answer: Answer = await self._send(call)
        if way == "cut":
            raise TransportError("network", "the connection broke")
        issuing = {
            host + path for host, path in (*TOKEN_ENDPOINTS.values(), *REFRESH_ENDPOINTS.values())
        }
        came = any(call.url.startswith(f"https://{place}") for place in issuing)
        # Some platforms refuse under HTTP 200.
        self.token_came = self.token_came or (came and b"access_token" in answer.body)
        return answer


@dataclass
class Journey:
    """`prepare` makes what is needed, `go` is the part under fault, `ended` judges the end."""

    name: str
    prepare: Callable[[Tool, str], Awaitable[Any]]
    go: Callable[[Tool, Any], Awaitable[Any]]
    ended: Callable[[Tool, Any, Points], Awaitable[bool]]


async def started(tool: Tool, person: str) -> Any:
    session = await tool.start("youtube")
    return session["sessionId"], await tool.rig.browser().consent(session["url"], person)


async def come_back(tool: Tool, made: Any) -> None:
    await tool.rig.browser().open(made[1])


async def connected_or_named(tool: Tool, made: Any, points: Points) -> bool:
    """Completed with an account that works; failed by a code only where no token had come."""
    for _ in range(TRIES):
        status = await tool.status("youtube", made[0])
        if status["status"] != "pending":
            break
        await come_back(tool, made)
    if status["status"] == "completed":
        return (await tool.works("youtube", status["accountId"])).code == 0
    named = status["status"] == "failed" and status["errorCode"] in CATALOGUE
    return bool(named and not points.token_came)


async def offered(tool: Tool, person: str) -> Any:
    session = await tool.start("facebook")
    callback = await tool.rig.browser().consent(session["url"], "mara")
    await tool.rig.browser().open(callback)
    status = await tool.status("facebook", session["sessionId"])
    first = status["selectableAccounts"][0]
    return session["sessionId"], {"platformUid": first["platformUid"]}


async def choose(tool: Tool, made: Any) -> Told:
    return await tool.choose(made[0], made[1])


async def chosen(tool: Tool, made: Any, _points: Points) -> bool:
    for _ in range(TRIES):
        status = await tool.status("facebook", made[0])
        if status["status"] != "pending":
            break
        await choose(tool, made)
    if status["status"] != "completed":
        return False
    return (await tool.works("facebook", status["accountId"])).code == 0


async def due(tool: Tool, person: str) -> Any:
    account_id = await tool.connected("bilibili", person)
    # Within three days of its end, after which nothing could be done.
    tool.rig.clock.advance(28 * DAY)
    return account_id


async def use(tool: Tool, account_id: Any) -> Told:
    return await tool.works("bilibili", account_id)


async def refreshed_or_lost(tool: Tool, account_id: Any, points: Points) -> bool:
    """It works by the new pair; or the answer was cut, and the account says so."""
    answers = [(await use(tool, account_id)).code for _ in range(2)]
    state = await tool.account_state(account_id)
    if answers[-1] == 0:
        (row,) = await tool.rig.rows("credentials", account_id=account_id)
        return bool(state["status"] == 1 and row["version"] == 2)
    lost = (state["status"], state["reason"]) == (0, Reason.REFRESH_LOST.value)
    cut = points.armed is not None and points.armed.way == "cut" and not points.token_came
    return lost and cut and answers[-1] == 15001


async def held(tool: Tool, person: str) -> Any:
    return await tool.connected("youtube", person)


async def remove(tool: Tool, account_id: Any) -> Told:
    return await tool.call("DELETE", f"{API}/accounts/{account_id}")


async def gone(tool: Tool, account_id: Any, _points: Points) -> bool:
    for _ in range(TRIES):
        answer = await remove(tool, account_id)
        if answer.code in (0, 12600):
            break
    left = await tool.rig.rows("credentials", account_id=account_id)
    told = [row["type"] for row in await tool.rig.rows("events", account_id=account_id)]
    return not left and answer.code in (0, 12600) and told.count("account.deleted") == 1


JOURNEYS = (
    Journey("callback", started, come_back, connected_or_named),
    Journey("selection", offered, choose, chosen),
    Journey("refresh", due, use, refreshed_or_lost),
    Journey("delete", held, remove, gone),
)


async def visit(tool: Tool, points: Points, journey: Journey, point: Point | None) -> bool:
    """Make a journey with one fault, or none; whether it came to a good end."""
    await tool.rig.fresh()
    tool.key = await tool.rig.runtime.services.api_keys.create(tool.user_id)
    made = await journey.prepare(tool, f"person-{journey.name}")
    points.begin(point)
    try:
        await journey.go(tool, made)
    finally:
        points.end()
    await tool.rig.runtime.services.drain()
    tool.rig.clock.advance(LAPSED)
    recovery = task_named(tool.rig.runtime.services, "recovery")
    for batch in await recovery.claim(8):
        await recovery.run(batch)
    return await journey.ended(tool, made, points)


async def soak(rig: Rig, size: int) -> dict[str, Any]:
    """Visit the points; returns the counts, and which ended badly."""
    tool, points = await rig.tool(), Points(rig)
    found: Counter[str] = Counter(faults=0)
    bad: list[str] = []
    for journey in JOURNEYS:
        # The first run fills caches of the process that later ones find full.
        for _ in range(2):
            found["faults"] += not await visit(tool, points, journey, None)
        kinds = list(points.kinds)
        found[f"calls_{journey.name}"] = len(kinds)
        wanted = [
            Point(number, way)
            for number, kind in enumerate(kinds)
            for way in WAYS
            if not (kind == "read" and way == "cut")
        ]
        for point in wanted[:: max(1, 100 // size)]:
            good = await visit(tool, points, journey, point)
            found["visited"] += points.fired
            if not good:
                bad.append(f"{journey.name} {kinds[point.number]} {point.number} {point.way}")
    found["faults"] += len(bad)
    return {**found, "bad": bad, "ended_well": found["visited"] - len(bad)}


async def run(folder: Path, database: str | None, size: int) -> Figures:
    """As a program: every fault would be logged with its trace."""
    logging.configure_logging("critical", "console")
    return await over_rig(soak)(folder, database, size)


if __name__ == "__main__":
    program(__doc__, run, 100)
