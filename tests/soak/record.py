"""The table of `docs/reliability.md`: each soak program writes its own rows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.harness.stores import STORES

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
HEAD = "| Test | Promise | Store | Size | Figures |\n|---|---|---|---|---|\n"
MOST = 5
"""Parts of one figure."""
BLOCK = re.compile(r"(<!-- figures -->\n)(.*?)(<!-- end -->)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Promise:
    """What a program shows, under the number by which the documentation names it."""

    test: str
    text: str
    stores: tuple[str, ...] = STORES
    unit: str = "size"
    options: Mapping[str, type] = field(default_factory=dict)
    """Further options of the program: switches, and numbers that it has a default for."""


PROMISES = {
    "kill": Promise("T1", "kill -9 loses no stored token and duplicates no account"),
    "faultpoints": Promise("T2", "each database and network call may fail once, in each way"),
    "same_callback": Promise("T3", "one callback delivered fifty times at once takes effect once"),
    "herd": Promise("T4", "a due token is refreshed once, however many callers ask"),
    "outage": Promise("T5", "a platform that is down for a day takes no account offline"),
    "refresh_answers": Promise("T6", "no answer to a refresh erases a stored refresh token"),
    "month": Promise("T7", "thirty days: no grant ends that a refresh in time keeps"),
    "rotate": Promise("T8", "the master key is rotated under load"),
    "moving": Promise("T22", "a store moves whole, and its tokens are used by one store at a time"),
    "guesses": Promise("T9", "no guessed or foreign state is accepted"),
    "returns": Promise("T11", "no open redirect and no relay to a foreign origin"),
    "phishing": Promise("T12", "one browser cannot finish what another started"),
    "canaries": Promise("T13", "no secret outside the sealed columns"),
    "tenants": Promise("T14", "no tenant sees or changes another's data"),
    "ssrf": Promise("T16", "of addresses that users give only public ones are called"),
    "hostile": Promise("T17", "a hostile answer harms neither memory nor other accounts"),
    "ratelimit": Promise("T18", "no call is made on an empty rate limit bucket"),
    "ratelimit_processes": Promise("T18b", "what one process learns of a limit, all keep to"),
    "strangers": Promise("T20", "requests without a key leave the memory as it was"),
    "webhooks": Promise("T19", "every event is delivered, despite outages and kills"),
    "uploads": Promise("assets", "uploads that are cut go on, and take no memory"),
    "walk": Promise("T21", "a long list is read completely"),
    "upgrade": Promise("T23", "a store is migrated while the version before serves, and serves on"),
    "endurance": Promise(
        "endurance",
        "hours at half the peak leave memory, files and p99 as they were",
        unit="accounts",
        options={"minutes": float},
    ),
    "backup": Promise("T24", "a backup under load is whole, and an erased user is nowhere"),
    "serving": Promise("processes", "kill -9 of a serving process loses only what it had taken"),
    "publish": Promise("publishing", "no post is out twice, lost or stuck, despite kills"),
    "schedule": Promise("scheduling", "a post goes out once, at its time, within the caps"),
    "long_upload": Promise("long uploads", "a long upload that is cut goes on, in flat memory"),
    "machines": Promise(
        "machines",
        "a machine that is killed, cut off, out of time or full costs no request",
        ("postgresql",),
        "minutes",
        {"pooler": bool, "servers": int, "workers": int},
    ),
    "workers": Promise("jobs", "another worker finishes a killed worker's work"),
}

UNSHOWN = frozenset(
    {
        ("endurance", "postgresql"),
        ("machines", "postgresql"),
    }
)
"""Programs that have not yet run in full without a fault, by store."""


def write(name: str, store: str, size: int, figures: Mapping[str, Any]) -> None:
    """Replace a program's row for a store."""
    promise = PROMISES[name]
    told = ", ".join(
        f"{key.replace('_', ' ')} {shown(value)}" for key, value in figures.items() if fits(value)
    )
    text = PAGE.read_text("utf-8")
    rows = dict(rows_of(text))
    rows[name, store] = f"| {promise.test} | {promise.text} | {store} | {size:,} | {told} |\n"
    order = list(PROMISES)
    table = "".join(rows[key] for key in sorted(rows, key=lambda key: (order.index(key[0]), key)))
    PAGE.write_text(BLOCK.sub(lambda m: m[1] + HEAD + table + m[3], text), "utf-8")


def fits(value: Any) -> bool:
    """What is empty says nothing, and what is long is printed only."""
    return not isinstance(value, Mapping | list) or 0 < len(value) <= MOST


def shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return " and ".join(f"{shown(count)} {name}" for name, count in value.items())
    if isinstance(value, list):
        return " and ".join(map(shown, value))
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def rows_of(text: str) -> list[tuple[tuple[str, str], str]]:
    """Rows that stand in the page, by program and store."""
    block = BLOCK.search(text)
    assert block is not None, "the page has lost its marks"
    by_test = {promise.test: name for name, promise in PROMISES.items()}
    found = []
    for line in block[2].splitlines(keepends=True):
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 4 and cells[1] in by_test:
            found.append(((by_test[cells[1]], cells[3]), line))
    return found
