"""The canaries in one round, and proof that the search finds one wherever it is planted."""

import base64
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.harness.postgres import Postgres
from tests.harness.stores import STORES
from tests.soak import canaries

CANARY = "ya29.canary/with+signs-0123456789"


@pytest.fixture(params=STORES)
def database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """On PostgreSQL a server of its own, whose files hold nothing of other tests."""
    if request.param == "sqlite":
        yield None
        return
    server = Postgres(secrets.token_hex(16))
    yield server.database()
    server.stop()


async def test_no_canary_is_found(database: str | None, tmp_path: Path) -> None:
    figures = await canaries.run(tmp_path / "data", database, 1, ("facebook",))
    assert figures["problems"] == []
    assert figures["faults"] == 0
    assert figures["canaries"] > 50
    assert figures["webhooks"] > 5
    log = (tmp_path / "data" / "found" / "after-stderr.log").read_text()
    columns = (tmp_path / "data" / "found" / "columns").read_text()
    traces = (tmp_path / "data" / "found" / "traces").read_text()
    # What was searched is what these flows wrote.
    assert "authorization failed" in log
    assert "account is offline" in log
    assert "account.connected" in columns
    assert "workflow_status" in columns
    for span in ("callback", "facebook auth.exchange", "task webhooks", "account.connected"):
        assert span in traces, span


WRITTEN = {
    "plain": CANARY,
    "address": f"https://x.example/?token={quote(CANARY, safe='')}",
    "json": '{"token": "ya29.canary\\/with+signs-0123456789"}',
    "hex": f"\\x{CANARY.encode().hex()}",
    "base64": base64.b64encode(CANARY.encode()).decode(),
}


@pytest.mark.parametrize("form", WRITTEN)
def test_a_planted_canary_is_found(tmp_path: Path, form: str) -> None:
    places = tmp_path / "places"
    (places / "deep").mkdir(parents=True)
    (places / "deep" / "log").write_bytes(b"\x00\xff" + WRITTEN[form].encode() + b"\x00")
    (found,) = canaries.search({CANARY}, places)
    assert found.startswith("deep/log: ")
    assert canaries.search({"another-secret"}, places) == []


def test_a_canary_in_the_write_ahead_log_is_found(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "openchannels.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE t (x TEXT)")
    connection.execute("INSERT INTO t VALUES (?)", [CANARY])
    connection.commit()
    assert canaries.snapshot(tmp_path, tmp_path / "found") == 3
    connection.close()
    found = canaries.search({CANARY}, tmp_path / "found")
    assert [line.partition(":")[0] for line in found] == ["running-openchannels.db-wal"]
