"""`openchannels accounts reconnect`, `move` and `delete`."""

from typing import TYPE_CHECKING, Annotated

import typer

from openchannels.cli.data.account_views import account_card, account_table
from openchannels.cli.data.confirm import confirm
from openchannels.cli.data.connect import CookieStdin, NoOpen, Timeout, read_cookie
from openchannels.cli.data.connecting import Answers, connect_account
from openchannels.cli.data.exits import CommandFailed, ExitCode
from openchannels.cli.data.groups import find_group
from openchannels.cli.data.session import Session, data_command
from openchannels.core.platforms import Text

if TYPE_CHECKING:
    from openchannels.client import Account

ASK_DELETE = Text("Delete {names}?", "删除 {names}？")
DELETED = Text("Deleted {names}.", "已删除 {names}。")
NOT_THERE = Text("There is no account {ids}.", "没有账号 {ids}。")
NOTHING_TO_MOVE = Text("There is no account to move.", "没有要移动的账号。")

AccountIds = Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of accounts.")]


@data_command
def reconnect(
    session: Session,
    account_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the account.")],
    no_open: NoOpen = False,
    timeout: Timeout = 600.0,
    cookie_stdin: CookieStdin = False,
) -> None:
    """Connect an account again, as connect does; another account than this one is refused."""
    client = session.client
    account = client.accounts.get(account_id)
    if cookie_stdin:
        again = _replace_cookie(session, account)
        session.screen.show(again, lambda: account_card(again, session.screen))
        return
    from openchannels.client import PendingConnection

    started = client.accounts.reconnect(account_id)
    connection = PendingConnection(client.auth, account.type, started)
    # The service takes this account without a choice.
    connect_account(session, connection, Answers(browser=not no_open, timeout=timeout))


def _replace_cookie(session: Session, account: "Account") -> "Account":
    return session.client.accounts.create(
        account.type, uid=account.uid, nickname=account.nickname, login_cookie=read_cookie()
    )


@data_command
def move(
    session: Session,
    account_ids: AccountIds,
    group: Annotated[
        str, typer.Option("--group", metavar="GROUP", help="Where to; id or name of the group.")
    ],
) -> None:
    """Move accounts to a group."""
    accounts, screen = session.client.accounts, session.screen
    group_id = find_group(session.client, group).id
    moved = (accounts.update(account_id, group_id=group_id) for account_id in account_ids)
    screen.show_list(moved, lambda found: account_table(found, screen), NOTHING_TO_MOVE)


@data_command
def delete(
    session: Session,
    account_ids: AccountIds,
    revoke: Annotated[
        bool | None,
        typer.Option(
            "--revoke/--keep-grant",
            help="Whether to revoke the grant at the platform too; it is if not given.",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete accounts, with all that is stored about them."""
    confirm(session.screen, ASK_DELETE, yes=yes, names=", ".join(account_ids))
    deleted = session.client.accounts.delete_many(account_ids, revoke=revoke)
    if deleted:
        session.screen.show_done(DELETED, {"deleted": [*deleted]}, names=", ".join(deleted))
    if missing := [one for one in account_ids if one not in deleted]:
        raise CommandFailed(ExitCode.NOT_FOUND, NOT_THERE, ids=", ".join(missing))
