"""`openchannels groups`: groups of accounts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from openchannels.cli.data.confirm import confirm
from openchannels.cli.data.exits import EXIT_CODES_HELP, CommandFailed, ExitCode
from openchannels.cli.data.session import Session, data_command
from openchannels.core.platforms import Text

if TYPE_CHECKING:
    from rich.table import Table

    from openchannels.cli.data.output import Screen
    from openchannels.client import Client, Group

NO_GROUP = Text("There is no group {group}.", "没有分组 {group}。")
SEVERAL_GROUPS = Text(
    "{number} groups have the name {group}: give the id.",
    "有 {number} 个分组名为 {group}：请改用编号。",
)
NO_GROUPS = Text("There are no groups.", "没有分组。")
ASK_DELETE = Text(
    "Delete {names}? Their accounts move to the default group.",
    "删除 {names}？其中的账号会移到默认分组。",
)
DELETED = Text("Deleted {names}.", "已删除 {names}。")
NAME, ID = Text("name", "名称"), Text("id", "编号")
DEFAULT, CREATED = Text("default", "默认"), Text("created", "创建时间")

app = typer.Typer(
    no_args_is_help=True,
    epilog=EXIT_CODES_HELP,
    help="List, create, rename and delete groups of accounts.",
)
GroupName = Annotated[str, typer.Argument(metavar="GROUP", help="Id or name of the group.")]


@app.command("list")
@data_command
def list_groups(session: Session) -> None:
    """List the groups."""
    screen = session.screen
    screen.show_list(session.client.groups.list(), lambda found: _table(found, screen), NO_GROUPS)


@app.command("create")
@data_command
def create_group(
    session: Session, name: Annotated[str, typer.Argument(metavar="NAME", help="Its name.")]
) -> None:
    """Create a group."""
    _show(session, session.client.groups.create(name))


@app.command("rename")
@data_command
def rename_group(
    session: Session,
    group: GroupName,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its new name.")],
) -> None:
    """Rename a group."""
    found = find_group(session.client, group)
    _show(session, session.client.groups.update(found.id, name=name))


@app.command("delete")
@data_command
def delete_groups(
    session: Session,
    groups: Annotated[
        list[str], typer.Argument(metavar="GROUP...", help="Ids or names of groups.")
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete groups; their accounts move to the default group."""
    found = [find_group(session.client, group) for group in groups]
    names = ", ".join(group.name for group in found)
    confirm(session.screen, ASK_DELETE, yes=yes, names=names)
    session.client.groups.delete([group.id for group in found])
    session.screen.show_done(DELETED, {"deleted": [group.id for group in found]}, names=names)


def find_group(client: "Client", wanted: str) -> "Group":
    """Returns the group of an id or a name. Raises CommandFailed if there is none, or several."""
    known = client.groups.list()
    found = [group for group in known if group.id == wanted] or [
        group for group in known if group.name == wanted
    ]
    if not found:
        raise CommandFailed(ExitCode.NOT_FOUND, NO_GROUP, group=wanted)
    if len(found) > 1:
        raise CommandFailed(ExitCode.USAGE, SEVERAL_GROUPS, group=wanted, number=len(found))
    return found[0]


def _show(session: Session, group: "Group") -> None:
    session.screen.show(group, lambda: _table([group], session.screen))


def _table(groups: "Sequence[Group]", screen: "Screen") -> "Table":
    from openchannels.cli.data.output import moment

    table = screen.table(NAME, ID, DEFAULT, CREATED)
    table.columns[1].no_wrap = table.columns[3].no_wrap = True
    for group in groups:
        mark = "*" if group.is_default else ""
        table.add_row(group.name, group.id, mark, moment(group.created_at))
    return table
