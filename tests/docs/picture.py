"""The picture of the front page, recorded from the demo: `python -m tests.docs.picture`.

The command runs on a terminal of its own; the beginning of what it printed becomes an SVG that
loads nothing.
"""

import html
import itertools
import os
import pty
import re
import subprocess
import sys
import tempfile

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from .pages import ROOT

PICTURE = ROOT / "docs" / "images" / "demo.svg"
COLUMNS = 118
COMMAND = ("demo", "--once")
RUN = re.compile(r'<text([^>]*) x="([\d.]+)"([^>]*) textLength="([\d.]+)"([^>]*)>([^<]+)</text>')
END = re.compile(r"(?:\s|\x1b\[[\d;]*m)+$")
FONTS = re.compile(r"@font-face \{\{.*?\}\}\n", re.DOTALL)


def recorded(words: tuple[str, ...] = COMMAND) -> str:
    """What a command of ours writes to a terminal."""
    inner, outer = pty.openpty()
    environment = {
        **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
        "COLUMNS": str(COLUMNS),
        "LINES": "50",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "PYTHONUTF8": "1",
    }
    with tempfile.TemporaryDirectory() as place:
        process = subprocess.Popen(
            [sys.executable, "-m", "openchannels", *words],
            stdin=subprocess.DEVNULL, stdout=outer, stderr=outer, cwd=place, env=environment,
        )  # fmt: skip
        os.close(outer)
        written = b""
        while True:
            try:
                piece = os.read(inner, 65536)
            except OSError:
                break
            if not piece:
                break
            written += piece
        if process.wait() != 0:
            raise SystemExit(written.decode())
    return written.decode().replace("\r\n", "\n").rstrip() + "\n"


def beginning(text: str) -> str:
    """The tour, the accounts and the first list of works."""
    return END.sub("\n", "Works of".join(text.split("Works of")[:2]))


def drawn(text: str) -> str:
    console = Console(width=COLUMNS, record=True, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115
    console.print(Text.from_ansi(text), soft_wrap=False)
    svg = console.export_svg(
        title="openchannels demo",
        code_format=FONTS.sub("", CONSOLE_SVG_FORMAT).replace("Fira Code", "Menlo"),
        unique_id="demo",
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


def main() -> None:
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(drawn(beginning(recorded())), encoding="utf-8")
    print(f"wrote {PICTURE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
