"""How long a program takes that imports the SDK, with the start of Python: `-m bench.client_start`.

The least of several runs counts, because other programs of the machine only add to it.
"""

import argparse
import subprocess
import sys
import time

from bench.report import Line, at_most, plain, print_table

PROGRAMS = {
    "nothing": "pass",
    "import openchannels.client": "import openchannels.client",
    "import Client": "from openchannels.client import Client",
    "import AsyncClient": "from openchannels.client import AsyncClient",
    "the first Client": "from openchannels.client import Client; Client('http://127.0.0.1:1', 'k')",
}
IMPORT_MS = 100.0


def milliseconds(program: str, rounds: int) -> float:
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", program], check=True)
        took.append(time.perf_counter() - began)
    return min(took) * 1000


def measure(rounds: int) -> list[Line]:
    found = {name: milliseconds(program, rounds) for name, program in PROGRAMS.items()}
    return [
        at_most(name, took, IMPORT_MS, " ms")
        if name == "import openchannels.client"
        else plain(name, took, " ms")
        for name, took in found.items()
    ]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=15)
    print_table("Start of a program with the SDK", measure(options.parse_args().rounds))


if __name__ == "__main__":
    main()
