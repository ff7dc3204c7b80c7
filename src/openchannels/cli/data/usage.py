"""`openchannels usage`: what the workspace used of the platforms."""

from collections import defaultdict
from typing import TYPE_CHECKING

from openchannels.cli.data.output import Screen, count
from openchannels.cli.data.session import Session, data_command
from openchannels.core.platforms import Text

if TYPE_CHECKING:
    from rich.table import Table

    from openchannels.client import Usage

PLATFORM = Text("platform", "平台")
OPERATION = Text("operation", "操作")
CALLS = Text("calls", "调用次数")
COST = Text("cost", "消耗")
UNIT = Text("unit", "单位")
DAYS = Text("Calls to the platforms in the last {days} days", "最近 {days} 天的平台调用")


@data_command
def usage(session: Session) -> None:
    """Show the calls to the platforms in the last thirty days, and what they cost there."""
    found = session.client.platforms.usage()
    session.screen.show(found, lambda: _table(session.screen, found))


def _table(screen: Screen, usage: "Usage") -> "Table":
    sums: dict[tuple[str, str, str], list[float]] = defaultdict(lambda: [0, 0])
    for used in usage.used:
        total = sums[used.platform, used.operation, used.unit]
        total[0] += used.calls
        total[1] += used.cost
    title = screen.say(DAYS, days=usage.days)
    table = screen.table(PLATFORM, OPERATION, CALLS, COST, UNIT, title=title)
    for column in table.columns[2:4]:
        column.justify = "right"
    for (platform, operation, unit), (calls, cost) in sorted(sums.items()):
        table.add_row(platform, operation, count(calls), f"{cost:,.6g}", unit)
    return table
