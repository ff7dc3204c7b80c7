"""The service's own lists, each walked whole while entries come and go."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, select

from openchannels.store import tables as t
from tests.harness.rig import Rig
from tests.harness.tool import Tool
from tests.soak.own_lists import LISTS, Make, OwnList, Params, Row

PAGES = 6
"""The fewest pages of a walk."""
MOST = 100
"""The largest page."""


async def walk_all(rig: Rig, entries: int) -> dict[str, int]:
    """Walks every list of so many entries, at rest and while it changes; returns the faults."""
    document = await (await rig.http.get(f"{rig.url}/openapi.json")).json()
    faults: dict[str, int] = {}
    walked = set()
    for name, make in LISTS.items():
        tool, one = await filled(rig, make, entries)
        walked.add(one.operation)
        for kind, changing in (("still", False), ("changing", True)):
            faults[f"{name}_{kind}"] = await walk(rig, tool, one, entries, changing=changing)
    return {**faults, "lists_not_walked": len(paged(document) - walked)}


async def filled(rig: Rig, make: Make, entries: int) -> tuple[Tool, OwnList]:
    """A list of a new tenant with so many entries."""
    tool = await rig.tool()
    account = await tool.add_account(type="xhs", uid=secrets.token_hex(12), nickname="A")
    one = await make(rig, tool, account.data["id"])
    await add(rig, one, range(entries))
    return tool, one


def paged(document: Mapping[str, Any]) -> set[str]:
    """Operations that take a place to go on from, but for lists that platforms page."""
    operations = [one for methods in document["paths"].values() for one in methods.values()]
    return {
        one["operationId"]
        for one in operations
        if {"cursor", "after", "page"} & {part["name"] for part in one["parameters"]}
    } - {"EngagementController_listComments_v2", "WorksController_listWorks_v2"}


async def walk(rig: Rig, tool: Tool, one: OwnList, entries: int, *, changing: bool) -> int:
    """How many entries that stood all the time were skipped, given twice or out of order."""
    before = await in_order(rig, one)
    size = max(1, min(MOST, entries // PAGES))
    sent: Params | None = {one.size_name: size}
    found: list[str] = []
    while sent is not None:
        answer = await tool.get(one.path, **sent)
        if answer.code:
            return max(1, len(before) - len(found))
        found += [entry["id"] for entry in answer.data["list"]]
        further = one.following(answer, sent)
        sent = None if further is None else {one.size_name: size, **further}
        if changing and sent is not None:
            await change(rig, one, before, found)
    standing = set(before).intersection(await in_order(rig, one))
    stood = [entry for entry in before if entry in standing]
    given = [entry for entry in found if entry in standing]
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
