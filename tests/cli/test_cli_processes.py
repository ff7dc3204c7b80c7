"""`serve --workers`: several processes that a caller, and the operator, see as one service."""

import contextlib
import json
import os
import signal
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

from openchannels.metrics import declared as metric
from tests.cli.test_cli_draining import Line, in_flight, refuses, stage
from tests.harness.commands import Server, call, make_key, run, serving
from tests.harness.waiting import PATIENCE, wait_until
from tests.metrics.scraped import Scraped, scrape

AT_ONCE = 12
JSON_LOG = '[server]\nlog_format = "json"\n'


def children(pid: int) -> dict[str, int]:
    """Ids of a service's processes by their names."""
    found = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with contextlib.suppress(OSError, IndexError):
            words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            found[words[-2].decode()] = int(child)
    return found


def logged(server: Server) -> Iterator[dict[str, Any]]:
    for line in server.errors().splitlines():
        with contextlib.suppress(ValueError):
            yield json.loads(line)


def who_answered(server: Server) -> set[str]:
    """The processes that have answered a check of health."""
    lines = logged(server)
    return {line["serving_process"] for line in lines if line.get("operation") == "health"}


def in_both(url: str) -> int:
    """Requests on connections that are open at once, so that each process takes some."""
    lines = [Line(url) for _ in range(AT_ONCE)]
    for line in lines:
        line.connection.connect()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = list(pool.map(lambda line: line.get("/health")[0], lines))
    for line in lines:
        line.connection.close()
    assert statuses == [200] * AT_ONCE
    return AT_ONCE


def background(data_dir: Path) -> list[str]:
    """The processes that do background work."""
    with closing(sqlite3.connect(data_dir / "openchannels.db")) as db:
        return [name for (name,) in db.execute("SELECT executor_id FROM workers")]


def healths(seen: Scraped) -> float:
    return seen.value(metric.REQUESTS, operation="health")


def test_two_processes_are_one_service(tmp_path: Path) -> None:
    """Metrics add up, the sandbox is one, one does background work, and one that dies is replaced.

    Its successor goes on counting where it stopped.
    """
    (tmp_path / "openchannels.toml").write_text(JSON_LOG + "[jobs]\ndead_seconds = 2\n")
    with serving("serve", "--workers", "2", "--sandbox", "--data-dir", tmp_path) as (server, url):
        assert call(f"{url}/ready")["status"] == "ready"
        sent = in_both(url)
        wait_until(lambda: who_answered(server) == {"1", "2"})
        assert [healths(scrape(url)) for _ in range(2)] == [sent] * 2

        (leader,) = wait_until(lambda: background(tmp_path))
        before = children(server.process.pid)
        assert before.keys() == {"1", "2", "sandbox"}
        os.kill(before["1"], signal.SIGKILL)
        sent += in_both(url)
        wait_until(lambda: children(server.process.pid).get("1", before["1"]) != before["1"])
        wait_until(lambda: scrape(url).value(metric.SERVING) == 2)
        sent += in_both(url)
        seen = scrape(url)
        assert healths(seen) == sent
        assert seen.value(metric.REPLACED) == 1
        # The one that led is dead, the other does its work, and the third does none.
        wait_until(
            lambda: background(tmp_path) not in ([leader], []) and len(background(tmp_path)) == 1
        )
        # The sandbox is one for both: who takes the request and who calls out may be another each.
        callback, session_id = in_flight(url, f"{url}/sandbox", make_key(tmp_path)["key"])
        release = Line(url)
        assert release.get("/sandbox/_faults")[0] == 200
        assert release.ask("DELETE", "/sandbox/_faults")[0] == 200
        callback.join(PATIENCE)
        assert (callback.status, stage(tmp_path, session_id)) == (303, "completed")
        assert server.stop() == 0
        assert refuses(url)
        assert "Traceback" not in server.errors()
    assert not (tmp_path / "service.url").exists()


def test_a_start_that_is_refused_ends_with_one_reason(tmp_path: Path) -> None:
    make_key(tmp_path)
    (tmp_path / "keyring.json").write_text('{"active": "k1"}')
    refused = run("serve", "--workers", "2", "--port", "0", "--data-dir", tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.count("holds no usable master keys") == 1
