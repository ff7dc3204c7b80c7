"""Two tenants: each operation of the document with each id of the other tenant, and with scopes.

An id of another must be answered as one that does not exist, change nothing of the other's, and
take as long. Operations and their parameters are read from the document itself; one that takes
what nobody knows here is a fault. `--size` is the number of pairs by which time is compared.
"""

import secrets
import statistics
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from openchannels.core.keys import HELD_BY, Scope
from openchannels.store.tables import metadata
from tests.harness.paths import WORKS
from tests.harness.publications import publication_row
from tests.harness.rig import Rig
from tests.harness.tool import Answer, Tool
from tests.soak.program import over_rig, program
from tests.soak.tenancy import (
    Operation,
    Request,
    Slot,
    like,
    open_slot,
    operations,
    put,
    request,
    told,
    uncovered,
)

PLATFORMS = ("youtube", "bilibili", "xhs")
FORBIDDEN = 15203
VOLATILE = {"last_used_at"}
MISSED = (15000, 15004, 15021, 15050, 15200, 15204, 15205, 12600, 12601, 12750, 15039, 10002)
WARMING = 20


@dataclass
class Tenant:
    """A workspace with something of each kind."""

    tool: Tool
    platform: str
    ids: dict[str, list[str]] = field(default_factory=dict)

    @property
    def own(self) -> dict[str, str]:
        """One id of each kind."""
        return {kind: found[0] for kind, found in self.ids.items()}

    def every(self) -> list[str]:
        return [one for found in self.ids.values() for one in found]


@dataclass
class Findings:
    """What was counted, and what went wrong."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    times: dict[str, float] = field(default_factory=dict)
    """By slot, by how many per cent a foreign id took longer than an unknown one."""


async def soak(rig: Rig, pairs: int, of_each_kind: int | None = None) -> dict[str, Any]:
    """Try everything, or a few ids of each kind; returns the counts."""
    found = Findings()
    victim, stranger = await tenant(rig, "ida"), await tenant(rig, "mara")
    victim.ids = {kind: some[:of_each_kind] for kind, some in victim.ids.items()}
    # What was counted in memory is written now, and not while the rows are compared.
    await rig.runtime.services.context.usage.flush()
    document = await (await rig.http.get(f"{rig.url}/openapi.json")).json()
    planned = list(operations(document))
    found.faults += [f"no plan for {name}" for name in uncovered(document)]
    before = await holdings(rig, victim)
    await cross(planned, victim, stranger, found)
    await lists(planned, victim, stranger, found)
    if await holdings(rig, victim) != before:
        found.faults.append("rows of the other tenant were changed")
    await scopes(rig, planned, stranger, found)
    await timing(planned, victim, stranger, pairs, found)
    await controls(planned, victim, found)
    slowest = max(found.times, key=lambda name: abs(found.times[name]))
    return {
        "operations": len(planned),
        "slots": sum(len(operation.slots) for operation in planned),
        "foreign_ids": len(victim.every()),
        **found.counts,
        "timing_median_percent": round(statistics.median(found.times.values()), 2),
        "timing_largest_percent": round(found.times[slowest], 2),
        "timing_largest_of": slowest,
        "problems": sorted(set(found.faults))[:20],
        "faults": len(found.faults),
    }


async def tenant(rig: Rig, person: str) -> Tenant:
    """A workspace with accounts, sessions of each stage, groups, webhooks, keys, cursors."""
    tool = await rig.tool()
    made = Tenant(tool, "youtube")
    group = secrets.token_hex(12)
    now = rig.clock()
    shape = {"name": f"space of {person}", "is_default": False, "rank": 2}
    await rig.add_row(
        "account_groups",
        id=group,
        user_id=tool.user_id,
        created_at=now,
        updated_at=now,
        **shape,
    )
    await tool.post("/api/assets/uploadSign", {"filename": "a.png"})
    webhooks = [await webhook(rig, tool) for _ in range(2)]
    accounts = [await tool.connected(platform, person) for platform in PLATFORMS[:2]]
    cookie = await rig.person("xhs", person)
    body = {"type": "xhs", "uid": cookie["userId"], "nickname": f"{person} on xhs"}
    accounts.append((await tool.add_account(**body)).data["id"])
    page = await tool.works("youtube", accounts[0], limit=5)
    work = page.data["items"][0]["platformWorkId"]
    read = await tool.get(f"{WORKS}/youtube/{work}/analytics", accountId=accounts[0])
    assert read.data["snapshotId"], read.body
    boards = await tool.connected("pinterest", person)
    await tool.connect("youtube", person, decision="deny")
    await tool.connect("facebook", "mara")
    await tool.start("youtube")
    await rig.add_row("publications", **publication_row(tool.user_id, accounts[0], now))
    rows = {name: await rig.rows(name, user_id=tool.user_id) for name in OWNERS}
    sent = [await rig.rows("deliveries", webhook_id=one) for one in webhooks]
    made.ids = {
        "account": accounts,
        "account with options": [boards],
        "work": [work],
        "session": [row["id"] for row in rows["auth_sessions"]],
        "group": [group, *(row["id"] for row in rows["account_groups"] if row["id"] != group)],
        "webhook": webhooks,
        "event": [row["id"] for row in rows["events"]],
        "delivery": [row["id"] for some in sent for row in some],
        "key": [tool.key.id],
        "entry": [row["id"] for row in rows["audit"]],
        "asset": [row["id"] for row in rows["assets"]],
        "publication": [row["id"] for row in rows["publications"]],
        "flow": [row["flow_id"] for row in rows["publications"]],
        "cursor": [page.data["pagination"]["nextCursor"]],
    }
    assert all(made.ids.values()), made.ids
    return made


OWNERS = ("auth_sessions", "account_groups", "events", "audit", "assets", "publications")
REFUSED = {"PublishRecordController_getUserAction_v2": 15018}
"""Reads that end otherwise than with success for what a tenant has, and their codes."""


async def webhook(rig: Rig, tool: Tool) -> str:
    """A webhook of a tenant; nothing is sent, because no background work runs here."""
    url = f"https://hooks.example.com/{secrets.token_hex(4)}"
    shown = await rig.runtime.services.webhooks.create(tool.user_id, "operator", url)
    return str(shown.webhook.id)


async def send(tool: Tool, asked: Request) -> Answer:
    options: dict[str, Any] = {"params": asked.params}
    if asked.body is not None:
        options["json"] = asked.body
    return await tool.call(asked.method, asked.path, **options)


async def cross(
    planned: Sequence[Operation], victim: Tenant, stranger: Tenant, found: Findings
) -> None:
    """Each id of the victim in each slot, beside an id of the same form that nobody has."""
    for operation in planned:
        for slot in operation.slots:
            bare = open_slot(operation, slot, stranger.own, stranger.platform)
            for one in victim.every():
                await compare(operation, put_both(bare, slot, one), victim, stranger, found)


def put_both(bare: Request, slot: Slot, one: str) -> tuple[str, Request, str, Request]:
    other = like(one)
    return one, put(bare, slot, one), other, put(bare, slot, other)


async def compare(
    operation: Operation,
    both: tuple[str, Request, str, Request],
    victim: Tenant,
    stranger: Tenant,
    found: Findings,
) -> None:
    foreign, asked, unknown, alike = both
    first, second = await send(stranger.tool, asked), await send(stranger.tool, alike)
    found.counts["requests"] += 2
    one, other = told(first.body, foreign), told(second.body, unknown)
    if steady(one) != steady(other):
        found.faults.append(f"{operation.id}: {foreign[:12]} {one[:90]} / {other[:90]}")
    found.faults += [f"{operation.id} shows {leak}" for leak in leaks(one, victim, foreign)]


def steady(text: str) -> str:
    """The answer of an operation that succeeded regardless of the id, which is new each time."""
    return text if '"code": 0' not in text or '"url": ' not in text else "started"


def leaks(text: str, victim: Tenant, sent: str) -> list[str]:
    marks = [*victim.every(), victim.tool.user_id]
    return [mark for mark in marks if mark != sent and mark in text]


async def lists(
    planned: Sequence[Operation], victim: Tenant, stranger: Tenant, found: Findings
) -> None:
    """What a tenant is shown without asking for anything holds nothing of another."""
    for operation in planned:
        if operation.method == "GET":
            asked = request(operation, stranger.own, stranger.platform)
            answer = await send(stranger.tool, asked)
            found.counts["requests"] += 1
            text = told(answer.body, "{}")
            found.faults += [f"{operation.id} shows {leak}" for leak in leaks(text, victim, "")]


async def scopes(rig: Rig, planned: Sequence[Operation], stranger: Tenant, found: Findings) -> None:
    """Each scope alone may do what it names and nothing else."""
    for held in Scope:
        tool = await rig.tool(stranger.tool.user_id, scopes=[held])
        for operation in planned:
            nobody = {kind: like(one) for kind, one in stranger.own.items()}
            answer = await send(tool, request(operation, nobody, stranger.platform))
            found.counts["scope_requests"] += 1
            enough = held in HELD_BY[Scope(operation.scope)]
            if (answer.code != FORBIDDEN) != enough:
                found.faults.append(f"{operation.id} with {held}: {answer.code}")


async def timing(
    planned: Sequence[Operation],
    victim: Tenant,
    stranger: Tenant,
    pairs: int,
    found: Findings,
) -> None:
    """Foreign against unknown ids of the right kind, in turn, in an order drawn for each pair."""
    warming = min(WARMING, pairs)
    for operation in planned:
        reads = operation.method == "GET"
        for slot in operation.slots:
            bare = open_slot(operation, slot, stranger.own, stranger.platform)
            foreign = victim.own[slot.kind]
            # Made once: a new address each time would cost this client more than a known one.
            asked = {True: put(bare, slot, foreign), False: put(bare, slot, like(foreign))}
            spent: dict[bool, list[float]] = {True: [], False: []}
            for number in range(pairs + warming):
                order = [True, False] if secrets.randbits(1) else [False, True]
                for is_foreign in order:
                    began = time.perf_counter()
                    answer = await send(stranger.tool, asked[is_foreign])
                    if number >= warming and (reads or answer.code in MISSED):
                        spent[is_foreign].append(time.perf_counter() - began)
            if spent[True] and spent[False]:
                theirs, nobodys = (statistics.median(spent[key]) for key in (True, False))
                found.times[f"{operation.id} {slot.name}"] = (theirs / nobodys - 1) * 100
                found.counts["timed_requests"] += len(spent[True]) + len(spent[False])


async def controls(planned: Sequence[Operation], victim: Tenant, found: Findings) -> None:
    """Every read succeeds with the tenant's own ids: else an unknown id would not differ."""
    for operation in planned:
        if operation.method == "GET":
            answer = await send(victim.tool, request(operation, victim.own, victim.platform))
            found.counts["own_ids_found"] += bool(operation.required) and answer.code == 0
            if answer.code != REFUSED.get(operation.id, 0):
                found.faults.append(f"{operation.id} with its own ids: {answer.code}")


async def holdings(rig: Rig, owner: Tenant) -> Mapping[str, list[str]]:
    """Everything in the database that is a tenant's."""
    mine = set(owner.every()) | {owner.tool.user_id}
    kept: dict[str, list[str]] = {}
    for table in metadata.sorted_tables:
        columns = [column for column in table.c if column.name not in VOLATILE]
        query = select(*columns)
        rows = await rig.runtime.db.read(lambda c, q=query: c.execute(q).all())
        kept[table.name] = sorted(str(row) for row in rows if not mine.isdisjoint(_texts(row)))
    return kept


def _texts(row: Any) -> set[str]:
    return {value for value in row if isinstance(value, str)}


if __name__ == "__main__":
    program(__doc__, over_rig(soak), 1000)
