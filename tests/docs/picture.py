"""The picture of the front page, recorded from the demo: `python -m tests.docs.picture`.

The command runs on a terminal of its own; the beginning of what it printed is drawn.
"""

import re

from tests.harness.terminal import Terminal

from .drawing import drawn
from .pages import ROOT

PICTURE = ROOT / "docs" / "images" / "demo.svg"
COLUMNS = 118
COMMAND = ("demo", "--once")
END = re.compile(r"(?:\s|\x1b\[[\d;]*m)+$")


def recorded(words: tuple[str, ...] = COMMAND) -> str:
    """What a command of ours writes to a terminal."""
    with Terminal(*words, columns=COLUMNS, COLORTERM="truecolor") as terminal:
        if terminal.end() != 0:
            raise SystemExit(terminal.text)
        return terminal.settled


def beginning(text: str) -> str:
    """The tour, the accounts and the first list of works."""
    return END.sub("\n", "Works of".join(text.split("Works of")[:2]))


def main() -> None:
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    picture = drawn(
        beginning(recorded()), title="openchannels demo", unique_id="demo", columns=COLUMNS
    )
    PICTURE.write_text(picture, encoding="utf-8")
    print(f"wrote {PICTURE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
