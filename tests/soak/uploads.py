"""Files from 1 KB to 200 MB are uploaded, twenty at once, through both stores of assets.

A third of them is cut on the way, once or more, and goes on; one in twenty is longer than signed,
and is refused. Each is read back, whole or in ranges, and deleted. The service runs in a process of
its own, whose memory is measured. `--size` is the number of files, half of them for each store.
"""

import asyncio
import random
import struct
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from openchannels.app.store import open_keys
from openchannels.settings import load_settings
from openchannels.store.vault.keyring import create_keyring
from tests.assets.bucket import settings_of
from tests.harness.processes import Child, Process, client
from tests.harness.settings import UNLIMITED, store_environ
from tests.soak.program import Figures, program

SMALLEST, LARGEST = 1000, 200_000_000
AT_ONCE = 20
CUT, TOO_LONG = 0.33, 0.05
"""Shares of the files."""
PART = 64 * 1024
MEMORY_LIMIT = 60.0
"""MB by which the service may grow at most while it takes and gives files."""
STORES = ("directory", "s3")


class Cut(Exception):
    """The client hangs up."""


@dataclass(frozen=True)
class Sound:
    """A WAV file of any size whose bytes follow from its number."""

    number: int
    size: int

    def read(self, start: int, end: int) -> bytes:
        """Bytes of the file, from `start` to before `end`."""
        noise = random.Random(self.number).randbytes(PART)
        head = self.head()
        data = head[start:end]
        at = max(start, len(head))
        while at < end:
            offset = (at - len(head)) % PART
            data += noise[offset : offset + end - at]
            at = start + len(data)
        return data

    def head(self) -> bytes:
        data = self.size - 44
        shape = struct.pack("<IHHIIHH", 16, 1, 1, 48_000, 96_000, 2, 16)
        return (
            b"RIFF"
            + struct.pack("<I", data + 36)
            + b"WAVEfmt "
            + shape
            + b"data"
            + struct.pack("<I", data)
        )

    def checksum(self, start: int, end: int) -> int:
        found = 0
        for at in range(start, end, PART):
            found = zlib.crc32(self.read(at, min(at + PART, end)), found)
        return found

    async def body(self, start: int, end: int, cut_at: int | None) -> AsyncIterator[bytes]:
        last = end if cut_at is None else max(start, cut_at)
        for at in range(start, last, PART):
            yield self.read(at, min(at + PART, last))
            await asyncio.sleep(0)
        if last < end:
            raise Cut


@dataclass
class Crowd:
    """Clients that upload to one service."""

    http: aiohttp.ClientSession
    url: str
    key: str
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    async def ask(self, method: str, path: str = "", **options: Any) -> Any:
        headers = {"X-Api-Key": self.key}
        address = f"{self.url}/api/assets{path}"
        async with self.http.request(method, address, headers=headers, **options) as answer:
            return await answer.json()

    async def one(self, sound: Sound) -> None:
        """Upload, read back and delete a file."""
        chance = random.Random(sound.number)
        is_long = chance.random() < TOO_LONG
        body = {"filename": f"{sound.number}.wav", "size": sound.size - is_long}
        signed = (await self.ask("POST", "/uploadSign", json=body))["data"]
        send = self.send_resumable if signed["resumable"] else self.send_whole
        status = await send(sound, signed["uploadUrl"], cuts_of(sound, chance))
        confirmed = await self.ask("POST", f"/{signed['id']}/confirm")
        if is_long:
            self.counts["refused"] += 1
            self.expect(confirmed["code"] in (12751, 12752), f"{confirmed['code']} for too long")
        else:
            self.expect(status == 200, f"sent with {status}")
            self.expect(confirmed["code"] == 0, f"confirmed with {confirmed['code']}")
            self.counts["bytes"] += sound.size
            await self.read_back(sound, signed["url"], chance)
        self.counts["files"] += 1
        await self.ask("DELETE", f"/{signed['id']}")

    async def put(
        self, sound: Sound, url: str, start: int, cut_at: int | None, is_range: bool
    ) -> tuple[int, str]:
        """Send from a position to the end; status 0 after a cut."""
        # A bucket writes an object of another type than its bytes are once more.
        kind = ("audio/wav", "text/html")[sound.number % 2]
        headers = {"Content-Length": str(sound.size - start), "Content-Type": kind}
        if is_range:
            headers["Content-Range"] = f"bytes {start}-{sound.size - 1}/{sound.size}"
        content = sound.body(start, sound.size, cut_at)
        try:
            async with self.http.put(url, data=content, headers=headers) as answer:
                return answer.status, answer.headers.get("Range", "")
        except (Cut, aiohttp.ClientError):
            self.counts["cut"] += 1
            return 0, ""

    async def send_resumable(self, sound: Sound, url: str, cuts: list[int]) -> int:
        at = 0
        while True:
            cut_at = cuts.pop(0) if cuts else None
            status, reached = await self.put(sound, url, at, cut_at, at > 0)
            if status not in (0, 308, 409):
                return status
            # The service may still be writing what arrived before the cut.
            headers = {"Content-Range": f"bytes */{sound.size}", "Content-Length": "0"}
            async with self.http.put(url, headers=headers) as answer:
                if answer.status == 200:
                    return 200
                reached = answer.headers.get("Range", "")
            at = int(reached.rpartition("-")[2]) + 1 if reached else 0
            self.counts["resumed"] += at > 0
            await asyncio.sleep(0.02)

    async def send_whole(self, sound: Sound, url: str, cuts: list[int]) -> int:
        """A bucket keeps nothing of an upload that was cut."""
        for cut_at in [*cuts[:1], None]:
            status, _ = await self.put(sound, url, 0, cut_at, False)
            if status:
                return status
        return 0

    async def read_back(self, sound: Sound, url: str, chance: random.Random) -> None:
        start, end = 0, sound.size
        headers = {}
        if chance.random() < 0.5:
            start, end = sorted(chance.sample(range(sound.size), 2))
            headers = {"Range": f"bytes={start}-{end - 1}"}
        found, length = 0, 0
        async with self.http.get(url, headers=headers) as answer:
            self.expect(answer.status == (206 if headers else 200), f"read with {answer.status}")
            async for part in answer.content.iter_chunked(PART):
                found, length = zlib.crc32(part, found), length + len(part)
        is_same = length == end - start and found == sound.checksum(start, end)
        self.counts["read_wrong"] += not is_same
        self.expect(is_same, "other bytes than were sent")

    def expect(self, good: bool, what: str) -> None:
        if not good:
            self.wrong.append(what)

    async def all(self, sounds: list[Sound]) -> None:
        waiting = iter(sounds)

        async def one_client() -> None:
            for sound in waiting:
                await self.one(sound)

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(one_client())


def cuts_of(sound: Sound, chance: random.Random) -> list[int]:
    """Where the upload of a file is to be cut, in rising order."""
    if chance.random() >= CUT:
        return []
    return sorted(chance.randrange(sound.size) for _ in range(chance.randint(1, 3)))


def sounds_of(size: int, largest: int, chance: random.Random) -> list[Sound]:
    """Files of all magnitudes, most of them small; the last is the largest."""
    ratio = largest / SMALLEST
    sizes = [int(SMALLEST * ratio ** (chance.random() ** 4)) for _ in range(size - 1)]
    return [Sound(number, one // 2 * 2) for number, one in enumerate([*sizes, largest])]


async def run(folder: Path, database: str | None, size: int, *, largest: int = LARGEST) -> Figures:
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240
    create_keyring(folder / "keyring.json")
    environ = {
        **store_environ(database, folder / "keyring.json"),
        **UNLIMITED,
        "OPENCHANNELS_SERVER__PORT": "0",
        "OPENCHANNELS_SERVER__LOG_LEVEL": "warning",
        "OPENCHANNELS_JOBS__EMBEDDED": "false",
    }
    settings = load_settings(data_dir=folder, environ=environ)
    async with open_keys(settings, create=True) as keys:
        key = (await keys.create("soak")).key
    bucket = Child("tests.assets.bucket", log=folder / "bucket.log")
    try:
        address = (await bucket.up()).said
        more: dict[str, Mapping[str, str]] = {"directory": {}, "s3": settings_of(address)}
        figures: dict[str, Any] = {}
        for store in STORES:
            of_store = {**environ, **more[store]}
            found = await through(folder, of_store, key, max(AT_ONCE, size // 2), largest)
            figures |= {f"{store}_{name}": value for name, value in found.items()}
    finally:
        bucket.end()
    left = [file for file in settings.assets_path.rglob("*") if file.is_file()]
    faults = sum(value for name, value in figures.items() if name.endswith("_faults"))
    shown = {name: value for name, value in figures.items() if not name.endswith("_faults")}
    return {**shown, "files_left": len(left), "faults": faults + len(left)}


async def through(
    folder: Path, environ: Mapping[str, str], key: str, size: int, largest: int
) -> dict[str, Any]:
    """Upload all files through one store of assets."""
    chance = random.Random(size)
    async with Process(folder, environ=environ) as process, client() as http:
        crowd = Crowd(http, process.url, key)
        await crowd.all(sounds_of(AT_ONCE, SMALLEST * 100, chance))
        crowd.counts.clear()
        before = memory(process, "VmRSS")
        Path(f"/proc/{process.pid}/clear_refs").write_text("5")  # noqa: ASYNC240
        await crowd.all(sounds_of(size, largest, chance))
        grown = memory(process, "VmHWM") - before
        crowd.expect(grown < MEMORY_LIMIT, f"memory grew by {grown:.0f} MB")
        crowd.expect("Traceback" not in process.log.read_text(), "a fault in the log")
    megabytes = crowd.counts.pop("bytes") // 10**6
    return {
        **crowd.counts,
        "megabytes": megabytes,
        "memory_grown_mb": round(grown, 1),
        "problems": crowd.wrong[:5],
        "faults": len(crowd.wrong),
    }


def memory(process: Process, name: str) -> float:
    """Resident memory of a process in MB: `VmRSS` now, `VmHWM` at most."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1024


if __name__ == "__main__":
    program(__doc__, run, 1000)
