"""demo: the tour, and that nothing is left of it."""

import json
import os
import shlex
import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.harness.commands import COMMAND, run
from tests.harness.settings import clean_environ
from tests.harness.waiting import PATIENCE


def test_it_shows_the_tour_and_serves_until_it_is_told_to_end(tmp_path: Path) -> None:
    """The database of the settings is not touched: it does not exist."""
    url = "postgresql://someone:secret@127.0.0.1:1/none"
    settings = {"TMPDIR": str(tmp_path), "COLUMNS": "100", "OPENCHANNELS_DATABASE__URL": url}
    began = datetime.now(UTC)
    process = subprocess.Popen(
        [*COMMAND, "demo"],
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environ(settings),
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if line.startswith("try"):
                break
        words = shlex.split(lines[-1].removeprefix("try"))
        answer = subprocess.run(
            [*words, "--silent", "--noproxy", "*"], capture_output=True, text=True, check=True
        )
        works: dict[str, Any] = json.loads(answer.stdout)
        assert len(works["data"]["items"]) == 3
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert not list(tmp_path.iterdir())
    assert max(map(len, lines[:-1])) <= 100
    shown = "\n".join(lines)
    for text in ("Accounts", "on youtube", "on facebook", "xhs_", "i.ytimg.com/", "views"):
        assert text in shown
    assert any(f"{day:%Y-%m-%d}" in shown for day in (began, datetime.now(UTC)))


def test_it_ends_its_servers_when_it_is_ended(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "demo", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environ({"TMPDIR": str(tmp_path)}),
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 128 + signal.SIGTERM
    assert not list(tmp_path.iterdir())
    shown = json.loads(line)
    platforms = [account["platform"] for account in shown["accounts"]]
    assert platforms == ["youtube", "facebook", "facebook", "xhs"]
    assert all(account["authStatus"] == 1 for account in shown["accounts"])
    assert [len(account["works"]) for account in shown["accounts"]] == [12, 12, 0, 0]
    followers = [account.get("fansCount") for account in shown["accounts"]]
    assert all(followers[:3])
    assert followers[3] is None
    for address in (shown["url"], shown["sandboxUrl"]):
        assert subprocess.run(["curl", "-s", "--noproxy", "*", address], check=False).returncode


def test_a_server_that_does_not_start_is_told(tmp_path: Path) -> None:
    (tmp_path / "openchannels.toml").write_text("[server]\nprot = 1\n")
    done = run("demo", "--once", "--data-dir", tmp_path)
    assert done.returncode != 0
    assert "server.prot" in done.stderr
    assert "Traceback" not in done.stderr
