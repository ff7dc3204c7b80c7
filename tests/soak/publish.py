"""Posts on all platforms while the service is killed and answers are lost, then a count.

Posts come in waves, and kill -9 ends the service in each: at a random moment, or while a call to
each platform is under way, one of the first calls in the first wave, later ones in others. A tenth
of the calls that publish lose their answer after the platform acted. Each request of the caller and
each webhook of the platforms comes twice. Processes are real; waiting is not: a clock that all of
them share is moved to what falls due next.

Nothing is posted twice, nothing told as published is missing, nothing fails, and nothing is stuck.
What nobody could find out ends `unconfirmed`, counted by platform.
"""

import asyncio
import json
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.assets.files import film, image
from tests.harness.paths import API
from tests.soak.desk import ENDED, Desk
from tests.soak.program import Figures, program
from tests.soak.publish_cases import CASES, PLATFORMS, SETTINGS, Case

LOST_OF_ALL = 0.1
"""Share of the calls that publish whose answer is cut after the platform acted."""
WAVE = 4 * len(CASES)
STEPS = 16
"""Calls of one platform, from the first of a wave on, in which the service is killed in turn."""
HELD_SECONDS, STEP_SECONDS = 20, 5.0
"""How long calls are waited for, and by how much the clock moves in each second of that."""
LATE_KILLS, MOVES_PER_KILL = 3, 10
"""Kills while what is left is looked for."""
LEASE_SECONDS = 60.0
"""For so long nobody takes up what a killed service worked on; the clock is moved by that."""
PATIENCE = 600.0
"""Seconds without a change after which what has not ended is stuck."""
LONGEST_SECONDS = 20 * 86_400.0
MANY = 100_000
"""Posts a day that the platforms take here: what is held back by a cap shows nothing new."""


@dataclass
class Post:
    """One post: what was asked for, what the service says of it, and how often it is out."""

    case: Case
    title: str
    flow: str
    status: int = 0
    error: dict[str, Any] = field(default_factory=dict)
    out: int = 0

    @property
    def is_unconfirmed(self) -> bool:
        return self.error.get("type") == "unconfirmed"

    def __str__(self) -> str:
        kind = f"{self.case.platform} {self.case.kind}"
        return f"{self.title} ({kind}): status {self.status}, out {self.out}, {self.error}"


class Storm:
    """One run over a desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._files: dict[str, str] = {}
        self.posts: list[Post] = []
        self.kills = 0
        self.killed_in: Counter[str] = Counter()
        """Calls to platforms that were under way at a kill."""

    async def run(self, size: int) -> None:
        await self._prepare()
        for wave, first in enumerate(range(0, size, WAVE)):
            await self._wave(wave, range(first, min(first + WAVE, size)))
        await self._until_ended()
        for post in self.posts:
            task = await self._desk.task(post.flow)
            post.status, post.error = task["status"], task.get("errorData") or {}
        for platform in PLATFORMS:
            texts = [
                json.dumps(one, ensure_ascii=False) for one in await self._desk.shown(platform)
            ]
            for post in self.posts:
                if post.case.platform == platform:
                    post.out = sum(post.title in text for text in texts)

    async def _prepare(self) -> None:
        desk = self._desk
        for platform in PLATFORMS:
            await desk.connect(platform)
            await desk.sandbox("PUT", f"/_publishing/{platform}", {"dailyCap": MANY})
        self._files["image"] = await desk.upload(image("JPEG", 1080, 1080), "a.jpg")
        self._files["video"] = await desk.upload(film(), "a.mp4")
        for case in CASES:
            for name in case.values:
                account = desk.accounts[case.platform]
                path = f"{API}/accounts/{account}/publish-options/{name}/values"
                case.option[name] = (await desk.api("GET", path))["items"][0]["value"]

    async def _wave(self, wave: int, numbers: range) -> None:
        in_calls = wave % 2 == 0
        if in_calls:
            await self._hold_calls(wave % STEPS)
        for number in numbers:
            await self._post(number)
        if in_calls:
            await self._until_held()
        else:
            await asyncio.sleep(random.uniform(0, 3))
        await self._kill()

    async def _post(self, number: int) -> None:
        case = CASES[number % len(CASES)]
        post = Post(case, f"post {number:05} of the storm", f"storm-{number}")
        self.posts.append(post)
        if random.random() < LOST_OF_ALL:
            host, path = case.commit
            where = {"host": host, "path": path, "method": case.method, "after": case.before}
            await self._fault({**where, "kind": "drop", "acted": True})
        media = [{"url": self._files[case.kind]}] if case.kind in self._files else []
        body = f"{post.title} {case.tags}".strip()
        content: dict[str, Any] = {"title": post.title, "body": body, "media": media}
        if case.cover:
            content["cover"] = {"url": self._files["image"]}
        for _ in range(2):
            await self._desk.create(post.flow, case.platform, content, case.option)

    # Kills

    async def _hold_calls(self, step: int) -> None:
        """Hold one call of each platform: that after so many others, or the next."""
        for platform in PLATFORMS:
            after = step + random.randrange(2)
            held = {"platform": platform, "after": after, "kind": "latency", "latencyMs": 600_000}
            await self._fault(held)

    async def _until_held(self) -> None:
        """Wait until all calls are held, or no more will come; their work may need time."""
        for _ in range(HELD_SECONDS):
            if all(one["fired"] for one in await self._faults() if one["kind"] == "latency"):
                return
            await asyncio.sleep(1.0)
            self._desk.clock.advance(STEP_SECONDS)

    async def _kill(self) -> None:
        """End the service; calls that were under way arrive at their platforms after that."""
        await self._desk.service.end()
        self.kills += 1
        for one in await self._faults():
            if one["kind"] == "latency" and one["fired"]:
                self.killed_in[_kind_of_call(one["last"])] += 1
            if one["kind"] == "latency" or one["fired"]:
                await self._desk.sandbox("DELETE", f"/_faults/{one['id']}")
        await self._desk.service.start()
        self._desk.clock.advance(LEASE_SECONDS)

    async def _fault(self, rule: dict[str, Any]) -> None:
        await self._desk.sandbox("POST", "/_faults", {**rule, "times": 1})

    async def _faults(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self._desk.sandbox("GET", "/_faults"))["faults"]
        return found

    async def _until_ended(self) -> None:
        """Move the clock from one thing that is due to the next, until each post has ended."""
        last, changed, moves = -1, time.monotonic(), 0
        most = self._desk.clock() + LONGEST_SECONDS
        while time.monotonic() < changed + PATIENCE and self._desk.clock() < most:
            waiting = await self._desk.waiting()
            if not waiting:
                return
            if len(waiting) != last or self._desk.move(waiting):
                last, changed, moves = len(waiting), time.monotonic(), moves + 1
                if moves % MOVES_PER_KILL == 0 and moves <= MOVES_PER_KILL * LATE_KILLS:
                    await self._kill()
            await asyncio.sleep(0.2)

    # What came of it

    def figures(self) -> Figures:
        posts = self.posts
        unconfirmed = [post for post in posts if post.is_unconfirmed]
        broken = {
            "posted_twice": [post for post in posts if post.out > 1],
            "published_but_missing": [one for one in posts if one.status == 1 and not one.out],
            "failed": [one for one in posts if one.status == -1 and not one.is_unconfirmed],
            "stuck": [post for post in posts if post.status not in ENDED],
        }
        return {
            "posts": len(posts),
            "platforms": len(self._desk.accounts),
            "kills": self.kills,
            "calls_under_way_at_a_kill": self.killed_in.total(),
            "kinds_of_them": len(self.killed_in),
            "webhooks": self._desk.webhooks.delivered,
            "hours": round(self._desk.clock.ahead / 3600, 1),
            "published": sum(post.status == 1 for post in posts),
            "waiting_for_a_person": sum(post.status == 8 for post in posts),
            "unconfirmed": len(unconfirmed),
            "unconfirmed_and_out": sum(post.out == 1 for post in unconfirmed),
            "unconfirmed_where": dict(Counter(post.case.platform for post in unconfirmed)),
            **{name: len(found) for name, found in broken.items()},
            "failed_but_out": sum(post.out > 0 for post in broken["failed"]),
            "killed_in": sorted(self.killed_in),
            "problems": [f"{name}: {one}" for name, found in broken.items() for one in found],
            "faults": sum(map(len, broken.values())),
        }


def _kind_of_call(call: str) -> str:
    """A call without what differs from one post to the next."""
    return re.sub(r"[^/:.]*\d[^/:.]{2,}", "*", call)


async def run(folder: Path, database: str | None, size: int) -> Figures:
    """Publish `size` posts, with a kill for each wave of them."""
    async with Desk(folder, database, SETTINGS).open() as desk:
        storm = Storm(desk)
        await storm.run(size)
        return storm.figures()


if __name__ == "__main__":
    program(__doc__, run, 1_000)
