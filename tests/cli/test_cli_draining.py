"""SIGTERM while a callback is in flight, against a real process."""

import http.client
import json
import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.harness.commands import Server, call, make_key, serving
from tests.harness.waiting import PATIENCE, wait_until

ACCOUNTS = "/api/v2/channels/accounts"
TOKEN_HOST = "oauth2.googleapis.com"
LATENCY_MS = 60_000


@dataclass
class Line:
    """One kept-alive connection."""

    url: str
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE)

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        return self.ask("GET", path, **headers)

    def ask(self, method: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        self.connection.request(method, path, headers=headers)
        answer = self.connection.getresponse()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, named, answer.read()


def location(address: str) -> str:
    """Where an address leads, without going there."""
    parts = urlsplit(address)
    with closing(Line(address).connection) as connection:
        connection.request("GET", f"{parts.path}?{parts.query}")
        found = connection.getresponse().getheader("location")
    assert found
    return found


class Callback(threading.Thread):
    """A browser that comes back from the platform; `status` is what it is answered."""

    def __init__(self, address: str) -> None:
        super().__init__(daemon=True)
        self.address = urlsplit(address)
        self.status: int | str = "nothing"

    def run(self) -> None:
        try:
            self.status = Line(self.address.geturl()).get(
                f"{self.address.path}?{self.address.query}"
            )[0]
        except (OSError, http.client.HTTPException) as error:
            self.status = type(error).__name__


def in_flight(url: str, played: str, key: str) -> tuple[Callback, str]:
    """A callback that waits for the platform until its faults are removed; its session's id."""
    started = call(f"{url}{ACCOUNTS}/auth/youtube", key)["data"]
    back = location(started["url"] + "&sandbox_decision=approve&sandbox_person=ida")
    rule = {"host": TOKEN_HOST, "kind": "latency", "latencyMs": LATENCY_MS}
    call(f"{played}/_faults", body=rule)
    before = call(f"{played}/_calls")["total"]
    callback = Callback(back)
    callback.start()
    wait_until(lambda: call(f"{played}/_calls")["total"] > before)
    return callback, started["sessionId"]


def refuses(url: str) -> bool:
    """Whether no new connection is taken."""
    try:
        Line(url).get("/health")
    except ConnectionRefusedError:
        return True
    return False


def stage(data_dir: Path, session_id: str) -> Any:
    with closing(sqlite3.connect(data_dir / "openchannels.db")) as db:
        query = "select stage from auth_sessions where id = ?"
        return db.execute(query, (session_id,)).fetchone()[0]


def assert_drained(server: Server, url: str, played: str, tmp_path: Path, *, mounted: bool) -> None:
    key = make_key(tmp_path)["key"]
    line, control = Line(url), Line(played)
    assert line.get("/health")[0] == control.get(f"{urlsplit(played).path}/_faults")[0] == 200
    callback, session_id = in_flight(url, played, key)
    server.process.terminate()
    status = 200
    deadline = time.monotonic() + PATIENCE
    while status == 200 and time.monotonic() < deadline:
        status, headers, body = line.get(f"{ACCOUNTS}/x/auth-status", **{"X-Api-Key": key})
    assert (status, headers["retry-after"], json.loads(body)["code"]) == (503, "5", 503)
    assert headers["connection"] == "close"
    if mounted:
        assert Line(url).get("/ready")[0] == 503
    else:
        wait_until(lambda: refuses(url))
    assert control.ask("DELETE", f"{urlsplit(played).path}/_faults")[0] == 200
    assert server.stop() == 0
    callback.join(PATIENCE)
    assert callback.status == 303
    assert stage(tmp_path, session_id) == "completed"


def test_what_is_in_flight_finishes_and_the_rest_is_told(tmp_path: Path) -> None:
    with (
        serving("sandbox", "--data-dir", tmp_path / "played") as (_, played),
        serving("serve", "--sandbox-url", played, "--data-dir", tmp_path) as (server, url),
    ):
        assert_drained(server, url, played, tmp_path, mounted=False)


def test_a_mounted_sandbox_is_reached_until_the_end(tmp_path: Path) -> None:
    with serving("serve", "--sandbox", "--data-dir", tmp_path) as (server, url):
        assert_drained(server, url, f"{url}/sandbox", tmp_path, mounted=True)


def test_a_callback_that_hangs_does_not_hold_the_process(tmp_path: Path) -> None:
    (tmp_path / "openchannels.toml").write_text("[server]\nshutdown_seconds = 2\n")
    with (
        serving("sandbox", "--data-dir", tmp_path / "played") as (_, played),
        serving("serve", "--sandbox-url", played, "--data-dir", tmp_path) as (server, url),
    ):
        key = make_key(tmp_path)["key"]
        _, session_id = in_flight(url, played, key)
        begun = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - begun > 0.9
        assert "gave up work that hung" in server.errors()
        # Its lease lapses, and another process goes on.
        assert stage(tmp_path, session_id) == "claimed"
