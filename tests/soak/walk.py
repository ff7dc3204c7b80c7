"""Walking long lists in every way a caller may: nothing skipped, nothing twice.

Lists of works, which platforms page, and the service's own.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from tests.harness.rig import Rig, open_rig
from tests.harness.tool import Answer, Tool
from tests.soak import walk_own
from tests.soak.program import Figures, Run, program

LIMITS = {"youtube": 50, "facebook": 100}
PAGE_SIZE = 50
PERSON = "walker"
KEYS = {
    "cursor": {"mode", "limit", "hasNext", "hasPrevious", "nextCursor", "previousCursor"},
    "page": {"mode", "page", "pageSize", "total", "hasNext", "hasPrevious"},
}


async def pages(
    tool: Tool, platform: str, account: str, direction: str = "next", **params: str | int
) -> AsyncIterator[Answer]:
    """Pages by cursor until there is none further in the direction."""
    while True:
        answer = await tool.works(platform, account, **params)
        yield answer
        cursor = answer.data["pagination"].get(f"{direction}Cursor")
        if answer.code or cursor is None:
            return
        params = {**params, "cursor": cursor}


async def numbered(tool: Tool, account: str) -> AsyncIterator[Answer]:
    """Pages by number until there is none."""
    number = 0
    while True:
        number += 1
        answer = await tool.works("bilibili", account, page=number, pageSize=PAGE_SIZE)
        yield answer
        if answer.code or not answer.data["pagination"]["hasNext"]:
            return


@dataclass
class Walk:
    """What was met from the newest to the oldest, and how to begin the way back."""

    ids: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    last_page: int = 0
    previous: str | None = None


async def walked(answers: AsyncIterator[Answer]) -> Walk:
    walk = Walk()
    async for answer in answers:
        check_envelope(answer)
        items = answer.data["items"]
        walk.ids += [item["platformWorkId"] for item in items]
        walk.dates += [item["publishedAt"] for item in items if "publishedAt" in item]
        walk.last_page = len(items)
        walk.previous = answer.data["pagination"].get("previousCursor")
    return walk


def check_envelope(answer: Answer) -> None:
    """Raises AssertionError for an answer that is not a page of works."""
    assert answer.status == 200
    assert answer.code == 0, answer.body
    pagination = answer.data["pagination"]
    mode = pagination["mode"]
    assert set(pagination) <= KEYS[mode], pagination
    assert {"mode", "hasNext", "hasPrevious"} <= set(pagination)
    if mode == "cursor":
        assert pagination["hasNext"] == ("nextCursor" in pagination)
        assert pagination["hasPrevious"] == ("previousCursor" in pagination)
    assert len(answer.data["items"]) <= pagination.get("limit", pagination.get("pageSize"))


def gone(platform: str, works: int) -> int:
    """Works that only left their place behind: the sandbox's YouTube keeps deleted ones."""
    return len(range(7, works, 24)) if platform == "youtube" else 0


def wrong(found: list[str], expected: int) -> int:
    """How many were met twice, skipped or made up."""
    return len(found) - len(set(found)) + abs(len(set(found)) - expected)


async def soak(rig: Rig, works: int) -> dict[str, Any]:
    """Walk every way; returns what was wrong with each walk."""
    tool = await rig.tool()
    accounts = {p: await tool.connected(p, PERSON) for p in (*LIMITS, "bilibili")}
    faults: dict[str, int] = {}
    for platform, limit in LIMITS.items():
        account, expected = accounts[platform], works - gone(platform, works)
        walk = await walked(pages(tool, platform, account, limit=limit))
        disorder = walk.dates != sorted(walk.dates, reverse=True)
        faults[f"{platform}_forwards"] = wrong(walk.ids, expected) + disorder
        assert walk.previous is not None
        back = pages(tool, platform, account, "previous", cursor=walk.previous, limit=limit)
        # The way back begins before the last page.
        met = walk.ids[: len(walk.ids) - walk.last_page]
        faults[f"{platform}_backwards"] = int(await backwards(back) != met)
        plain = await walked(pages(tool, platform, account))
        faults[f"{platform}_nothing_sent"] = int(plain.ids != walk.ids)
    walk = await walked(numbered(tool, accounts["bilibili"]))
    faults["bilibili_pages"] = wrong(walk.ids, works)
    faults |= {f"{p}_changing": await changing(rig, tool, p, accounts[p]) for p in accounts}
    return {"walks": len(faults), **faults, "faults": sum(faults.values())}


async def backwards(answers: AsyncIterator[Answer]) -> list[str]:
    """Ids of a walk towards the newest, put into the order of a list."""
    found: list[str] = []
    async for answer in answers:
        check_envelope(answer)
        found = [item["platformWorkId"] for item in answer.data["items"]] + found
    return found


async def changing(rig: Rig, tool: Tool, platform: str, account: str) -> int:
    """Walk while works come and go; returns the number of answers that were no page."""
    walk = numbered(tool, account) if platform == "bilibili" else pages(tool, platform, account)
    place = f"/_world/{platform}/{PERSON}/works"
    bad = met = 0
    async for answer in walk:
        try:
            check_envelope(answer)
        except (AssertionError, KeyError):
            bad += 1
            break
        items = answer.data["items"]
        met += len(items)
        # What was just shown goes, newer ones come: both shift what follows.
        shown = [item["platformWorkId"] for item in items[:2]]
        if shown:
            changes = ({"remove": shown}, {"add": 1})
            await asyncio.gather(*(rig.sandbox("POST", place, change) for change in changes))
    return bad + (met == 0)


async def run(folder: Any, database: str | None, works: int) -> Figures:
    async with open_rig(folder, database=database, works=works) as rig:
        platforms, own = await soak(rig, works), await walk_own.walk_all(rig, works)
    return {
        **platforms,
        **own,
        "walks": platforms["walks"] + len(own),
        "faults": platforms["faults"] + sum(own.values()),
    }


if __name__ == "__main__":
    runner: Run = run
    program(__doc__, runner, 10_000)
