"""A table in which each row's id has a line of its own, where it stays whole to be copied."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

GAP = 2
INDENT = "  "


@dataclass(frozen=True, slots=True)
class IdRow:
    """The cells of one thing, and its id."""

    id: str
    cells: "Sequence[str | Text]"


def id_rows(
    headings: Sequence[str], rows: Sequence[IdRow], *, width: int, growing: int, figures: int
) -> "Group":
    """Returns a table of `width` cells at most.

    Column `growing` takes what the others leave, and folds; the last `figures` columns are
    aligned to the right.
    """
    from rich.console import Group
    from rich.text import Text

    from openchannels.cli.console import printable

    head = [Text(heading, style="bold") for heading in headings]
    widths = _widths([head, *(row.cells for row in rows)], width, growing)
    rule = Text("─" * (sum(widths) + GAP * (len(widths) - 1)))
    parts: list[Table | Text] = [_line(head, widths, figures), rule]
    for row in rows:
        mark = Text(f"{INDENT}{printable(row.id)}", style="dim", overflow="fold")
        parts += [_line(row.cells, widths, figures), mark]
    return Group(*parts)


def _widths(lines: "Sequence[Sequence[str | Text]]", room: int, growing: int) -> list[int]:
    """Returns the columns' widths: as wide as their cells, but for the growing one."""
    widths = [max(_width(cell) for cell in column) for column in zip(*lines, strict=True)]
    others = sum(widths) - widths[growing] + GAP * (len(widths) - 1)
    widths[growing] = max(min(widths[growing], room - others), GAP)
    return widths


def _width(cell: "str | Text") -> int:
    from rich.cells import cell_len

    return max(map(cell_len, str(cell).split("\n")))


def _line(cells: "Sequence[str | Text]", widths: Sequence[int], figures: int) -> "Table":
    from rich.table import Table

    line = Table.grid(padding=(0, GAP, 0, 0), pad_edge=False)
    for number, width in enumerate(widths):
        right = number >= len(widths) - figures
        line.add_column(width=width, justify="right" if right else "left", overflow="fold")
    line.add_row(*cells)
    return line
