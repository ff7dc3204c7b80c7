"""The picture of the front page, recorded from the demo: `python -m tests.docs.picture`.

The command runs on a terminal of its own; the beginning of what it printed becomes an SVG that
loads nothing.
"""

import html
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
WIDTH = re.compile(r'textLength="([\d.]+)"([^>]*)>([^<]+)</text>')
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
    return WIDTH.sub(_measured, svg)


def _measured(found: re.Match[str]) -> str:
    """Rich counts characters where Chinese ones take two cells."""
    text = html.unescape(found[3])
    width = float(found[1]) / len(text) * cell_len(text)
    return f'textLength="{width:g}"{found[2]}>{found[3]}</text>'


def main() -> None:
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(drawn(beginning(recorded())), encoding="utf-8")
    print(f"wrote {PICTURE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
