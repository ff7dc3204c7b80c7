"""`openchannels connect`: connects an account of a platform."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from openchannels.cli.data.account_views import account_card
from openchannels.cli.data.completion import platform_names
from openchannels.cli.data.connecting import Answers, connect_account
from openchannels.cli.data.exits import CommandFailed, ExitCode
from openchannels.cli.data.groups import find_group
from openchannels.cli.data.session import Session, data_command
from openchannels.core.platforms import Text

if TYPE_CHECKING:
    from openchannels.client import PendingConnection

PLUGIN = "plugin"
"""The service's reason for platforms without a consent page."""
NEEDS_COOKIE = Text(
    "{platform} has no consent page: give the cookie of its web site by --cookie-stdin.",
    "{platform} 没有授权页面：请用 --cookie-stdin 提供其网站的 Cookie。",
)
NO_COOKIE = Text("Standard input holds no cookie.", "标准输入中没有 Cookie。")

Picks = Annotated[
    list[str] | None,
    typer.Option("--pick", metavar="UID", help="Connect this offered account; repeatable."),
]
TakeAll = Annotated[bool, typer.Option("--all", help="Connect all accounts that are offered.")]
NoOpen = Annotated[bool, typer.Option("--no-open", help="Open no browser; show address and code.")]
Timeout = Annotated[
    float, typer.Option("--timeout", min=1, metavar="SECONDS", help="How long to wait.")
]
CookieStdin = Annotated[
    bool,
    typer.Option("--cookie-stdin", help="Read the cookie of the platform's web site (xhs, wxSph)."),
]


@data_command
def connect(
    session: Session,
    platform: Annotated[
        str,
        typer.Argument(
            metavar="PLATFORM",
            help="Name of the platform, as platforms lists it.",
            autocompletion=platform_names,
        ),
    ],
    group: Annotated[
        str | None,
        typer.Option("--group", metavar="GROUP", help="Put the accounts there; id or name."),
    ] = None,
    picks: Picks = None,
    take_all: TakeAll = False,
    no_open: NoOpen = False,
    timeout: Timeout = 600.0,
    cookie_stdin: CookieStdin = False,
    uid: Annotated[
        str | None, typer.Option("--uid", help="The account's id there, with a cookie.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="The account's name, with a cookie.")
    ] = None,
) -> None:
    """Connect accounts of a platform: opens its consent page and waits until you are done.

    Without a browser here it prints the address, and a QR code on a terminal.
    It asks which accounts to connect where a login has several. Ctrl-C cancels.
    """
    group_id = None if group is None else find_group(session.client, group).id
    if cookie_stdin or uid is not None or name is not None:
        _create_account(session, platform, uid, name, group_id, cookie_stdin)
        return
    answers = Answers(picks or (), take_all, not no_open, timeout)
    connect_account(session, _start(session, platform, group_id), answers)


def _start(session: Session, platform: str, group_id: str | None) -> "PendingConnection":
    from openchannels.client import Unsupported

    try:
        return session.client.connect(platform, group_id=group_id)
    except Unsupported as refused:
        if refused.data.get("reason") == PLUGIN:
            raise CommandFailed(ExitCode.USAGE, NEEDS_COOKIE, platform=platform) from None
        raise


def read_cookie() -> str:
    """Returns the cookie on standard input. Raises CommandFailed if there is none."""
    if cookie := sys.stdin.read().strip():
        return cookie
    raise CommandFailed(ExitCode.USAGE, NO_COOKIE)


def _create_account(
    session: Session,
    platform: str,
    uid: str | None,
    name: str | None,
    group_id: str | None,
    cookie_stdin: bool,
) -> None:
    cookie = read_cookie() if cookie_stdin else None
    account = session.client.accounts.create(
        platform, uid=uid, nickname=name, group_id=group_id, login_cookie=cookie
    )
    session.screen.show(account, lambda: account_card(account, session.screen))
