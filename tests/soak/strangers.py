"""Requests without a key fill no memory: hostile ones of many forms against one process.

Each form comes in equal shares and is different each time. The server's memory is read after a
warm-up and after the run. `size` is the number of requests; the sandbox is mounted, because
strangers reach it too.
"""

import asyncio
import contextlib
from collections import Counter
from itertools import count, islice
from pathlib import Path
from urllib.parse import urlsplit

from openchannels.store.vault.keyring import create_keyring
from tests.harness.asgi import Sent
from tests.harness.processes import Process
from tests.harness.settings import UNLIMITED, store_environ
from tests.harness.waiting import PATIENCE
from tests.soak.program import Figures, program
from tests.soak.stranger_forms import FORMS, SANDBOX_FORMS

AT_ONCE = 8
WARM_UP = 20
"""Requests of each form before the memory is read for the first time."""
LIMIT_MB = 10.0
ALL = [*FORMS.values(), *SANDBOX_FORMS.values()]


async def run(folder: Path, database: str | None, size: int, *, warm_up: int = WARM_UP) -> Figures:
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240
    keyring = folder / "keyring.json"
    create_keyring(keyring)
    environ = {
        **store_environ(database, keyring),
        **UNLIMITED,
        "OPENCHANNELS_SANDBOX__MOUNTED": "true",
        # Background work starts after the first answers, and takes memory of its own.
        "OPENCHANNELS_JOBS__EMBEDDED": "false",
        "OPENCHANNELS_SERVER__PORT": "0",
        "OPENCHANNELS_SERVER__TRUSTED_PROXIES": "127.0.0.0/8",
    }
    async with Process(folder, environ=environ) as process:
        crowd = Crowd(process)
        await crowd.send_all(warm_up * len(ALL))
        before = crowd.memory()
        crowd.statuses.clear()
        await crowd.send_all(size)
        grown = crowd.memory() - before
    log = process.log.read_text()
    faults = log.count("Traceback") + len(crowd.broken)
    return {
        "forms": len(ALL),
        "requests": size,
        "memory_before_mb": round(before, 1),
        "memory_grown_mb": round(grown, 1),
        "statuses": {str(status): number for status, number in crowd.statuses.items()},
        "log_bytes_per_request": round(len(log) / size),
        "broken": crowd.broken[:10],
        "faults": faults + (grown > LIMIT_MB),
    }


class Crowd:
    """Clients without a key, and the server that they call."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._address = urlsplit(process.url)
        self._numbers = count()
        self.statuses: Counter[int | None] = Counter()
        self.broken: list[str] = []

    def memory(self) -> float:
        """Resident memory of the server in MB."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024

    async def send_all(self, size: int) -> None:
        numbers = islice(self._numbers, size)

        async def client() -> None:
            for number in numbers:
                sent = ALL[number % len(ALL)](number)
                status = await self._send(sent)
                if sent.complete:
                    self.statuses[status] += 1
                # A client that still sends may lose the answer to what it sent before.
                if status == 500 or (status is None and not sent.body):
                    self.broken.append(f"{status}: {sent.method} {sent.target[:100]}")

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(client())

    async def _send(self, sent: Sent) -> int | None:
        """The status of the answer; None where the server hung up without one."""
        host, port = self._address.hostname, self._address.port
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(host, port)
            with contextlib.suppress(ConnectionError):
                await self._write(writer, sent)
            answer = b""
            if sent.complete:
                with contextlib.suppress(ConnectionError):
                    answer = await reader.readline()
                    # Read to its end, because the server may wait for that.
                    await reader.read()
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        return int(answer.split()[1]) if answer else None

    @staticmethod
    async def _write(writer: asyncio.StreamWriter, sent: Sent) -> None:
        headers = {"host": "test", "connection": "close", **dict(sent.headers)}
        lines = [f"{sent.method} {sent.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
        for part in sent.body:
            writer.write(part)
            await writer.drain()


if __name__ == "__main__":
    program(__doc__, run, 100_000)
