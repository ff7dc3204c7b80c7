"""`openchannels events tail`: what happens to your accounts, as it happens."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from openchannels.cli import common
from openchannels.cli.data.output import Screen, moment
from openchannels.cli.data.session import Session, data_command

if TYPE_CHECKING:
    from openchannels.client import Client, Event

app = typer.Typer(no_args_is_help=True, help="What happened to your accounts.")

After = Annotated[
    int | None,
    typer.Option(
        "--after", min=0, metavar="SEQUENCE", help="Begin after this event, not with the next new."
    ),
]
Once = Annotated[bool, typer.Option("--once", help="End with the last event that there is now.")]


@app.command("tail")
@data_command
def tail(session: Session, after: After = None, once: Once = False) -> None:
    """Print events, one a line, until Ctrl-C."""
    for event in _events(session.client, after, once=once):
        print_event(session.screen, event)


def print_event(screen: Screen, event: "Event") -> None:
    """Prints an event on a line: when, what, which account, and why."""
    if screen.json:
        common.print_json(event.to_dict())
        return
    named = (event.data.get(name) for name in ("accountId", "reason"))
    line = "  ".join([moment(event.timestamp), f"{event.type:<20}", *filter(None, named)])
    screen.console.print(line, soft_wrap=True)


def _events(client: "Client", after: int | None, *, once: bool) -> Iterator["Event"]:
    begin = after
    if begin is None:
        begin = 0 if once else max((event.sequence for event in client.events.iter()), default=0)
    return client.events.iter(begin) if once else client.events.follow(begin)
