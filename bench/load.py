"""The load: keep-alive clients over bare sockets, in a process of its own.

A client sends its next request when its answer is whole. One request costs this process about a
third of what the plainest server spends on it, so it is not what is measured.
As a program: reads one JSON `Load` a line, writes one JSON `Result` a line.
"""

import asyncio
import gc
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import cycle
from typing import cast

from bench.processes import LOAD_CORE, child, first_line, pin_as_told

DRAIN_SECONDS = 30.0
FIRST_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Load:
    """What to send: `paths` in turn, in a random order, by `clients` at once.

    With `rate` set, requests start at that many a second whether or not earlier ones have been
    answered, and a latency counts from the moment a request was due.
    """

    port: int
    paths: list[str]
    headers: dict[str, str] = field(default_factory=dict)
    clients: int = 32
    seconds: float = 1.5
    expect: str = ""
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What came back. Times are in milliseconds; the rate counts what came within the load's time,
    `answers` also what was in flight at its end.
    """

    per_second: float
    p50: float
    p99: float
    answers: int
    wrong: int


class Loader:
    """The parent's end of a load process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, load: Load) -> Result:
        """Apply a load. Raises RuntimeError when there is no or any wrong answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(load)) + "\n")
        self._process.stdin.flush()
        result = Result(**json.loads(first_line(self._process)))
        if result.wrong or not result.answers:
            raise RuntimeError(f"{result.wrong} wrong of {result.answers} answers: {load.paths[0]}")
        return result


@contextmanager
def loader() -> Iterator[Loader]:
    """A load process on the core that the servers do not use."""
    with child("bench.load", core=LOAD_CORE) as process:
        yield Loader(process)


class _Run:
    """What the clients of one run share."""

    def __init__(self, load: Load) -> None:
        lines = "".join(f"{name}: {value}\r\n" for name, value in load.headers.items())
        requests = [
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{load.port}\r\n{lines}\r\n".encode()
            for path in load.paths
        ]
        random.shuffle(requests)
        # In turn: the same page twice at once would be read from the platform once.
        self._requests = cycle(requests)
        self.expect = load.expect.encode()
        self.latencies: list[float] = []
        self.wrong = 0
        self.over = False
        self.rate = load.rate
        self.idle: list[_Client] = []
        self.due: list[float] = []

    def next_request(self) -> bytes:
        return next(self._requests)


class _Client(asyncio.Protocol):
    """One keep-alive connection with one request in flight."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._transport: asyncio.WriteTransport
        self._got = b""
        self._whole = 0
        self._sent = 0.0
        self.busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not instances of asyncio's classes.
        self._transport = cast("asyncio.WriteTransport", transport)
        if self._run.rate is None:
            self.send(time.perf_counter())
        else:
            self._run.idle.append(self)

    def send(self, since: float) -> None:
        self.busy = True
        self._got, self._whole, self._sent = b"", 0, since
        self._transport.write(self._run.next_request())

    def data_received(self, data: bytes) -> None:
        self._got = self._got + data if self._got else data
        if not self._whole:
            head = self._got.find(b"\r\n\r\n")
            if head < 0:
                return
            length = self._got.find(b"content-length: ", 0, head)
            end = self._got.find(b"\r\n", length)
            self._whole = head + 4 + int(self._got[length + 16 : end])
        if len(self._got) >= self._whole:
            self._answered()

    def _answered(self) -> None:
        run = self._run
        self.busy = False
        if not self._got.startswith(b"HTTP/1.1 200") or run.expect not in self._got:
            run.wrong += 1
        now = time.perf_counter()
        run.latencies.append(now - self._sent)
        if run.over:
            return
        if run.rate is None:
            self.send(now)
        elif run.due:
            self.send(run.due.pop(0))
        else:
            run.idle.append(self)

    def close(self) -> None:
        self._transport.close()


async def apply(load: Load) -> Result:
    """Run one load in this process."""
    run = _Run(load)
    loop = asyncio.get_running_loop()
    clients: list[_Client] = []
    started = time.perf_counter()
    for _ in range(load.clients):
        _, client = await loop.create_connection(lambda: _Client(run), "127.0.0.1", load.port)
        clients.append(client)
    if load.rate is None:
        await asyncio.sleep(load.seconds)
        await _until_one_answer(run)
    else:
        await _send_at_rate(run, load.rate, load.seconds)
    seconds = time.perf_counter() - started
    in_time = len(run.latencies)
    run.over = True
    await _until_answered(run, clients)
    for client in clients:
        client.close()
    answers = len(run.latencies)
    ordered = sorted(run.latencies) or [0.0]
    return Result(
        per_second=in_time / seconds,
        p50=ordered[len(ordered) // 2] * 1000,
        p99=ordered[int(len(ordered) * 0.99)] * 1000,
        answers=answers,
        wrong=run.wrong,
    )


async def _until_one_answer(run: _Run) -> None:
    """On a busy machine a long list may take longer than the run was to be."""
    deadline = time.perf_counter() + FIRST_SECONDS
    while not run.latencies:
        if time.perf_counter() > deadline:
            return
        await asyncio.sleep(0.05)


async def _until_answered(run: _Run, clients: list[_Client]) -> None:
    """What is still in flight counts as a latency, or a stall would go unseen."""
    deadline = time.perf_counter() + DRAIN_SECONDS
    while any(client.busy for client in clients):
        if time.perf_counter() > deadline:
            return
        await asyncio.sleep(0.01)


async def _send_at_rate(run: _Run, rate: float, seconds: float) -> None:
    started = time.perf_counter()
    sent = 0
    while (passed := time.perf_counter() - started) < seconds:
        while sent < passed * rate:
            due = started + sent / rate
            sent += 1
            if run.idle:
                run.idle.pop().send(due)
            else:
                run.due.append(due)
        await asyncio.sleep(0.001)


def main() -> None:
    pin_as_told()
    gc.disable()
    try:
        import uvloop
    except ImportError:
        run = asyncio.run
    else:
        run = uvloop.run
    for line in sys.stdin:
        print(json.dumps(asdict(run(apply(Load(**json.loads(line)))))), flush=True)
        gc.collect()


if __name__ == "__main__":
    main()
