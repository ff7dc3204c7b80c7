"""The figures of `docs/reliability.md`: of both stores and in full, save those that are named."""

import importlib
import inspect
import re

import pytest

from tests.soak.record import PAGE, PROMISES, UNSHOWN, rows_of

FULL = re.compile(r"program\(__doc__, .+, (.+)\)\n$")


@pytest.mark.parametrize("name", PROMISES)
def test_each_promise_has_its_figures(name: str) -> None:
    rows = dict(rows_of(PAGE.read_text("utf-8")))
    full = full_size(name)
    for store in PROMISES[name].stores:
        shown = (name, store) not in UNSHOWN
        assert is_shown(rows.get((name, store)), full) == shown, (name, store)


def full_size(name: str) -> int:
    """The size that a program runs at unless it is told another."""
    module = importlib.import_module(f"tests.soak.{name}")
    last = FULL.search(inspect.getsource(module))
    assert last is not None, "the program's last line says its full size"
    return int(eval(last[1], vars(module)))


def is_shown(row: str | None, full: int) -> bool:
    """Whether a row is that of a full run without a fault."""
    if row is None:
        return False
    cells = [cell.strip() for cell in row.split("|")]
    return int(cells[4].replace(",", "")) == full and bool(re.search(r"\bfaults 0\b", cells[5]))
