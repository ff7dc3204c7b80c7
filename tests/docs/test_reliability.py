"""The figures of `docs/reliability.md`: each program has told them, of both stores and in full."""

import importlib
import inspect
import re

import pytest

from tests.harness.stores import STORES
from tests.soak.record import PAGE, PROMISES, rows_of

FULL = re.compile(r"program\(__doc__, .+, (.+)\)\n$")


@pytest.mark.parametrize("name", PROMISES)
def test_each_promise_has_its_figures(name: str) -> None:
    rows = dict(rows_of(PAGE.read_text("utf-8")))
    module = importlib.import_module(f"tests.soak.{name}")
    last = FULL.search(inspect.getsource(module))
    assert last is not None, "the program's last line says its full size"
    full = eval(last[1], vars(module))
    for store in STORES:
        cells = [cell.strip() for cell in rows[name, store].split("|")]
        assert int(cells[4].replace(",", "")) == full
        assert re.search(r"\bfaults 0\b", cells[5]), cells[5]
