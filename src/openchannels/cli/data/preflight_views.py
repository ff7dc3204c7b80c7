"""What a preflight says, for a person: issues as a table, then cost and limits."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from openchannels.cli.data.output import Screen, moment
from openchannels.core.platforms import Text

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

    from openchannels.client import Preflight, PreflightItem

PLATFORM = Text("platform", "平台")
SEVERITY = Text("severity", "级别")
PLACE = Text("place", "位置")
MESSAGE = Text("what is wrong", "问题")
SEVERITIES = {"error": Text("error", "错误"), "warning": Text("warning", "警告")}
STYLES = {"error": "red", "warning": "yellow"}
FINE = Text("Nothing is wrong.", "没有问题。")
COSTS = Text("{account}: costs {cost}", "{account}：消耗 {cost}")
LEFT = Text("{account}: {left} of {most} publications left", "{account}：剩余 {left}/{most} 次发布")
EARLIEST = Text("{account}: can go out at {at}", "{account}：最早可于 {at} 发布")


def preflight_view(screen: Screen, found: "Preflight") -> "Group":
    """Returns all that is to be seen before anything is published."""
    from rich.console import Group
    from rich.text import Text as Styled

    issues = issue_table(screen, found) if has_issues(found) else Styled(screen.say(FINE))
    notes = [Styled(line, "dim") for item in found.items for line in _notes(screen, item)]
    return Group(issues, *notes)


def has_issues(found: "Preflight") -> bool:
    return any(item.issues for item in found.items)


def issue_table(screen: Screen, found: "Preflight") -> "Table":
    """Returns the issues, of each account the errors first."""
    from rich.text import Text as Styled

    table = screen.table(PLATFORM, SEVERITY, PLACE, MESSAGE)
    for column in table.columns[:2]:
        column.no_wrap = True
    table.columns[3].ratio = 1
    for item in found.items:
        for issue in sorted(item.issues, key=lambda one: one.severity):
            severity = SEVERITIES.get(issue.severity)
            said = issue.severity if severity is None else screen.say(severity)
            style = STYLES.get(issue.severity, "")
            table.add_row(item.platform, Styled(said, style), issue.path, issue.message)
    return table


def _notes(screen: Screen, item: "PreflightItem") -> Iterator[str]:
    account = item.account_id
    if item.cost:
        costs = ", ".join(f"{cost.amount:g} {cost.unit}" for cost in item.cost)
        yield screen.say(COSTS, account=account, cost=costs)
    for cap in item.caps:
        yield screen.say(LEFT, account=account, left=cap.left, most=cap.most)
    if item.earliest_at is not None:
        yield screen.say(EARLIEST, account=account, at=moment(item.earliest_at))
