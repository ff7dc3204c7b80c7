"""Connects an account: shows the address, waits for the person, lets them choose, shows the end."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import typer

from openchannels.cli.data.browser import open_browser, qr_code
from openchannels.cli.data.choice import choose
from openchannels.cli.data.exits import CommandFailed, ExitCode
from openchannels.core.platforms import Text

if TYPE_CHECKING:
    from rich.console import Group

    from openchannels.cli.data.output import Screen
    from openchannels.cli.data.session import Session
    from openchannels.client import AuthSession, PendingConnection

INTERRUPTED = 130
"""What shells expect of a command that Ctrl-C ended."""
OPENED = Text("The consent page is open in your browser:", "已在浏览器中打开授权页面：")
OPEN_THIS = Text("Open this page in a browser:", "请在浏览器中打开此页面：")
WAITING = Text("Waiting for you to finish there (Ctrl-C cancels)", "等待您完成授权（Ctrl-C 取消）")
CANCELLED = Text("Cancelled.", "已取消。")
TOO_LATE = Text(
    "Nobody finished within {seconds} seconds; the connection is cancelled.",
    "{seconds} 秒内未完成授权，连接已取消。",
)
UNUSABLE = Text("Cannot be connected: {name}. {reason}", "无法连接：{name}。{reason}")
CONNECTED = Text("Connected:", "已连接：")
NAME, PLATFORM = Text("name", "名称"), Text("platform", "平台")


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person or a script said beforehand."""

    picks: Sequence[str] = ()
    take_all: bool = False
    browser: bool = True
    timeout: float = 600.0


def connect_account(session: "Session", connection: "PendingConnection", answers: Answers) -> None:
    """Leads a started connection to its end and prints the accounts.

    Ctrl-C and failures cancel it. Raises ClientError and CommandFailed.
    """
    screen = session.screen
    with _cancelled_on_failure(connection, session):
        _show_address(connection, screen, answers)
        ended = _wait(connection, screen, answers)
        if ended.requires_selection:
            picks = choose(ended.selectable_accounts, answers.picks, answers.take_all, screen)
            connection.select(picks)
            ended = _wait(connection, screen, answers)
    for one in ended.unusable:
        screen.note(UNUSABLE, name=one.name, reason=screen.choose(one.reason))
    if ended.status != "completed":
        _fail(ended)
    screen.note(CONNECTED)
    screen.show(ended, lambda: _accounts(ended, screen))


@contextlib.contextmanager
def _cancelled_on_failure(connection: "PendingConnection", session: "Session") -> Iterator[None]:
    """Cancels the session at the service when the command ends before it."""
    try:
        yield
    except BaseException as ended:
        from openchannels.client import ClientError

        with contextlib.suppress(ClientError):
            session.client.auth.cancel(connection.session_id)
        if isinstance(ended, KeyboardInterrupt | typer.Abort):
            session.screen.note(CANCELLED)
            raise typer.Exit(INTERRUPTED) from None
        raise


def _show_address(connection: "PendingConnection", screen: "Screen", answers: Answers) -> None:
    if instructions := screen.choose(connection.started.auth_instructions):
        screen.line(instructions)
    if answers.browser and open_browser(connection.url):
        screen.note(OPENED)
        screen.line(connection.url, style="dim")
        return
    screen.note(OPEN_THIS)
    screen.line(connection.url)
    if code := screen.is_watched and qr_code(connection.url, screen.width):
        screen.aside(code)


def _wait(connection: "PendingConnection", screen: "Screen", answers: Answers) -> "AuthSession":
    from openchannels.client import WaitTimeout

    try:
        with screen.spinner(WAITING):
            return connection.wait(timeout=answers.timeout)
    except WaitTimeout:
        raise CommandFailed(ExitCode.REFUSED, TOO_LATE, seconds=round(answers.timeout)) from None


def _fail(ended: "AuthSession") -> NoReturn:
    from openchannels.client import AuthorizationFailed

    message = ended.error_message or ended.status
    raise AuthorizationFailed(ended.error_code or 0, message, ended.error_data, None)


def _accounts(ended: "AuthSession", screen: "Screen") -> "Group":
    from openchannels.cli.data.id_rows import IdRow, id_rows

    rows = [IdRow(one.account_id, (one.platform, one.display_name)) for one in ended.accounts]
    headings = [screen.say(PLATFORM), screen.say(NAME)]
    return id_rows(headings, rows, width=screen.console.width, growing=1, figures=0)
