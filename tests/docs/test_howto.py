"""The blocks of the how-to pages: those that can run here run, the others are well formed."""

import json
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.harness.service import Service, running_service
from tests.harness.stores import sqlite_store

from .pages import ROOT, page
from .shell import bash

PAGES = sorted(
    file.relative_to(ROOT).as_posix()
    for file in (ROOT / "docs" / "howto").glob("*.md")
    if not file.name.endswith(".zh-CN.md")
)

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "jq"))), reason="needs bash, curl and jq"
)


def blocks(name: str, language: str) -> list[str]:
    return [f.text for f in page(f"docs/howto/{name}.md").fences if f.language == language]


@contextmanager
def service_of(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A running service, named in the environment as a client expects it."""
    with running_service(sqlite_store(place / "openchannels.db"), place, works=40) as service:
        monkeypatch.setenv("OPENCHANNELS_URL", service.url)
        monkeypatch.setenv("OPENCHANNELS_API_KEY", service.key_of().key)
        yield service


@pytest.mark.parametrize("name", PAGES)
def test_blocks_are_well_formed(name: str) -> None:
    for fence in page(name).fences:
        if fence.language == "sh":
            checked = subprocess.run(["bash", "-n"], input=fence.text, text=True, check=False)
            assert checked.returncode == 0, fence.text
        elif fence.language == "json":
            json.loads(fence.text)
        elif fence.language == "toml":
            tomllib.loads(fence.text)


def test_the_web_app_connects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (app,) = blocks("web-app-button", "python")
    with service_of(tmp_path, monkeypatch) as service:
        names: dict[str, Any] = {"__name__": "app"}
        exec(compile(app, "app.py", "exec"), names)
        browser = names["app"].test_client()
        assert f"{service.url}/assets/connect.js" in browser.get("/").text
        assert service.browser().get("/assets/connect.js").status_code == 200
        started = browser.post("/connect/youtube").json
        service.browser().get(f"{started['url']}&sandbox_decision=approve")
        outcome = browser.get(f"/connect/youtube/{started['sessionId']}").json
        names["client"].close()
    assert outcome["status"] == "completed"
    assert len(outcome["accountIds"]) == 1


def test_the_nightly_job_goes_on_until_all_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    job = next(text for text in blocks("nightly-job", "sh") if "works export" in text)
    (walk,) = blocks("nightly-job", "python")
    with service_of(tmp_path, monkeypatch) as service:
        accounts = {service.account("youtube"), service.account("tiktok")}
        service.fault(platform="youtube", kind="server_error")
        paused = f'sleep() {{ echo "paused $1"; curl -s -X DELETE {service.sandbox_url}/_faults; }}'
        login = {name: os.environ[name] for name in ("OPENCHANNELS_URL", "OPENCHANNELS_API_KEY")}
        monkeypatch.chdir(tmp_path)
        assert "paused 300" in bash(f"{paused}\n{job}", login)
        assert "is complete" in bash(job, login)
        capsys.readouterr()
        exec(compile(walk, "nightly", "exec"), {})
    (file,) = tmp_path.glob("works-*")
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(rows) == len(capsys.readouterr().out.splitlines()) > 60
    assert {row["accountId"] for row in rows} == accounts


def test_keys_and_secrets_rotate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Master keys are left to the tests of `vault`: a rotation waits five seconds for servers."""
    made = """
        set -eu
        openchannels keys create --user acme --new-store >made
        openchannels webhooks add https://app.example.com/hook --user acme >hook
    """
    shown = [text for text in blocks("rotating-keys", "sh") if "openchannels vault" not in text]
    monkeypatch.chdir(tmp_path)
    printed = bash("\n".join([made, *shown]), {})
    assert len(re.findall(r"^oc_[\w-]+$", printed, re.MULTILINE)) == 1
    assert len(re.findall(r"^whsec_\S+$", printed, re.MULTILINE)) == 2
    assert "revoked" in printed


def test_the_sandbox_is_called_without_a_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (script,) = (text for text in blocks("testing-with-the-sandbox", "sh") if "curl" in text)
    with service_of(tmp_path, monkeypatch) as service:
        monkeypatch.chdir(tmp_path)
        script = script.replace("http://127.0.0.1:8080/sandbox", service.sandbox_url)
        script = script.replace("http://127.0.0.1:8080", service.url)
        made = 'openchannels() { echo "{\\"key\\": \\"$OPENCHANNELS_API_KEY\\"}"; }\n'
        bash(made + script, {"OPENCHANNELS_API_KEY": service.key_of().key})
        (account,) = service.client_of().get("/api/v2/channels/accounts").json()["data"]["list"]
        (fault,) = service.sandbox.get("/_faults").json()["faults"]
    assert account["type"] == "youtube"
    assert (fault["kind"], fault["times"]) == ("rate_limit", 2)
