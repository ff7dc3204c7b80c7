"""publish and records, over a real service and its sandbox."""

import csv
import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from openchannels.cli.data import follow_flow
from tests.assets.files import image
from tests.cli.data import CommandLine, command_line
from tests.cli.test_cli_accounts import fits
from tests.harness.tasks import run_due

PUBLISHED, FAILED, WAITING, CANCELLED = 1, -1, 0, 9


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    with command_line(tmp_path_factory.mktemp("publish"), works=3) as line:
        yield line


@pytest.fixture(scope="module")
def accounts(line: CommandLine) -> dict[str, str]:
    """Ids of an account of each platform that publishes here."""
    made = {}
    for platform in ("twitter", "pinterest", "youtube"):
        (account,) = json.loads(line.connect(platform, "--json").stdout)["accounts"]
        made[platform] = account["accountId"]
    return made


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    file = tmp_path / "kiln.webp"
    file.write_bytes(image("WEBP", 800, 800))
    return file


@pytest.fixture
def working(line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a command waits, what is due is done, and seconds pass for the service."""

    def sleep(_seconds: float) -> None:
        line.service.run(run_due(line.service.services, "publish"))
        line.service.clock.advance(5)

    passing = SimpleNamespace(sleep=sleep, monotonic=time.monotonic)
    monkeypatch.setattr(follow_flow, "time", passing)


def assets(line: CommandLine) -> Any:
    answer = line.service.client_of().get("/api/assets").json()
    assert answer["code"] == 0, answer
    return answer["data"]["list"]


def test_a_dry_run_says_what_is_wrong_and_leaves_nothing(
    line: CommandLine, accounts: dict[str, str], picture: Path
) -> None:
    words = ("publish", picture, "--dry-run", "--body", "Rye", "--to")
    before = assets(line)
    (fine,) = line.read(*words, accounts["twitter"])
    assert (fine["ok"], fine["items"][0]["platform"]) == (True, "twitter")
    (wrong,) = line.read(*words, accounts["twitter"], "--to", accounts["youtube"], code=2)
    rules = {issue["rule"] for item in wrong["items"] for issue in item["issues"]}
    assert "youtube.title.required" in rules
    shown = line.run(*words, accounts["youtube"], "--lang", "zh-CN", COLUMNS="80")
    assert shown.returncode == 2
    assert fits(shown.stdout), shown.stdout
    assert shown.stdout.split()[:4] == ["平台", "级别", "位置", "问题"]
    assert line.run("publish", picture, "--to", accounts["youtube"]).returncode == 2
    assert assets(line) == before
    assert line.read("records", "list") == []


@pytest.mark.usefixtures("working")
def test_it_is_followed_until_it_is_out(
    line: CommandLine, accounts: dict[str, str], picture: Path
) -> None:
    values = f"/accounts/{accounts['pinterest']}/publish-options/boardId/values"
    board = line.read("api", "GET", values)[0]["items"][0]["value"]
    assert board.isdigit(), "a text that looks like a number stays a text"
    done = line.run(
        *("publish", picture, "--title", "Rye", "--body", "Iron and ash", "--adapt"),
        *("--to", accounts["twitter"], "--to", accounts["pinterest"]),
        *("--option", "twitter.alt_text=A kiln", "--option", f"pinterest.boardId={board}"),
        "--json",
    )
    assert done.returncode == 0, done.stderr
    records = [json.loads(one) for one in done.stdout.splitlines()]
    assert {one["accountType"]: one["status"] for one in records} == {
        "twitter": PUBLISHED,
        "pinterest": PUBLISHED,
    }
    assert f"{accounts['twitter']}  published" in done.stderr
    listed = line.read("records", "list", "--status", "published", "--platform", "twitter")
    assert listed == [one for one in records if one["accountType"] == "twitter"]
    (shown,) = line.read("records", "show", listed[0]["id"])
    assert shown == listed[0]
    for words in (("records", "list"), ("records", "show", shown["id"])):
        text = line.run(*words, "--lang", "zh-CN", COLUMNS="80").stdout
        assert fits(text), text
        assert shown["workLink"] in text.replace("\n", "").replace(" ", "")
        assert "已发布" in text


@pytest.mark.usefixtures("working")
def test_one_that_fails_is_published_again(line: CommandLine, accounts: dict[str, str]) -> None:
    conduct = {"reject": "403"}
    line.service.sandbox.put("/_publishing/twitter", json=conduct)
    words = ("publish", "--body", "Oats", "--to", accounts["twitter"])
    (record,) = line.read(*words, code=1)
    assert record["status"] == FAILED, record
    line.service.sandbox.put("/_publishing/twitter", json={})
    assert line.run("records", "retry", record["id"]).returncode == 0
    line.service.run(run_due(line.service.services, "publish"))
    (again,) = line.read("records", "show", record["id"])
    assert again["status"] == PUBLISHED, again
    assert line.run("records", "retry", record["id"]).returncode == 1


def test_one_for_later_waits_and_is_cancelled(
    line: CommandLine, accounts: dict[str, str], tmp_path: Path
) -> None:
    words = ("publish", "--body", "Barley", "--to", accounts["twitter"])
    (record,) = line.read(*words, "--at", "2h")
    assert record["status"] == WAITING
    assert [one["id"] for one in line.read("records", "list", "--status", "waiting")] == [
        record["id"]
    ]
    soon = line.read("records", "list", "--since", record["publishTime"])
    assert record["id"] in [one["id"] for one in soon]
    before = line.read("records", "list", "--until", record["publishTime"])
    assert record["id"] not in [one["id"] for one in before]
    file = tmp_path / "records.csv"
    assert line.run("records", "export", file, "--status", "waiting").returncode == 0
    (row,) = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    assert (row["id"], row["desc"], row["workLink"]) == (record["id"], "Barley", "")
    assert line.run("records", "cancel", record["id"]).returncode == 2
    assert line.run("records", "cancel", record["id"], "--yes").returncode == 0
    (shown,) = line.read("records", "show", record["id"])
    assert shown["status"] == CANCELLED
    assert line.run("records", "show", "nothing").returncode == 4


def test_who_does_not_wait_is_told_where_to_look(
    line: CommandLine, accounts: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(_seconds: float) -> None:
        raise KeyboardInterrupt

    passing = SimpleNamespace(sleep=stopped, monotonic=time.monotonic)
    monkeypatch.setattr(follow_flow, "time", passing)
    words = ("publish", "--to", accounts["twitter"], "--body")
    assert line.run(*words, "Millet", "--no-wait").returncode == 0
    done = line.run(*words, "Spelt")
    assert (done.returncode, "goes on without" in done.stderr) == (130, True), done.stderr


def test_words_that_say_nothing_are_refused(line: CommandLine, accounts: dict[str, str]) -> None:
    to = ("publish", "--body", "Rye", "--to", accounts["twitter"])
    for wrong in (
        ("--option", "alt_text=A"),
        ("--option", "youtube.privacyStatus=private"),
        ("--at", "yesterday"),
        ("--at", "9999-12-31T23:59:59-12:00"),
        ("nowhere.jpg",),
    ):
        assert line.run(*to, *wrong).returncode == 2, wrong
    assert line.run("publish", "--body", "Rye", "--to", "nobody").returncode == 4
