"""From the start of the process to a healthy answer on an existing database; memory when idle.

The floor is a process that only serves `/health` with the libraries that every start needs.
As a program with `--floor`: that process.
"""

import argparse
import http.client
import os
import sys
import time
from pathlib import Path

from bench.data import Filled, filled
from bench.processes import SERVER_CORE, child, first_line, pin_as_told, resident_mb, settle
from bench.report import Line, at_most, median, plain, print_table

SECONDS = 2.0
MEGABYTES = 140.0


def measure(data: Filled, *, rounds: int) -> list[Line]:
    """Ours and the floor take turns; memory is read when the warm-up is over."""
    ours, floor = [], []
    memory: list[float] = []
    for _ in range(rounds):
        ours.append(_start(("bench.serve", data.path), memory))
        floor.append(_start(("bench.cold", "--floor"), None))
    return [
        at_most("cold start to healthy", median(ours), SECONDS, " s"),
        plain("cold start: the libraries alone", median(floor), " s"),
        at_most("memory when idle", median(memory), MEGABYTES, " MB"),
    ]


def _start(command: tuple[str, ...], memory: list[float] | None) -> float:
    began = time.perf_counter()
    with child(*command, log=Path(os.devnull), core=SERVER_CORE) as process:
        _await_health(int(first_line(process)))
        seconds = time.perf_counter() - began
        if memory is not None:
            settle(1.5)
            memory.append(resident_mb(process.pid))
    return seconds


def _await_health(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/health")
    assert connection.getresponse().status == 200


def serve_floor() -> None:
    """Only what every start must load."""
    import asyncio
    import socket

    import sqlalchemy
    import structlog
    import uvicorn
    from litestar import Litestar, get

    assert sqlalchemy
    assert structlog

    @get("/health", sync_to_thread=False)
    def health() -> str:
        return "OK"

    listener = socket.create_server(("127.0.0.1", 0))

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            print(listener.getsockname()[1], flush=True)

    app = Litestar([health], openapi_config=None, logging_config=None)
    asyncio.run(Server(uvicorn.Config(app, log_config=None)).serve(sockets=[listener]))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--accounts", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    with filled(given.accounts) as data:
        lines = measure(data, rounds=given.rounds)
    print_table("Cold start", lines)


if __name__ == "__main__":
    if "--floor" in sys.argv:
        pin_as_told()
        serve_floor()
    else:
        main()
