"""What a measurement says: lines of one table."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

__all__ = ["Line", "median", "print_table"]


@dataclass(frozen=True, slots=True)
class Line:
    """One figure beside its goal; `passed` is None where there is no goal."""

    name: str
    figure: str
    goal: str = ""
    passed: bool | None = None


def print_table(title: str, lines: Sequence[Line]) -> None:
    """Print the figures, one a line, in columns."""
    name_width = max(len(line.name) for line in lines)
    width = max(len(line.figure) for line in lines)
    goal_width = max(len(line.goal) for line in lines)
    print(f"\n{title}")
    for line in lines:
        mark = {None: "", True: "ok", False: "MISSED"}[line.passed]
        print(
            f"  {line.name:<{name_width}}  {line.figure:<{width}}"
            f"  {line.goal:<{goal_width}}  {mark}".rstrip()
        )


def at_least(name: str, value: float, goal: float, unit: str = "") -> Line:
    return Line(name, f"{_shown(value)}{unit}", f">= {_shown(goal)}{unit}", value >= goal)


def at_most(name: str, value: float, goal: float, unit: str = "") -> Line:
    return Line(name, f"{_shown(value)}{unit}", f"< {_shown(goal)}{unit}", value < goal)


def plain(name: str, value: float, unit: str = "") -> Line:
    return Line(name, f"{_shown(value)}{unit}")


def _shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
