"""The service's own lists that page, each walked whole while entries come and go.

Entries are rows written here, several of one time, so that order must not hang on the time alone.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table, delete, insert, select

from openchannels.core import ids
from openchannels.store import tables as t
from tests.harness.paths import ACCOUNTS, API, EVENTS, WEBHOOKS, WORKS
from tests.harness.rig import Rig
from tests.harness.tool import Answer, Tool

Params = Mapping[str, str | int]
Row = dict[str, Any]
WORK = "65f1a2b3c4d5e6f708192a3b"
AT_ONE_TIME = 7
PAGES = 12
"""The fewest pages of a walk."""
MOST = 100
"""The largest page."""


def by_cursor(answer: Answer, _sent: Params) -> Params | None:
    cursor = answer.data.get("nextCursor")
    return None if cursor is None else {"cursor": cursor}


def by_number(answer: Answer, sent: Params) -> Params | None:
    number, size = int(sent.get("page", 1)), int(sent["pageSize"])
    return {"page": number + 1} if number * size < answer.data["total"] else None


def by_sequence(answer: Answer, _sent: Params) -> Params | None:
    more = answer.data["hasNext"]
    return {"after": answer.data["list"][-1]["data"]["sequence"]} if more else None


@dataclass(frozen=True, slots=True)
class OwnList:
    """A list, how its entries are made, and in which order they are given."""

    operation: str
    path: str
    table: Table
    where: Mapping[str, str]
    order: Sequence[Column[Any]]
    newest_first: bool
    row: Callable[[int], Row]
    following: Callable[[Answer, Params], Params | None] = by_cursor
    size_name: str = "limit"
    goes: bool = True
    events: "OwnList | None" = None
    """Events of which each entry needs one."""

    @property
    def shifts(self) -> bool:
        """Whether a change before the place of a reader moves what follows."""
        return self.following is by_number


async def walk_all(rig: Rig, entries: int) -> dict[str, int]:
    """Walks every list of so many entries, at rest and while it changes; returns the faults."""
    document = await (await rig.http.get(f"{rig.url}/openapi.json")).json()
    faults: dict[str, int] = {}
    walked = set()
    for name, make in LISTS.items():
        tool = await rig.tool()
        account = (await tool.add_account(type="xhs", uid=secrets.token_hex(12), nickname="A")).data
        one = await make(rig, tool, account["id"])
        walked.add(one.operation)
        await add(rig, one, range(entries))
        for kind, changing in (("still", False), ("changing", True)):
            faults[f"{name}_{kind}"] = await walk(rig, tool, one, entries, changing=changing)
    return {**faults, "lists_not_walked": len(paged(document) - walked)}


def paged(document: Mapping[str, Any]) -> set[str]:
    """Operations that take a place to go on from, but for lists that platforms page."""
    operations = [one for methods in document["paths"].values() for one in methods.values()]
    return {
        one["operationId"]
        for one in operations
        if {"cursor", "after", "page"} & {part["name"] for part in one["parameters"]}
    } - {"WorksController_listWorks_v2"}


async def walk(rig: Rig, tool: Tool, one: OwnList, entries: int, *, changing: bool) -> int:
    """How many entries that stood all the time were skipped, given twice or out of order."""
    before = await in_order(rig, one)
    size = max(1, min(MOST, entries // PAGES))
    sent: Params | None = {one.size_name: size}
    found: list[str] = []
    while sent is not None:
        answer = await tool.get(one.path, **sent)
        if answer.code:
            return len(before) - len(found)
        found += [entry["id"] for entry in answer.data["list"]]
        further = one.following(answer, sent)
        sent = None if further is None else {one.size_name: size, **further}
        if changing and sent is not None:
            await change(rig, one, before, found)
    after = set(await in_order(rig, one))
    stood = [entry for entry in before if entry in after]
    given = [entry for entry in found if entry in set(stood)]
    astray = sum(a != b for a, b in zip(given, stood, strict=False))
    return len(found) - len(set(found)) + abs(len(stood) - len(given)) + astray


async def change(rig: Rig, one: OwnList, before: Sequence[str], found: Sequence[str]) -> None:
    """Entries come, and others go: the last that was given, and the last to be given."""
    shown = set(found)
    await add(rig, one, [secrets.randbelow(len(before)) for _ in range(2)])
    if one.goes:
        present = await in_order(rig, one)
        going = [entry for entry in reversed(present) if entry not in shown][:1]
        if not one.shifts:
            going.append(found[-1])
        gone = delete(one.table).where(one.table.c.id.in_(going))
        await rig.runtime.db.write(lambda c: c.execute(gone).rowcount)


async def in_order(rig: Rig, one: OwnList) -> Sequence[str]:
    """All ids as the list has to give them, read at once."""
    order = [column.desc() if one.newest_first else column for column in one.order]
    query = select(one.table.c.id).filter_by(**one.where).order_by(*order)
    found: Sequence[str] = await rig.runtime.db.read(lambda c: c.execute(query).scalars().all())
    return found


async def add(rig: Rig, one: OwnList, numbers: Sequence[int]) -> Sequence[Row]:
    rows = [one.row(number) for number in numbers]
    if one.events is not None:
        made = [event["id"] for event in await add(rig, one.events, numbers)]
        found = select(t.events.c.id, t.events.c.sequence).where(t.events.c.id.in_(made))
        sequences = await rig.runtime.db.read(lambda c: c.execute(found).all())
        rows = [
            {**row, "event_id": event.id, "sequence": event.sequence}
            for row, event in zip(rows, sequences, strict=True)
        ]
    await rig.runtime.db.write(lambda c: c.execute(insert(one.table), rows).rowcount)
    return rows


async def accounts_by_cursor(rig: Rig, tool: Tool, account: str) -> OwnList:
    (like,) = await rig.rows("accounts", id=account)

    def row(_number: int) -> Row:
        name = secrets.token_hex(12)
        return {**like, "id": f"xhs_{name}", "identity": name, "uid": name}

    return OwnList(
        "AccountsController_list_v2",
        ACCOUNTS,
        t.accounts,
        {"user_id": tool.user_id},
        [t.accounts.c.id],
        False,
        row,
    )


async def accounts_by_number(rig: Rig, tool: Tool, account: str) -> OwnList:
    """Entries come and go behind the reader only: before him they would shift the pages."""
    (like,) = await rig.rows("accounts", id=account)
    made = iter(range(10**9))

    def row(_number: int) -> Row:
        name = f"z{next(made):09}{secrets.token_hex(4)}"
        return {**like, "id": f"xhs_{name}", "identity": name, "uid": name}

    return OwnList(
        "AccountsController_list_v2",
        ACCOUNTS,
        t.accounts,
        {"user_id": tool.user_id},
        [t.accounts.c.id],
        False,
        row,
        by_number,
        "pageSize",
    )


async def assets(rig: Rig, tool: Tool, _account: str) -> OwnList:
    await tool.post("/api/assets/uploadSign", {"filename": "a.png"})
    (like,) = await rig.rows("assets", user_id=tool.user_id)

    def row(number: int) -> Row:
        new = ids.new_object_id()
        at = like["created_at"] - number // AT_ONE_TIME
        return {**like, "id": new, "path": f"{tool.user_id}/{new}", "created_at": at}

    return OwnList(
        "AssetsController_list",
        "/api/assets",
        t.assets,
        {"user_id": tool.user_id},
        [t.assets.c.created_at, t.assets.c.id],
        True,
        row,
    )


async def history(rig: Rig, tool: Tool, account: str) -> OwnList:
    where = {"user_id": tool.user_id, "account_id": account, "work_id": WORK}

    def row(number: int) -> Row:
        at = rig.clock() - number // AT_ONE_TIME
        return {**where, "id": ids.new_object_id(), "at": at, "metrics": {}, "extra": {}}

    return OwnList(
        "WorksController_listHistory_v2",
        f"{WORKS}/xhs/{WORK}/history?accountId={account}",
        t.snapshots,
        where,
        [t.snapshots.c.at, t.snapshots.c.id],
        True,
        row,
    )


async def events(rig: Rig, tool: Tool, _account: str) -> OwnList:
    (like, *_) = await rig.rows("events", user_id=tool.user_id)
    del like["sequence"]
    # An event is listed some seconds after it happened: this one is left away, the others are old.
    await rig.drop_rows("events", user_id=tool.user_id)
    like["at"] -= 60.0

    def row(_number: int) -> Row:
        return {**like, "id": ids.new_event_id()}

    return OwnList(
        "EventsController_list_v2",
        EVENTS,
        t.events,
        {"user_id": tool.user_id},
        [t.events.c.sequence],
        False,
        row,
        by_sequence,
    )


async def deliveries(rig: Rig, tool: Tool, account: str) -> OwnList:
    url = "https://hooks.example.com/"
    shown = await rig.runtime.services.webhooks.create(tool.user_id, "operator", url)
    webhook, at = shown.webhook.id, rig.clock()

    def row(_number: int) -> Row:
        like = {"webhook_id": webhook, "status": "pending", "attempts": 0, "asked_at": at}
        return {**like, "id": ids.new_delivery_id()}

    return OwnList(
        "WebhooksController_deliveries_v2",
        f"{WEBHOOKS}/{webhook}/deliveries",
        t.deliveries,
        {"webhook_id": webhook},
        [t.deliveries.c.sequence],
        True,
        row,
        events=await events(rig, tool, account),
    )


async def audit(rig: Rig, tool: Tool, _account: str) -> OwnList:
    (like, *_) = await rig.rows("audit", user_id=tool.user_id)

    def row(number: int) -> Row:
        at = like["at"] - number // AT_ONE_TIME
        return {**like, "id": ids.new_object_id(), "at": at}

    return OwnList(
        "AuditController_list_v2",
        f"{API}/audit",
        t.audit,
        {"user_id": tool.user_id},
        [t.audit.c.at, t.audit.c.id],
        True,
        row,
        goes=False,
    )


LISTS = {
    "accounts_by_cursor": accounts_by_cursor,
    "accounts_by_number": accounts_by_number,
    "assets": assets,
    "history": history,
    "events": events,
    "deliveries": deliveries,
    "audit": audit,
}
