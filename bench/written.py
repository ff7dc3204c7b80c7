"""Writes what was measured into docs/performance.md and its Chinese twin."""

import datetime
import os
import platform
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from bench.report import Line

DOCS = Path(__file__).parent.parent / "docs"
PAGES = {
    "performance.md": ("Figure", "Now", "Goal", "missed"),
    "performance.zh-CN.md": ("数值", "当前", "目标", "未达到"),
}
"""The pages, with the heads of the table and the mark of a goal that is missed."""
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def write_figures(lines: Sequence[Line]) -> None:
    for name, words in PAGES.items():
        page = DOCS / name
        before, _, rest = page.read_text().partition(BEGIN)
        _, _, after = rest.partition(END)
        table = f"\n{_machine()}\n\n{_table(lines, *words)}\n"
        page.write_text(before + BEGIN + table + END + after)


def _table(lines: Sequence[Line], figure: str, now: str, goal: str, missed: str) -> str:
    rows = [f"| {figure} | {now} | {goal} |", "|---|---|---|"]
    for line in lines:
        mark = f", {missed}" if line.passed is False else ""
        aim = line.goal.replace("<", "&lt;").replace(">", "&gt;")
        rows.append(f"| {line.name} | {line.figure} | {aim}{mark} |")
    return "\n".join(rows)


def _machine() -> str:
    """Describes the machine, without its name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = (
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}",
        f"{os.cpu_count()} x {_processor()}",
        f"{memory:.0f} GB",
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
    )
    return ", ".join(parts)


def _processor() -> str:
    for row in Path("/proc/cpuinfo").read_text().splitlines():
        if row.startswith("model name"):
            return row.partition(":")[2].strip()
    return platform.machine()
