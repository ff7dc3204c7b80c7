"""What the platforms are held to, in tables: `python -m tests.platforms.report`.

Cases by platform with every exception, fields that came, what else can be read, calls that were
made, and the size of the connectors.
"""

import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import structlog

from openchannels import connectors
from openchannels.core.availability import ACCOUNT_FIELDS, OPERATION_NAMES, WORK_FIELDS
from tests.platforms.cases import BY_NAME, CASES, EXCEPTIONS, GROUPS, PLATFORMS, exempt
from tests.platforms.live import EVERYTHING, Live, running
from tests.platforms.modules import import_all
from tests.platforms.observe import calls_per_page, calls_to_connect, observe

SIGNS = {"given": "x", "scope": "s", "never": "."}


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    lines = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        )
    print()


def print_pairs() -> int:
    """Cases by platform: `x` takes part, a letter names the exception."""
    reasons = list(dict.fromkeys(EXCEPTIONS.values()))
    letters = {reason: chr(ord("a") + index) for index, reason in enumerate(reasons)}
    rows = []
    for case, taking_part in CASES.items():
        cells = [
            "x" if one in taking_part else letters[exempt(one, case, GROUPS[case]) or ""]
            for one in PLATFORMS
        ]
        rows.append([case, *cells, len(taking_part)])
    total = sum(len(platforms) for platforms in CASES.values())
    sums = [sum(one in members for members in CASES.values()) for one in PLATFORMS]
    table(["case", *[one[:7] for one in PLATFORMS], "sum"], [*rows, ["pairs", *sums, total]])
    for reason, letter in letters.items():
        print(f"{letter}  {reason}")
    print()
    return total


def print_fields(live: Live) -> None:
    """Fields that came over whole walks of two persons, by platform."""
    seen = {platform: observe(live, platform) for platform in PLATFORMS}
    declared = {
        "account": {name: one.accounts.coverage for name, one in BY_NAME.items()},
        "work": {name: one.works_coverage() for name, one in BY_NAME.items()},
    }
    for what, names in (("account", ACCOUNT_FIELDS), ("work", WORK_FIELDS)):
        rows = []
        for name in names:
            cells = []
            for platform in PLATFORMS:
                came = name in getattr(seen[platform], what)
                state = declared[what][platform].cell(name).state
                cells.append(SIGNS[state] if came is (state != "never") else f"{SIGNS[state]}!")
            rows.append([name, *cells])
        table([f"{what} field", *[one[:7] for one in PLATFORMS]], rows)
    print("x given   s with a scope or setting   . never   ! declared otherwise than it came")
    print()


def print_operations() -> None:
    """What can be read besides lists, by platform, and why not where a reason of its own stands."""
    given = {platform: BY_NAME[platform].operations_coverage() for platform in PLATFORMS}
    rows = [
        [name, *(SIGNS[given[platform].cell(name).state] for platform in PLATFORMS)]
        for name in OPERATION_NAMES
    ]
    table(["operation", *[one[:7] for one in PLATFORMS]], rows)
    for name in OPERATION_NAMES:
        for platform in PLATFORMS:
            cell = given[platform].cell(name)
            why = cell.scope or (cell.reason.en if cell.reason else None)
            if why is not None:
                print(f"{platform} {name}: {why}")
    print()


def print_calls(live: Live) -> None:
    """Calls to connect and for one page, with nothing remembered."""
    rows = []
    for platform in PLATFORMS:
        connect = calls_to_connect(live, platform, "ruth")
        works = BY_NAME[platform].works
        page = "-"
        if works is not None:
            paging = works.paging
            usual, full = (calls_per_page(live, platform, n) for n in (0, paging.maximum))
            page = f"{usual} ({paging.default})   {full} ({paging.maximum})"
        rows.append([platform, connect, page, BY_NAME[platform].cost_unit])
    table(["platform", "connect", "page: calls (works)", "unit"], rows)


def print_sizes() -> None:
    """Non-blank lines of each folder of connectors: a platform's, a family's or what all share."""
    folder = Path(str(connectors.__file__)).parent
    sizes = {
        one.name: sum(map(lines_of, one.rglob("*.py")))
        for one in sorted(folder.iterdir())
        if (one / "__init__.py").exists()
    }
    table(["connectors", "lines"], sizes.items())


def lines_of(file: Path) -> int:
    return sum(1 for line in file.read_text().splitlines() if line.strip())


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    import_all()
    total = print_pairs()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), **EVERYTHING) as live:
        print_fields(live)
    print_operations()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as live:
        print_calls(live)
    print_sizes()
    print(f"platform x case: {total} pairs")


if __name__ == "__main__":
    main()
