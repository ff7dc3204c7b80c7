"""What the platforms are held to, in tables: `python -m tests.platforms.report`.

Cases by platform with every exception, fields that came, calls that were made, and the size of
the connectors.
"""

import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

import structlog

from openchannels import connectors
from openchannels.core.availability import ACCOUNT_FIELDS, WORK_FIELDS
from tests.platforms.cases import BY_NAME, CASES, EXCEPTIONS, GROUPS, PLATFORMS, exempt
from tests.platforms.live import EVERYTHING, Live, running
from tests.platforms.modules import import_all
from tests.platforms.observe import calls_per_page, calls_to_connect, observe

SHARED = {
    "google": ("youtube", "google_business"),
    "meta": ("facebook", "instagram", "threads"),
    "meta_insights": ("instagram", "threads"),
    "meta_login": ("facebook", "instagram", "threads"),
    "fields": (),
    "form": (),
    "registry": (),
}
"""Modules of several connectors, listed apart."""
OWN = {
    "douyin_api": "douyin",
    "douyin_miniapp": "douyin",
    "wechat_component": "wxgzh",
    "wechat_crypto": "wxgzh",
    "wechat_statistics": "wxgzh",
}
"""Modules that help one connector only, counted to it."""


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
    for what, names in (("account", ACCOUNT_FIELDS), ("work", WORK_FIELDS)):
        rows = []
        for name in names:
            cells = []
            for platform in PLATFORMS:
                given = getattr(BY_NAME[platform], f"{what}_given")
                came = name in getattr(seen[platform], what)
                declared = given.cell(name).state
                sign = {"given": "x", "scope": "s", "never": "."}[declared]
                cells.append(sign if came is (declared != "never") else f"{sign}!")
            rows.append([name, *cells])
        table([f"{what} field", *[one[:7] for one in PLATFORMS]], rows)
    print("x given   s with a scope or setting   . never   ! declared otherwise than it came")
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


def lines_of(file: Path) -> int:
    return sum(1 for line in file.read_text().splitlines() if line.strip())


def print_sizes() -> None:
    """Non-blank lines of each connector with its helpers, and of what several share."""
    folder = Path(str(connectors.__file__)).parent
    sizes = {file.stem: lines_of(file) for file in folder.glob("*.py") if file.stem[0] != "_"}
    helpers: dict[str, list[str]] = {}
    for name, owner in OWN.items():
        if name in sizes:
            helpers.setdefault(owner, []).append(name)
    main = sorted(set(sizes) - set(SHARED) - set(OWN) - {"declared"})
    whole = {name: sizes[name] + sum(sizes[h] for h in helpers.get(name, ())) for name in main}
    rows = [[name, sizes[name], whole[name], ", ".join(helpers.get(name, ()))] for name in main]
    table(["connector", "file", "with helpers", "helpers"], rows)
    table(["shared", "lines", "by"], [[n, sizes[n], ", ".join(SHARED[n])] for n in SHARED])
    for what, counted in (("file", {n: sizes[n] for n in main}), ("with helpers", whole)):
        largest = max(counted, key=lambda name: counted[name])
        middle = f"{median(counted.values()):g}"
        print(f"{what}: median {middle}, largest {largest} {counted[largest]}")


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    import_all()
    total = print_pairs()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), **EVERYTHING) as live:
        print_fields(live)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as live:
        print_calls(live)
    print_sizes()
    print(f"platform x case: {total} pairs")


if __name__ == "__main__":
    main()
