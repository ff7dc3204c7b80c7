"""What exists is explained, beyond the tables that are made from the code."""

import re

from openchannels.core.errors import CATALOGUE
from openchannels.core.events import EventType
from openchannels.core.keys import Scope
from openchannels.web.docs.localised import chinese

from .errors import advice
from .pages import ROOT, page


def test_every_code_says_what_to_do() -> None:
    assert list(advice()) == list(CATALOGUE)
    assert [n for n, entry in advice().items() if not (entry["en"] and entry["zh"])] == []


def test_reasons_of_codes_are_translated_once() -> None:
    untranslated = {code.number for code in CATALOGUE.values() if code.when not in chinese()}
    assert {number for number, entry in advice().items() if "when_zh" in entry} == untranslated


def test_every_scope_and_event_is_explained() -> None:
    rows = page("docs/operations.md").text + page("docs/api.md").text
    assert [one for one in (*Scope, *EventType) if f"\n| `{one.value}` | " not in rows] == []


def test_continuous_integration_runs_every_test_there_is() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^(test[a-z-]*|faults|newest):", makefile, re.MULTILINE))
    run = (ROOT / ".ci" / "run").read_text()
    assert set(re.findall(r"^part make ([a-z-]+)$", run, re.MULTILINE)) == targets
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    assert re.findall(r"- run: (\S*run)$", workflow, re.MULTILINE) == [".ci/run"]
