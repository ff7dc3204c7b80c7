"""Compares the figures of this tree with those of an older commit, measured on the same machine.

Only figures that a machine's speed does not change much are compared: ratios, processor time and
memory. Nothing fails by them: what is worse is for people to look into.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.report import Line

COMPARED = ("ratio", "processor time", "memory", "the libraries alone")
REQUIREMENTS = "requirements/dev.txt"
WORSE = 1.1
"""How many times a figure may be that of the older commit before it is marked."""
ROW = re.compile(r"^  (?P<name>\S.*?)  +(?P<figure>-?[\d,.]+)( \S+)?(  .*)?$", re.MULTILINE)


def compare(lines: Sequence[Line], rev: str, options: Sequence[str]) -> None:
    """Measures the commit in a tree of its own and prints both beside each other."""
    before = _figures_of(rev, options)
    print(f"\n{'':<72}  {rev[:12]:>10}  {'now':>10}  {'times':>6}")
    for line in lines:
        # An older table has one store, and does not name it.
        then = before.get(line.name, before.get(line.name.replace(", sqlite", "")))
        if then is None or not any(word in line.name for word in COMPARED):
            continue
        now = number(line.figure)
        times = now / then if then else 1.0
        # A ratio to the plain application is better when it is higher.
        grown = 1 / times if times and "plain ASGI" in line.name else times
        mark = "  worse" if grown > WORSE else ""
        print(f"{line.name:<72}  {then:>10,.2f}  {now:>10,.2f}  {times:>6.2f}{mark}")


def _figures_of(rev: str, options: Sequence[str]) -> Mapping[str, float]:
    with tempfile.TemporaryDirectory(prefix="openchannels-bench-") as folder:
        root = Path(__file__).parent.parent
        archive = subprocess.run(
            ["git", "-C", root, "archive", rev], check=True, capture_output=True
        ).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
        done = subprocess.run(
            [_python(root, Path(folder)), "-m", "bench.all", *options],
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{folder}/src"},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    return parsed(done.stdout)


def _python(ours: Path, older: Path) -> str:
    """Returns a Python with the requirements of the older commit; they are installed if need be."""
    if (ours / REQUIREMENTS).read_bytes() == (older / REQUIREMENTS).read_bytes():
        return sys.executable
    # What this installs is printed with what went before it, so that the table stands last.
    subprocess.run(["make", "-C", older, ".venv/.dev-installed"], check=True)
    return f"{older}/.venv/bin/python"


def parsed(table: str) -> dict[str, float]:
    """Returns the figures of a printed table by their names."""
    return {row["name"]: number(row["figure"]) for row in ROW.finditer(table)}


def number(figure: str) -> float:
    """Returns the number at the start of a figure."""
    return float(figure.split(" ")[0].replace(",", ""))
