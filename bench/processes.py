"""Child processes: one core each where there are two, one line when they are ready."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
SERVER_CORE = 0
LOAD_CORE = 1


@dataclass(frozen=True, slots=True)
class Served:
    """A server in a child process."""

    port: int
    pid: int


def pin(index: int) -> None:
    """Stay on one core; does nothing where there is only one or the system cannot."""
    if not hasattr(os, "sched_setaffinity"):
        return
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > index and len(cores) > 1:
        os.sched_setaffinity(0, {cores[index]})


@contextlib.contextmanager
def child(
    module: str,
    *arguments: str,
    log: Path | None = None,
    core: int | None = SERVER_CORE,
    environ: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[str]]:
    """Run `python -m module` until the block ends; `log` is the file of its standard error.

    Without a `core` it may use all of them.
    """
    pinned = {} if core is None else {"BENCH_CORE": str(core)}
    with log.open("a") if log else contextlib.nullcontext() as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=sink,
            text=True,
            cwd=ROOT,
            env={**os.environ, **pinned, **(environ or {})},
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def pin_as_told() -> None:
    """In a child: stay on the core that the parent chose."""
    core = os.environ.get("BENCH_CORE")
    if core is not None:
        pin(int(core))


def first_line(process: subprocess.Popen[str]) -> str:
    """The line by which a child says that it is ready. Raises RuntimeError if it died."""
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if not line:
        raise RuntimeError(f"a child process died at its start: {process.args!r}")
    return line


def resident_mb(pid: int) -> float:
    """Resident memory of a process in MB; 0 where /proc is missing."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0.0
    text = status.read_text().partition("VmRSS:")[2].split()
    return int(text[0]) / 1024


def written_bytes() -> int:
    """Bytes that this process has written to files; 0 where /proc is missing."""
    counts = Path("/proc/self/io")
    if not counts.exists():
        return 0
    return int(counts.read_text().partition("write_bytes: ")[2].split()[0])


def cpu_seconds(pid: int) -> float:
    """Processor time a process has used; 0 where /proc is missing."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def settle(seconds: float = 0.5) -> None:
    """Let a server finish what it does after its start."""
    time.sleep(seconds)
