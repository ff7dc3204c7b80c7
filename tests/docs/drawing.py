"""Draws what a command wrote to a terminal as an SVG that loads nothing."""

import html
import itertools
import os
import re

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

RUN = re.compile(r'<text([^>]*) x="([\d.]+)"([^>]*) textLength="([\d.]+)"([^>]*)>([^<]+)</text>')
FONTS = re.compile(r"@font-face \{\{.*?\}\}\n", re.DOTALL)


def drawn(text: str, *, title: str, unique_id: str, columns: int) -> str:
    """Returns the picture of a text with its colours; `title` is the window's."""
    console = Console(width=columns, record=True, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115
    console.print(Text.from_ansi(text), soft_wrap=False)
    svg = console.export_svg(
        title=title,
        code_format=FONTS.sub("", CONSOLE_SVG_FORMAT).replace("Fira Code", "Menlo"),
        unique_id=unique_id,
    )
    return RUN.sub(_measured, svg)


def _measured(found: re.Match[str]) -> str:
    """The text in runs of one width: Rich counts characters where Chinese ones take two cells,
    and no font's Chinese is exactly twice as wide as its Latin.
    """
    before, x, between, width, after, shown = found.groups()
    text = html.unescape(shown)
    cell, place, runs = float(width) / len(text), float(x), []
    for _, part in itertools.groupby(text, cell_len):
        run = "".join(part)
        wide = cell * cell_len(run)
        given = f'{before} x="{place:g}"{between} textLength="{wide:g}"{after}'
        runs.append(f"<text{given}>{_escaped(run)}</text>")
        place += wide
    return "".join(runs)


def _escaped(text: str) -> str:
    return html.escape(text).replace("\u00a0", "&#160;")
