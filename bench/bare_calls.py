"""The floor of a page of works: its two calls by aiohttp alone, with their answers decoded.

As a program: `python -m bench.bare_calls PORT` reads one JSON `Pairs` a line and writes how many
microseconds of processor time each pair took.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import aiohttp
import msgspec

from bench.processes import child, first_line, pin_as_told
from bench.upstream import ITEMS, video_id
from openchannels.server.serve import run_async

API = "http://127.0.0.1:{port}/www.googleapis.com/youtube/v3"
HEADERS = {"Authorization": "Bearer ya29." + "a" * 160}
PLAYLIST = (
    "?part=snippet%2CcontentDetails%2Cstatus&playlistId=UU0000000000000000000001&maxResults=20"
)
VIDEOS = "?part=snippet%2Cstatistics%2Cstatus%2CcontentDetails%2CliveStreamingDetails&id="


@dataclass(frozen=True, slots=True)
class Pairs:
    """For how long to make pairs of calls, and how many at once."""

    seconds: float
    at_once: int


class BareCalls:
    """The parent's end of the process that makes them, on the core of the servers."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def microseconds(self, pairs: Pairs) -> float:
        """Returns the processor time of one pair."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(pairs)) + "\n")
        self._process.stdin.flush()
        return float(first_line(self._process))


@contextmanager
def bare_calls(port: int) -> Iterator[BareCalls]:
    with child("bench.bare_calls", str(port)) as process:
        yield BareCalls(process)


async def _call(session: aiohttp.ClientSession, url: str) -> None:
    async with session.get(url, headers=HEADERS) as response:
        msgspec.json.decode(await response.read())


async def _measure(port: int, pairs: Pairs) -> float:
    api = API.format(port=port)
    ids = "%2C".join(map(video_id, range(ITEMS)))
    made = 0

    async def repeat(session: aiohttp.ClientSession, end: float) -> None:
        nonlocal made
        while time.monotonic() < end:
            await _call(session, f"{api}/playlistItems{PLAYLIST}")
            await _call(session, f"{api}/videos{VIDEOS}{ids}")
            made += 1

    async with aiohttp.ClientSession() as session:
        await _call(session, f"{api}/videos{VIDEOS}{ids}")
        before = time.process_time()
        end = time.monotonic() + pairs.seconds
        await asyncio.gather(*(repeat(session, end) for _ in range(pairs.at_once)))
        return (time.process_time() - before) / made * 1e6


def main() -> None:
    pin_as_told()
    for line in sys.stdin:
        run_async(_print(Pairs(**json.loads(line))))


async def _print(pairs: Pairs) -> None:
    print(await _measure(int(sys.argv[1]), pairs), flush=True)


if __name__ == "__main__":
    main()
