"""`serve --workers 2` under load while one of its processes after the other is killed.

A request may be lost only by the process that has taken its connection: which those are is known,
because a process is stopped before it is killed. Whatever was answered must have lasted. `size` is
the number of requests; there is a kill for each 500 of them. Needs Linux.
"""

import asyncio
import contextlib
import json
import os
import random
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from openchannels.app.bootstrap import open_runtime
from openchannels.settings import load_settings
from tests.harness.processes import Child
from tests.harness.settings import COMMON, store_environ
from tests.harness.waiting import until
from tests.metrics.scraped import Scraped
from tests.soak.program import Figures, program

WORKERS = 2
AT_ONCE = 16
PER_KILL = 500
START = "/api/v2/channels/accounts/auth/youtube"
STATUS = f"{START}/status/"
READS = 0.8
"""Share of the requests that read; the others start an authorization, which writes."""
FAILED = (OSError, EOFError, asyncio.IncompleteReadError)


@dataclass
class Load:
    """What clients have sent and got."""

    url: str
    key: str
    left: int
    answered: int = 0
    lost: list[int] = field(default_factory=list)
    """Ports of the clients' ends of connections on which no answer came."""
    refused: int = 0
    """Connections that nobody took."""
    wrong: list[Any] = field(default_factory=list)
    started: list[str] = field(default_factory=list)

    async def client(self, *, keeps: bool) -> None:
        """Sends requests one after the other, on one connection or each on a new one."""
        while self.left > 0:
            try:
                connection = await self.connect()
            except OSError:
                self.refused += 1
                await asyncio.sleep(0.05)
                continue
            try:
                while self.left > 0:
                    self.left -= 1
                    await self._request(connection)
                    if not keeps:
                        break
            except FAILED:
                self.lost.append(connection.port)
            finally:
                connection.close()

    async def connect(self) -> "Connection":
        parts = urlsplit(self.url)
        return Connection(*await asyncio.open_connection(parts.hostname, parts.port))

    async def _request(self, connection: "Connection") -> None:
        reads = bool(self.started) and random.random() < READS
        body = await connection.get(
            STATUS + random.choice(self.started) if reads else START, self.key
        )
        self.answered += 1
        answer = json.loads(body)
        if answer["code"] != 0:
            self.wrong.append(answer["code"])
        elif not reads:
            self.started.append(answer["data"]["sessionId"])


class Connection:
    """One connection of a client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.port: int = writer.get_extra_info("sockname")[1]

    async def get(self, path: str, key: str) -> bytes:
        """Returns the body of an answer with a length. Raises one of FAILED."""
        lines = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: {key}\r\n\r\n"
        self._writer.write(lines.encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        return await self._reader.readexactly(length)

    def close(self) -> None:
        self._writer.transport.abort()


@dataclass
class Kills:
    """Kills of processes, and how long it took until all served again."""

    parent: psutil.Process
    load: Load
    held: set[int] = field(default_factory=set)
    """Ports of clients whose connections a process had taken when it was killed."""
    seconds: list[float] = field(default_factory=list)

    async def go_on(self, count: int) -> None:
        """Kills a process each time that PER_KILL requests have been sent."""
        whole = self.load.left
        for number in range(count):
            await until(lambda n=number: self.load.left <= whole - PER_KILL * n - PER_KILL // 2)
            await self._kill()

    async def _kill(self) -> None:
        victim = random.choice(self.serving())
        victim.suspend()
        # What it takes while it stops is seen too.
        await until(lambda: victim.status() == psutil.STATUS_STOPPED)
        self.held |= {c.raddr.port for c in victim.net_connections("tcp") if c.raddr}
        began = time.monotonic()
        victim.send_signal(signal.SIGKILL)
        await until(self._all_serve)
        self.seconds.append(time.monotonic() - began)

    def serving(self) -> list[psutil.Process]:
        """The processes of the service, those that are just being started too."""
        return self.parent.children()

    async def _all_serve(self) -> bool:
        connection = await self.load.connect()
        try:
            page = await connection.get("/metrics", self.load.key)
        except FAILED:
            return False
        finally:
            connection.close()
        served = [s.value for s in Scraped(page.decode()).samples
                  if s.name == "openchannels_serving_processes"]  # fmt: skip
        alive = [one for one in self.serving() if one.status() != psutil.STATUS_ZOMBIE]
        return served == [WORKERS] and len(alive) == WORKERS


async def run(folder: Path, database: str | None, size: int) -> Figures:
    """Send `size` requests, with a kill for each 500 of them."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240
    environ = {
        **COMMON,
        **store_environ(database),
        "OPENCHANNELS_SANDBOX__URL": "http://127.0.0.1:1",
        "OPENCHANNELS_SERVER__LOG_LEVEL": "warning",
    }
    key = await _key(folder, environ)
    log = folder / "stderr.log"
    words = ("openchannels", "serve", "--workers", str(WORKERS), "--port", "0", "--json")
    service = await Child(*words, "--data-dir", folder, log=log, environ=environ).up()
    try:
        load = Load(json.loads(service.said)["url"], key, size)
        kills = Kills(psutil.Process(service.process.pid), load)
        clients = [load.client(keeps=number % 2 == 0) for number in range(AT_ONCE)]
        await asyncio.gather(kills.go_on(size // PER_KILL), *clients)
        gone = await _missing(load)
        code = await asyncio.to_thread(service.end, signal.SIGTERM)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(service.process.pid, signal.SIGTERM)
    elsewhere = sum(port not in kills.held for port in load.lost)
    return {
        "processes": WORKERS,
        "kills": len(kills.seconds),
        "requests": size,
        "answered": load.answered,
        "lost_in_the_killed": len(load.lost) - elsewhere,
        "lost_elsewhere": elsewhere,
        "connections_refused": load.refused,
        "answered_but_gone": gone,
        "restart_seconds_mean": round(sum(kills.seconds) / len(kills.seconds), 2),
        "restart_seconds_worst": round(max(kills.seconds), 2),
        "faults": elsewhere + load.refused + gone + len(load.wrong) + code,
    }


async def _missing(load: Load) -> int:
    """How many of the authorizations that were answered cannot be read."""
    connection, missing = await load.connect(), 0
    for session in load.started:
        missing += json.loads(await connection.get(STATUS + session, load.key))["code"] != 0
    connection.close()
    return missing


async def _key(folder: Path, environ: dict[str, str]) -> str:
    settings = load_settings(data_dir=folder, environ=environ)
    runtime = await open_runtime(settings, public_url="http://unused")
    key = await runtime.services.api_keys.create("soak")
    await runtime.close()
    return key.key


if __name__ == "__main__":
    program(__doc__, run, 5_000)
