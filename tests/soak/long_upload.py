"""A video of 2 GB on its way to a platform, cut three times and once by kill -9, in flat memory.

YouTube's resumable session, which the platform can be asked about; Bilibili's and TikTok's parts.
Between service and platform stands a relay that counts the bytes and cuts the connection in the
middle of a part; the kill comes after that. The file is sparse: it takes no room on disk. `--size`
is in megabytes.
"""

import asyncio
import struct
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openchannels.core.publishing import MIB
from tests.assets.files import film
from tests.soak.desk import ENDED, Desk
from tests.soak.program import Figures, program
from tests.soak.publish_cases import PUBLIC, SETTINGS
from tests.soak.relay import Relay
from tests.soak.uploads import memory

CUTS = (0.25, 0.5, 0.75)
KILLED_AT = 0.6
"""Shares of the file."""
OVERHEAD = 0.002
"""Share of the file by which the bytes on the wire exceed it: heads of requests, other calls."""
MEMORY_LIMIT = 160.0
"""MB by which the service may grow: some parts, and what is read ahead."""
PATIENCE = 900.0


@dataclass(frozen=True)
class Target:
    """A platform, and how many bytes it loses at most with a connection."""

    platform: str
    part: int
    option: dict[str, Any]
    tags: str = ""


TARGETS = (
    Target("youtube", 16 * MIB, {}),
    Target("bilibili", 8 * MIB, {"tid": 21}, " #rye"),
    Target("tiktok", 64_000_000, PUBLIC),
)


async def run(folder: Path, database: str | None, size: int) -> Figures:
    """Upload a video of so many megabytes to each platform."""
    relay, figures, faults = Relay(), {}, 0
    async with Desk(folder, database, SETTINGS).open(relay) as desk:
        for target in TARGETS:
            await desk.connect(target.platform)
        url = await sparse_video(desk, size * 1_000_000)
        for target in TARGETS:
            found = await upload(desk, relay, target, url, size * 1_000_000)
            faults += found.pop("faults")
            figures |= {f"{target.platform}_{name}": value for name, value in found.items()}
    return {**figures, "faults": faults}


async def sparse_video(desk: Desk, size: int) -> str:
    """The address of a confirmed video: a short film, and a box of nothing after it."""
    head = film()
    free = struct.pack(">I4sQ", 1, b"free", size - len(head))
    signed = await desk.sign(size, "long.mp4")
    path = signed["url"].partition("/media/")[2]
    file = desk.settings.assets_path / "uploads" / f"{path}.done"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as out:
        out.write(head + free)
        out.truncate(size)
    await desk.api("POST", f"/api/assets/{signed['id']}/confirm", {})
    return str(signed["url"])


async def upload(desk: Desk, relay: Relay, target: Target, url: str, size: int) -> dict[str, Any]:
    """Publish the video on one platform, with cuts; returns what that took."""
    flow, began, grown, killed = f"long-{target.platform}", time.monotonic(), 0.0, False
    text = f"A long film{target.tags}"
    content = {"title": "A long film", "body": text, "media": [{"url": url}]}
    before = relay.sent
    relay.cuts = tuple(before + int(share * size) for share in CUTS)
    watch = Watch(desk)
    await desk.create(flow, target.platform, content, target.option)
    deadline = began + PATIENCE
    while time.monotonic() < deadline and (waiting := await desk.waiting()):
        if not killed and relay.sent - before > KILLED_AT * size:
            killed, grown = True, watch.grown()
            await desk.service.end()
            await desk.service.start()
            watch = Watch(desk)
        desk.move(waiting)
        await asyncio.sleep(0.2)
    grown = max(grown, watch.grown())
    task, again = await desk.task(flow), relay.sent - before - size
    shown = sum("A long film" in str(one) for one in await desk.shown(target.platform))
    most = (len(CUTS) + 1) * target.part + OVERHEAD * size
    broken = {
        "not out": task["status"] != 1 or shown != 1,
        "cuts missing": bool(relay.cuts) or not killed,
        "too much again": again > most,
        "memory": grown > MEMORY_LIMIT,
        "stuck": task["status"] not in ENDED,
    }
    return {
        "sent_again_mb": round(again / 1e6, 1),
        "sent_again_at_most_mb": round(most / 1e6),
        "memory_grown_mb": round(grown, 1),
        "seconds": round(time.monotonic() - began),
        "problems": [name for name, is_so in broken.items() if is_so],
        "errors": [] if task["status"] == 1 else [str(task)],
        "faults": sum(broken.values()),
    }


class Watch:
    """The memory of the service, from now on."""

    def __init__(self, desk: Desk) -> None:
        self._process = desk.service
        self._before = memory(self._process, "VmRSS")
        Path(f"/proc/{self._process.pid}/clear_refs").write_text("5")

    def grown(self) -> float:
        """MB by which it has been larger than at the beginning."""
        return memory(self._process, "VmHWM") - self._before


if __name__ == "__main__":
    program(__doc__, run, 2_000)
