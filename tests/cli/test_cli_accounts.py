"""connect, accounts, groups and platforms, over a real service and its sandbox."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import typer
from rich.cells import cell_len
from typer.testing import CliRunner

from openchannels import client
from openchannels.cli import app
from openchannels.cli.data.choice import parse_choice
from openchannels.cli.data.exits import ExitCode, exit_code
from openchannels.cli.data.id_rows import IdRow, id_rows
from openchannels.cli.data.output import Screen, language_of
from openchannels.client import error_codes
from openchannels.connectors.registry import CONNECTORS
from openchannels.core.platforms import Text
from openchannels.settings import PLATFORM_NAMES
from tests.cli.data import CommandLine, command_line
from tests.harness.terminal import INTERRUPT, Terminal

COLUMNS = 80


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    with command_line(tmp_path_factory.mktemp("accounts"), works=3) as line:
        yield line


@pytest.fixture(scope="module")
def accounts(line: CommandLine) -> list[str]:
    """Ids of a channel, three Pages and two accounts that plug-ins hand in."""
    done = [
        line.connect("youtube", "--json"),
        line.connect("facebook", "--all", "--json", person="mara"),
        line.connect("bilibili", "--json"),
    ]
    assert [one.returncode for one in done] == [0, 0, 0], done
    ids = [account["accountId"] for one in done for account in json.loads(one.stdout)["accounts"]]
    world = line.service.sandbox.get("/_world/xhs/ida").json()
    by_hand = ("--uid", world["userId"], "--name", "川西骑行志", "--cookie-stdin")
    (made,) = line.read("connect", "xhs", *by_hand, stdin=world["cookie"])
    return [*ids, made["id"]]


def fits(text: str, columns: int = COLUMNS) -> bool:
    """Whether every line has at most so many cells; a Chinese character takes two."""
    return all(cell_len(row) <= columns for row in text.splitlines())


def test_lists(line: CommandLine, accounts: list[str]) -> None:
    listed = line.read("accounts", "list")
    assert {one["id"] for one in listed} == set(accounts)
    pages = line.read("accounts", "list", "--platform", "facebook", "--status", "working")
    assert [one["type"] for one in pages] == ["facebook"] * 3
    assert line.read("accounts", "list", "--status", "offline") == []
    for language, headings in (
        ("en-US", "platform name status followers works"),
        ("zh-CN", "平台 名称 状态 粉丝 作品"),
    ):
        table = line.run("accounts", "list", "--lang", language, COLUMNS="80").stdout
        assert fits(table), table
        assert table.splitlines()[0].split() == headings.split()
        assert "川西骑行志" in table
        assert {row.strip() for row in table.splitlines()} >= set(accounts)
    by_locale = line.run("accounts", "list", "--platform", "wxSph", LANG="zh_CN.UTF-8")
    assert (by_locale.stdout, by_locale.stderr[:4]) == ("", "没有符合")


def test_one_account(line: CommandLine, accounts: list[str]) -> None:
    channel = accounts[0]
    (shown,) = line.read("accounts", "show", channel)
    assert (shown["id"], shown["type"], shown["status"]) == (channel, "youtube", 1)
    (status,) = line.read("accounts", "status", channel)
    assert status["status"] == 1
    (fresh,) = line.read("accounts", "refresh", channel)
    assert fresh["metrics"]["fansCount"] == shown["fansCount"]
    assert fresh["authStatus"]["status"] == 1
    for words in ("show", "status", "refresh"):
        for language in ("en-US", "zh-CN"):
            card = line.run("accounts", words, channel, "--lang", language, COLUMNS="80")
            assert fits(card.stdout), card.stdout
            assert {"en-US": "working", "zh-CN": "正常"}[language] in card.stdout
    assert f"{shown['fansCount']:,}" in card.stdout


def test_an_account_that_must_be_connected_again(line: CommandLine) -> None:
    """Its status and calls exit with 5, with advice; reconnect mends it, a cookie does as well."""
    made = json.loads(line.connect("tiktok", "--json", person="noor").stdout)["accountId"]
    revoked = {"platform": "tiktok", "person": "noor"}
    line.service.sandbox.post("/_grants/revoke", json=revoked)
    refused = line.run("accounts", "refresh", made)
    assert refused.returncode == 5, refused.stderr
    assert re.search(r"\(15\d{3}, request \w+\)\n.*onnect", refused.stderr), refused.stderr
    (status,) = line.read("accounts", "status", made, code=5)
    assert status["reason"] == "grant_dead"
    card = line.run("accounts", "status", made, "--lang", "zh-CN", COLUMNS="80").stdout
    assert status["advice"]["zh-CN"][:6] in card
    assert "grant_dead" in card
    assert fits(card), card
    assert [one["id"] for one in line.read("accounts", "list", "--status", "offline")] == [made]
    another = line.in_browser("accounts", "reconnect", made, person="ida")
    assert another.returncode == 1, another.stderr
    again = line.in_browser("accounts", "reconnect", made, "--json", person="noor")
    assert json.loads(again.stdout)["accountIds"] == [made]
    assert line.read("accounts", "status", made)[0]["status"] == 1
    line.read("accounts", "delete", made, "--yes")


def test_a_cookie_replaces_a_cookie(line: CommandLine, accounts: list[str]) -> None:
    xhs = accounts[-1]
    assert line.run("accounts", "reconnect", xhs, "--cookie-stdin", stdin=" ").returncode == 2
    cookie = line.service.sandbox.get("/_world/xhs/ida").json()["cookie"]
    (again,) = line.read("accounts", "reconnect", xhs, "--cookie-stdin", stdin=cookie)
    assert again["id"] == xhs
    without = line.run("connect", "xhs")
    assert without.returncode == 2
    assert "--cookie-stdin" in without.stderr


def test_exit_codes(line: CommandLine, accounts: list[str]) -> None:
    wrong_key = {"OPENCHANNELS_API_KEY": "oc_wrong"}
    nobody_listens = {"OPENCHANNELS_URL": "http://127.0.0.1:1"}
    for words, environ, code in (
        (("accounts", "show", "none"), {}, 4),
        (("accounts", "show", ""), {}, 2),
        (("accounts", "list", "--platform", "none"), {}, 2),
        (("accounts", "list", "--group", "none"), {}, 4),
        (("accounts", "list", "--status", "none"), {}, 2),
        (("accounts", "list", "--lang", "none"), {}, 2),
        (("accounts", "list", "--profile", "none"), {}, 3),
        (("accounts", "delete", accounts[0]), {}, 2),
        (("platforms", "--show", "none"), {}, 4),
        (("accounts", "list"), wrong_key, 3),
        (("accounts", "list"), nobody_listens, 7),
    ):
        done = line.run(*words, **environ)
        assert done.returncode == code, (words, done.stdout, done.stderr)
        assert done.stderr.strip()
        assert done.stdout == ""
    line.service.fault(host="www.googleapis.com", kind="rate_limit", times=20)
    assert line.run("accounts", "refresh", accounts[0]).returncode == 6
    line.service.reset_sandbox()


def test_connections_that_end_without_an_account(line: CommandLine, accounts: list[str]) -> None:
    assert line.connect("twitter", decision="deny").returncode == 1
    not_offered = line.connect("facebook", "--pick", "77", person="mara")
    assert (not_offered.returncode, not_offered.stderr.splitlines()[-1]) == (
        4,
        "No account 77 is offered.",
    )
    nobody_chooses = line.connect("facebook", person="mara")
    assert nobody_chooses.returncode == 2
    assert "Moss & Maple" in nobody_chooses.stderr
    nobody_comes = line.run("connect", "youtube", "--no-open", "--timeout", "1")
    assert nobody_comes.returncode == 1
    assert "/accounts.google.com/" in nobody_comes.stderr
    with client.Client(line.service.url, line.key) as api:
        assert api.auth.sessions(status="pending") == (), "those that did not end are cancelled"


def test_a_choice_in_the_terminal(line: CommandLine, accounts: list[str]) -> None:
    """The QR code fits the terminal; numbers choose pages; Ctrl-C cancels."""
    chooser = replace(line, user="chooser")
    with Terminal("connect", "linkedin", "--no-open", **chooser.settings) as terminal:
        url = terminal.wait_for(r"(http\S+scope=\S+)\n")[1]
        terminal.wait_for("█")
        line.service.browser().get(f"{url}&sandbox_decision=approve&sandbox_person=ida")
        terminal.wait_for(r"2  Old Town Cycles 1[^\n]*\n.*all: ?")
        terminal.enter("7\n")
        terminal.wait_for(r"Enter numbers from 1 to 2")
        terminal.enter("2\n")
        assert terminal.end() == 0, terminal.text
        assert all(cell_len(row) <= COLUMNS for row in terminal.text.splitlines() if "█" in row)
    assert [one["nickname"] for one in chooser.read("accounts", "list")] == ["Old Town Cycles 1"]
    with Terminal("connect", "youtube", "--no-open", **chooser.settings) as terminal:
        terminal.wait_for("Waiting")
        terminal.enter(INTERRUPT)
        assert terminal.end() == 130
        assert "Cancelled." in terminal.text


def test_colours_and_questions_are_for_terminals(line: CommandLine, accounts: list[str]) -> None:
    with Terminal("accounts", "list", **line.settings) as terminal:
        assert terminal.end() == 0
        assert "\x1b[32m" in terminal.raw, "a working account is green"
        assert fits(terminal.text), terminal.text
    with Terminal("accounts", "delete", accounts[0], NO_COLOR="1", **line.settings) as terminal:
        terminal.wait_for(r"Delete .*\?")
        terminal.enter("n\n")
        assert terminal.end() == 1
        assert not re.search(r"\x1b\[[\d;]*3\dm", terminal.raw)
    assert "\x1b" not in line.run("accounts", "list").stdout
    assert line.read("accounts", "show", accounts[0])


def test_groups_and_moves(line: CommandLine, accounts: list[str]) -> None:
    (made,) = line.read("groups", "create", "旅行")
    (renamed,) = line.read("groups", "rename", "旅行", "旅行 2026")
    assert (renamed["id"], renamed["name"]) == (made["id"], "旅行 2026")
    moved = line.read("accounts", "move", *accounts[:2], "--group", "旅行 2026")
    assert [one["groupId"] for one in moved] == [made["id"]] * 2
    there = line.read("accounts", "list", "--group", made["id"])
    assert {one["id"] for one in there} == set(accounts[:2])
    table = line.run("groups", "list", COLUMNS="80").stdout
    assert made["id"] in table
    assert fits(table)
    assert line.run("groups", "delete", "旅行 2026").returncode == 2
    assert line.read("groups", "delete", "旅行 2026", "--yes") == [{"deleted": [made["id"]]}]
    assert line.run("groups", "rename", "旅行", "x").returncode == 4


def test_deleting(line: CommandLine) -> None:
    other = replace(line, user="deleter")
    done = other.connect("google_business", "--all", "--json", person="mara")
    assert done.returncode == 0, done.stderr
    ids = json.loads(done.stdout)["accountIds"]
    before = line.service.calls()
    done = other.run("accounts", "delete", ids[0], "none", "--yes", "--keep-grant")
    assert (done.returncode, ids[0] in done.stderr) == (4, True)
    assert "There is no account none." in done.stderr
    assert other.read("accounts", "delete", *ids[1:], "--yes", "--keep-grant") == [
        {"deleted": sorted(ids[1:])}
    ]
    assert line.service.calls() == before, "nothing was revoked"
    assert other.read("accounts", "list") == []


def test_platforms(line: CommandLine) -> None:
    assert [one["platform"] for one in line.read("platforms")] == [*CONNECTORS]
    for words in ((), ("--show", "wxSph"), ("--show", "google_business")):
        for language in ("en-US", "zh-CN"):
            shown = line.run("platforms", *words, "--lang", language, COLUMNS="80").stdout
            assert fits(shown), shown
    assert "Google 商家" in shown
    assert "列出作品" in shown


def test_names_of_platforms_complete() -> None:
    assert set(PLATFORM_NAMES) == set(CONNECTORS)
    asked = {"_OPENCHANNELS_COMPLETE": "complete_bash", "COMP_CWORD": "2"}
    done = CliRunner().invoke(
        app, prog_name="openchannels", env={**asked, "COMP_WORDS": "openchannels connect t"}
    )
    assert done.stdout.split() == ["twitter", "tiktok", "threads"]


def test_help_fits_a_terminal() -> None:
    def walk(command: typer.core.TyperGroup, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield words
        for name, inner in getattr(command, "commands", {}).items():
            yield from walk(inner, (*words, name))

    commands = [*walk(typer.main.get_command(app), ())]  # type: ignore[arg-type]
    assert ("accounts", "delete") in commands
    for words in commands:
        shown = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "80"})
        assert shown.exit_code == 0, words
        assert fits(shown.stdout), words
    assert "Exit codes: 0 done" in CliRunner().invoke(app, ["accounts", "--help"]).stdout


def test_every_failure_has_its_exit_code() -> None:
    found = {
        kind.__name__: exit_code(kind(1, "", {}, None)).name
        for kind in {*error_codes.BY_CODE.values(), client.ApiError}
    }
    assert found == {
        "ApiError": "REFUSED",
        "AuthenticationError": "NOT_LOGGED_IN",
        "AuthorizationFailed": "REFUSED",
        "Conflict": "REFUSED",
        "NotFound": "NOT_FOUND",
        "PermissionDenied": "NOT_LOGGED_IN",
        "PlatformRefused": "REFUSED",
        "PlatformUnavailable": "TRY_LATER",
        "RateLimited": "TRY_LATER",
        "ReconnectNeeded": "RECONNECT",
        "ServiceError": "REFUSED",
        "Unsupported": "REFUSED",
        "ValidationError": "USAGE",
    }
    stopping = client.ServiceError(503, "", {}, None, retryable=True)
    assert exit_code(stopping) is ExitCode.TRY_LATER
    assert exit_code(client.ConnectionFailed("")) is ExitCode.NO_CONNECTION


@pytest.mark.parametrize(
    ("answer", "numbers"),
    [("1", [1]), ("3, 1,1", [3, 1]), ("1，2", [1, 2]), ("ALL", [1, 2, 3])]
    + [(wrong, []) for wrong in ("", "0", "4", "-1", "1-2", "x", "1,,2")],
)
def test_answers_to_a_choice(answer: str, numbers: list[int]) -> None:
    assert parse_choice(answer, 3) == numbers


def test_names_cannot_control_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b]0;title\x07\x1b[2J\x9b1A[bold]name"
    screen = Screen("en-US", json=False)
    table = screen.table(Text("a", "b"))
    table.add_row(evil)
    screen.print(table)
    row = IdRow(evil, (evil, "x"))
    screen.print(id_rows(("a", "b"), [row], width=80, growing=0, figures=1))
    screen.print(screen.card({Text("a", "b"): evil}))
    screen.error(evil)
    shown = capsys.readouterr()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown.out + shown.err)
    assert shown.out.count("[bold]name") == 4
    assert shown.err == "]0;title[2J1A[bold]name\n"


def test_the_language_of_the_locale() -> None:
    assert language_of({"LANG": "zh_TW.UTF-8"}) == "zh-CN"
    assert language_of({"LC_ALL": "C", "LANG": "zh_CN"}) == "en-US"
    assert language_of({"LC_ALL": "", "LC_MESSAGES": "zh"}) == "zh-CN"
    assert language_of({}) == "en-US"
