"""The nightly job of the examples: ended by force in the middle, it goes on without a loss."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from openchannels.client import Client
from tests.harness.processes import ROOT
from tests.harness.service import Service
from tests.harness.waiting import PATIENCE, wait_until

PLATFORMS = ("youtube", "tiktok", "twitter")
HELD = "member.bilibili.com"


def start(file: Path, hosted: Service, key: str) -> subprocess.Popen[bytes]:
    environ = {**os.environ, "OPENCHANNELS_URL": hosted.url, "OPENCHANNELS_API_KEY": key}
    command = [sys.executable, ROOT / "examples/nightly.py", file]
    return subprocess.Popen(command, env=environ, cwd=file.parent)


def test_nothing_twice_and_nothing_missing(hosted: Service, tmp_path: Path) -> None:
    key = hosted.key_of("nightly").key
    accounts = {p: hosted.account(p, "night", user="nightly") for p in (*PLATFORMS, "bilibili")}
    file, state = tmp_path / "works.jsonl", tmp_path / "works.state"
    # One account's list does not come, so that the job is certainly not done.
    hosted.fault(host=HELD, kind="latency", latencyMs=60_000)
    with start(file, hosted, key) as job:
        wait_until(lambda: job.poll() is not None or (state.exists() and file.stat().st_size > 0))
        job.kill()
        assert job.wait(PATIENCE) < 0
    with file.open("ab") as cut:
        cut.write(b'{"account": "half a li')
    hosted.reset_sandbox()
    for _ in range(2):
        with start(file, hosted, key) as job:
            assert job.wait(PATIENCE) == 0
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        found = Counter((line["account"], line["platformWorkId"]) for line in lines)
        assert {*found.values()} == {1}
        with Client(hosted.url, key) as client:
            listed = {
                (account_id, work.platform_work_id)
                for platform, account_id in accounts.items()
                for work in client.works.iter(platform, account_id)
            }
        assert found.keys() == listed
        assert len(listed) > 400
