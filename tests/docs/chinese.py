"""The tables of Chinese pages: those of the English ones, each cell by `tables.toml`."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from openchannels.web.docs.localised import chinese

WORD = re.compile(r"[A-Za-z]{2}")
AS_IT_IS = re.compile(r'`[^`]*`|"[^"]*"')
HEADING = re.compile(r"^(#+) (.+)$")


@cache
def texts() -> dict[str, dict[str, str]]:
    """What is written by hand: sections of English text and its Chinese."""
    text = Path(__file__).with_name("tables.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _cells() -> dict[str, str]:
    written = {name: section for name, section in texts().items() if name != "parts"}
    return {text: zh for section in written.values() for text, zh in section.items()}


def in_chinese(english: str) -> str:
    """A table with its cells in Chinese; those that lack one stay English."""
    return "".join(_line(line) for line in english.splitlines(keepends=True))


def _line(line: str) -> str:
    if found := HEADING.match(line):
        return f"{found[1]} {translated(found[2]) or found[2]}\n"
    if not line.startswith("|"):
        return line
    return "|".join(_cell(part) for part in line.split("|"))


def _cell(part: str) -> str:
    text = part.strip()
    return part.replace(text, translated(text) or text) if text else part


def translated(cell: str) -> str | None:
    """The Chinese of a cell, or None if it is missing; code, names and figures are their own."""
    if found := _cells().get(cell) or chinese().get(cell):
        return found
    for pattern, template in texts()["parts"].items():
        if match := re.fullmatch(pattern, cell):
            parts = [translated(part) for part in match.groups()]
            return None if None in parts else template.format(*parts)
    return None if WORD.search(AS_IT_IS.sub("", cell)) else cell


def cells(english: str) -> Iterator[str]:
    """Every heading and cell of a table that says something."""
    for line in english.splitlines():
        found = HEADING.match(line)
        yield from [found[2]] if found else filter(None, map(str.strip, line.split("|")))
