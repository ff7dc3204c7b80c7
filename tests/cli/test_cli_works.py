"""works, usage, events, webhooks listen and api, over a real service and its sandbox."""

import csv
import http.server
import json
import re
import threading
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest
from pyarrow import parquet

from openchannels.cli.data.export_progress import progress_file
from openchannels.client.sync import parallel
from tests.cli.data import CommandLine, command_line
from tests.cli.test_cli_accounts import fits
from tests.harness.terminal import INTERRUPT, Terminal

WORKS = 120


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    with command_line(tmp_path_factory.mktemp("works"), works=WORKS) as line:
        yield line


@pytest.fixture(scope="module")
def accounts(line: CommandLine) -> list[str]:
    """Ids of a channel that pages by cursor and an account that pages by number."""
    made = [json.loads(line.connect(one, "--json").stdout) for one in ("youtube", "bilibili")]
    return [account["accountId"] for one in made for account in one["accounts"]]


def ids(works: list[dict[str, str]]) -> list[str]:
    return [work["platformWorkId"] for work in works]


def test_lists(line: CommandLine, accounts: list[str]) -> None:
    for account in accounts:
        every = line.read("works", "list", account, "--all")
        assert len(set(ids(every))) == len(every) > 100
        assert ids(line.read("works", "list", account, "--limit", "7")) == ids(every[:7])
        middle = next(work["publishedAt"] for work in every[50:] if "publishedAt" in work)
        newer = line.read("works", "list", account, "--all", "--since", middle)
        assert set(ids(newer)) == {
            work["platformWorkId"] for work in every if work.get("publishedAt", "") >= middle
        }
        table = line.run("works", "list", account, "--lang", "zh-CN", COLUMNS="80").stdout
        assert fits(table), table
        assert table.split()[:5] == ["发布时间", "标题", "播放", "点赞", "评论"]
        assert {row.strip() for row in table.splitlines()} >= set(ids(every[:20]))
    assert line.run("works", "list", "nobody").returncode == 4
    assert line.run("works", "list", accounts[0], "--since", "soon").returncode == 2


def test_one_work_and_its_history(line: CommandLine, accounts: list[str]) -> None:
    account = accounts[0]
    (work,) = line.read("works", "list", account, "--limit", "1")
    work_id = work["platformWorkId"]
    empty = line.run("works", "history", account, work_id)
    assert (empty.returncode, empty.stdout) == (0, "")
    (shown,) = line.read("works", "show", account, work_id)
    assert shown["work"]["id"] == work_id
    card = line.run("works", "show", account, work_id, COLUMNS="80").stdout
    assert fits(card)
    assert work["title"][:20] in card
    kept = line.read("works", "history", account, work_id)
    assert len(kept) == 1
    assert kept[0]["metrics"] == shown["snapshots"][0]["metrics"]
    assert fits(line.run("works", "history", account, work_id, COLUMNS="80").stdout)


def test_an_export_that_was_stopped_at_once_goes_on(
    line: CommandLine, accounts: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(_: parallel.AllWorks) -> object:
        raise KeyboardInterrupt

    file = tmp_path / "works.jsonl"
    with monkeypatch.context() as at_once:
        at_once.setattr(parallel.AllWorks, "__next__", stopped)
        assert line.run("works", "export", file, "--account", accounts[0]).returncode != 0
    assert line.run("works", "export", file, "--account", accounts[0]).returncode == 0
    assert len(file.read_text().splitlines()) > 100


@pytest.mark.parametrize("name", ["works.jsonl", "works.csv", "works.parquet"])
def test_an_export_goes_on_where_it_stopped(
    line: CommandLine,
    accounts: list[str],
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / name
    monkeypatch.setattr("openchannels.cli.data.export.SAVE_EVERY", 30)
    given = 0
    whole = parallel.AllWorks.__next__

    def until_half(self: parallel.AllWorks) -> object:
        nonlocal given
        given += 1
        if given == 100:
            raise KeyboardInterrupt
        return whole(self)

    with monkeypatch.context() as stopped:
        stopped.setattr(parallel.AllWorks, "__next__", until_half)
        assert line.run("works", "export", file).returncode != 0
    assert progress_file(file).exists()
    other = line.run("works", "export", file, "--platform", "youtube")
    assert (other.returncode, "other options" in other.stderr) == (2, True)
    resumed = line.run("works", "export", file)
    assert (resumed.returncode, "Going on" in resumed.stderr) == (0, True), resumed.stderr
    assert [one.name for one in tmp_path.iterdir()] == [name]
    assert line.run("works", "export", file).returncode == 2

    rows = read_rows(file)
    there = {
        (account, work)
        for account in accounts
        for work in ids(line.read("works", "list", account, "--all"))
    }
    assert len(rows) == len(there)
    assert {(row["accountId"], row["platformWorkId"]) for row in rows} == there
    assert sum(int(row["viewCount"]) for row in rows if row.get("viewCount")) > 0


def read_rows(file: Path) -> list[dict[str, str]]:
    if file.suffix == ".parquet":
        rows: list[dict[str, str]] = parquet.read_table(file).to_pylist()
        return rows
    with file.open(newline="", encoding="utf-8") as text:
        if file.suffix == ".csv":
            return [*csv.DictReader(text)]
        return [json.loads(row) for row in text]


def test_usage(line: CommandLine, accounts: list[str]) -> None:
    line.read("works", "list", accounts[0], "--limit", "1")
    (found,) = line.read("usage")
    assert {"youtube", "bilibili"} <= {one["platform"] for one in found["used"]}
    table = line.run("usage", COLUMNS="80").stdout
    assert fits(table)
    assert "quota units" in table


def test_events(line: CommandLine, accounts: list[str]) -> None:
    # Events are shown once no transaction with an earlier one can still be open.
    line.service.clock.advance(60)
    told = line.read("events", "tail", "--once")
    assert {one["data"]["accountId"] for one in told} >= set(accounts)
    last = told[-1]["data"]["sequence"]
    assert line.read("events", "tail", "--once", "--after", str(last)) == []
    text = line.run("events", "tail", "--once").stdout
    assert re.search(rf"account\.connected +{re.escape(accounts[0])}", text)


def test_any_call(line: CommandLine, accounts: list[str]) -> None:
    (listed,) = line.read("api", "get", "accounts", "-F", "limit=1")
    assert len(listed["list"]) == 1
    (made,) = line.read("api", "POST", "account-groups", "-f", "name=川西", "-F", "rank=7")
    assert (made["name"], made["rank"]) == ("川西", 7)
    path = f"/api/v2/channels/account-groups/{made['id']}"
    (changed,) = line.read("api", "PATCH", path, "--input", "-", stdin='{"name": "7"}')
    assert changed["name"] == "7"
    assert line.read("api", "DELETE", "account-groups", "-f", f"ids[]={made['id']}") == [True]
    assert line.run("api", "GET", "accounts/nobody").returncode == 4
    assert line.run("api", "GET", "accounts", "-F", "limit").returncode == 2
    assert line.run("api", "POST", "account-groups", "--input", "-", stdin="{").returncode == 2


class Tool(http.server.BaseHTTPRequestHandler):
    """The tool behind the terminal; it keeps what was passed on."""

    received: list[tuple[Message, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.received.append((self.headers, body))
        self.send_response(202)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


def test_webhooks_are_received_here(line: CommandLine, accounts: list[str]) -> None:
    Tool.received = []
    with http.server.HTTPServer(("127.0.0.1", 0), Tool) as tool:
        threading.Thread(target=tool.serve_forever, daemon=True).start()
        target = f"http://127.0.0.1:{tool.server_port}/hook"
        words = ("webhooks", "listen", "--forward-to", target)
        terminal = Terminal(*words, **line.settings, columns=120)
        address = terminal.wait_for(r"Listening at (\S+)\.")[1]
        forged = line.service.client().post(address, content=b"{}")
        assert forged.status_code == 401
        (hook,) = line.read("api", "GET", "webhooks")[0]["list"]
        line.read("api", "POST", f"webhooks/{hook['id']}/test")
        terminal.wait_for(r"webhook\.test")
        terminal.wait_for(re.escape(f"{target} answered 202"))
        terminal.enter(INTERRUPT)
        terminal.end()
        tool.shutdown()
    assert line.read("api", "GET", "webhooks")[0]["list"] == []
    ((headers, body),) = Tool.received
    assert headers["webhook-signature"].startswith("v1,")
    assert json.loads(body)["type"] == "webhook.test"
