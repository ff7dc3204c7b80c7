"""What exists is explained, beyond the tables that are made from the code."""

from openchannels.core.errors import CATALOGUE
from openchannels.core.events import EventType
from openchannels.core.keys import Scope
from openchannels.web.docs.localised import chinese
from tests.soak.record import HEAD, PROMISES

from .chinese import cells, texts, translated
from .errors import advice
from .pages import page
from .render import BY_CELL


def test_every_code_says_what_to_do() -> None:
    assert list(advice()) == list(CATALOGUE)
    assert [n for n, entry in advice().items() if not (entry["en"] and entry["zh"])] == []


def test_reasons_of_codes_are_translated_once() -> None:
    untranslated = {code.number for code in CATALOGUE.values() if code.when not in chinese()}
    assert {number for number, entry in advice().items() if "when_zh" in entry} == untranslated


def test_every_scope_and_event_is_explained() -> None:
    rows = page("docs/operations.md").text + page("docs/api.md").text
    assert [one for one in (*Scope, *EventType) if f"\n| `{one.value}` | " not in rows] == []


def test_every_cell_of_a_table_is_translated_once() -> None:
    """By `tables.toml` or with the API reference; what no table says any more is not kept."""
    promises = "".join(f"| {one.text} |\n" for one in PROMISES.values())
    tables = [HEAD, promises, *(made() for made in BY_CELL.values())]
    shown = {cell for one in tables for cell in cells(one)}
    assert sorted(cell for cell in shown if translated(cell) is None) == []
    written = [text for name, section in texts().items() if name != "parts" for text in section]
    assert sorted(text for text in written if written.count(text) > 1 or text in chinese()) == []
    assert set(written) - set(texts()["words"]) - shown == set()
