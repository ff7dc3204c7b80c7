"""Asks before something is deleted."""

from typing import TYPE_CHECKING

import typer

from openchannels.cli.data.exits import CommandFailed, ExitCode
from openchannels.cli.data.output import is_terminal
from openchannels.core.platforms import Text

if TYPE_CHECKING:
    from openchannels.cli.data.output import Screen

NEEDS_YES = Text(
    "There is no terminal to ask on: confirm by --yes.", "没有可交互的终端：请用 --yes 确认。"
)


def confirm(screen: "Screen", question: Text, *, yes: bool, **values: object) -> None:
    """Returns if `yes` or the person agrees; else ends the command. Raises CommandFailed."""
    if yes:
        return
    if not is_terminal():
        raise CommandFailed(ExitCode.USAGE, NEEDS_YES)
    typer.confirm(screen.say(question, **values), abort=True, err=True)
