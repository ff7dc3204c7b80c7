"""A person's or a script's choice among the accounts that a session offers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from openchannels.cli.data.exits import CommandFailed, ExitCode
from openchannels.cli.data.output import is_terminal
from openchannels.core.platforms import Text

if TYPE_CHECKING:
    from openchannels.cli.data.output import Screen
    from openchannels.client import SelectableAccount

OFFERED = Text("Accounts to choose from:", "可选择的账号：")
ASK = Text("Which ones? Numbers such as 1,3 or all", "要连接哪些？输入编号（如 1,3）或 all")
NOT_A_CHOICE = Text(
    "Enter numbers from 1 to {last}, separated by commas, or all.",
    "请输入 1 到 {last} 之间的编号，用逗号分隔，或输入 all。",
)
MUST_CHOOSE = Text(
    "Several accounts are offered: choose by --pick UID, or take all by --all.",
    "有多个账号可选：请用 --pick UID 选择，或用 --all 全部连接。",
)
NOT_OFFERED = Text("No account {uid} is offered.", "可选账号中没有 {uid}。")


def choose(
    offered: "Sequence[SelectableAccount]", picks: Sequence[str], take_all: bool, screen: "Screen"
) -> "list[SelectableAccount]":
    """Returns the chosen accounts: those of the options, else those that the person names.

    Raises CommandFailed for a pick that is not offered, and where nobody can be asked.
    """
    if take_all:
        return [*offered]
    if picks:
        return [_offered_as(pick, offered) for pick in picks]
    _list_offered(offered, screen)
    if not is_terminal():
        raise CommandFailed(ExitCode.USAGE, MUST_CHOOSE)
    while True:
        chosen = parse_choice(typer.prompt(screen.say(ASK), err=True), len(offered))
        if chosen:
            return [offered[number - 1] for number in chosen]
        screen.note(NOT_A_CHOICE, last=len(offered))


def parse_choice(answer: str, last: int) -> list[int]:
    """Returns the numbers of an answer such as `1, 3` or `all`; empty if it is none."""
    if answer.strip().lower() == "all":
        return [*range(1, last + 1)]
    try:
        numbers = [int(part) for part in answer.replace("，", ",").split(",")]
    except ValueError:
        return []
    return [*dict.fromkeys(numbers)] if all(1 <= n <= last for n in numbers) else []


def _offered_as(pick: str, offered: "Sequence[SelectableAccount]") -> "SelectableAccount":
    for one in offered:
        if pick in (one.platform_uid, one.account):
            return one
    raise CommandFailed(ExitCode.NOT_FOUND, NOT_OFFERED, uid=pick)


def _list_offered(offered: "Sequence[SelectableAccount]", screen: "Screen") -> None:
    from rich.cells import cell_len, set_cell_size

    screen.note(OFFERED)
    digits = len(str(len(offered)))
    widest = max((cell_len(one.display_name) for one in offered), default=0)
    for number, one in enumerate(offered, 1):
        name = set_cell_size(one.display_name, widest)
        screen.line(f"  {number:>{digits}}  {name}  {one.platform_uid}")
