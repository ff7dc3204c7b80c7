"""What exists is explained, beyond the tables that are made from the code."""

import re
from collections.abc import Iterator
from types import ModuleType
from typing import TypeVar

import pytest
import typer
from pydantic import BaseModel
from typer.core import TyperGroup

from openchannels.api.app import OPERATIONS
from openchannels.api.openapi import build_document
from openchannels.cli.app import app
from openchannels.core import errors
from openchannels.core.credentials import Reason
from openchannels.core.errors import CATALOGUE
from openchannels.core.events import EventType
from openchannels.core.exceptions import ErrorCode
from openchannels.core.keys import Scope
from openchannels.metrics import declared as declared_metrics
from openchannels.metrics.declared import Metric
from openchannels.settings import Settings
from openchannels.web.docs.localised import chinese
from tests.soak.record import HEAD, PROMISES

from .chinese import cells, texts, translated
from .errors import advice
from .pages import CHINESE, HEADING, ROOT, Page, page
from .render import BY_CELL

Declared = TypeVar("Declared")


def test_every_code_says_what_to_do() -> None:
    assert list(advice()) == list(CATALOGUE)
    assert [n for n, entry in advice().items() if not (entry["en"] and entry["zh"])] == []


def test_reasons_of_codes_are_translated_once() -> None:
    untranslated = {code.number for code in CATALOGUE.values() if code.when not in chinese()}
    assert {number for number, entry in advice().items() if "when_zh" in entry} == untranslated


@pytest.mark.parametrize("ending", [".md", CHINESE], ids=["English", "Chinese"])
def test_everything_that_is_declared_stands_in_its_page(ending: str) -> None:
    """In both languages; looked for where it is declared, not in what makes the tables."""
    api, operations = page(f"docs/api{ending}"), page(f"docs/operations{ending}")
    settings = set(paths(Settings))
    described = page(f"docs/settings{ending}")
    assert {name.removesuffix(".<id>") for name in rows(described.text)} >= settings
    groups = {path.rpartition(".")[0] for path in settings} - {""}
    assert titles(described) >= {f"`{group}`" for group in groups}
    codes = {f"{one.number} {one.name}" for one in declared(errors, ErrorCode)}
    assert titles(page(f"docs/errors{ending}")) >= codes
    command_line = page(f"docs/command-line{ending}").text
    assert rows(page(f"docs/metrics{ending}").text) >= {
        one.name for one in declared(declared_metrics, Metric)
    }
    assert first_words(rows(command_line + operations.text)) >= set(commands())
    assert rows(api.text) >= {
        f"{method.upper()} {path}"
        for path, found in build_document(OPERATIONS, version="", server="")["paths"].items()
        for method in found
    }
    assert rows(operations.text) >= {one.value for one in Scope}
    assert rows(api.text) >= {one.value for one in (*EventType, *Reason)}


def paths(model: type[BaseModel], above: str = "") -> Iterator[str]:
    """Every setting below a model, as a file writes it."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from paths(kind, f"{above}{name}.")
        else:
            yield above + name


def titles(one: Page) -> set[str]:
    return {title for _, title in HEADING.findall(one.prose)}


def declared(module: ModuleType, kind: type[Declared]) -> list[Declared]:
    return [one for one in vars(module).values() if isinstance(one, kind)]


def rows(text: str) -> set[str]:
    """What is named as code at the beginning of a table's row."""
    heads = re.findall(r"^\| (`[^|]+)\|", text, re.MULTILINE)
    return {name for head in heads for name in re.findall("`([^`]+)`", head)}


def first_words(shown: set[str]) -> set[str]:
    """Commands without the names of their arguments."""
    return {re.sub(r" \[?[A-Z].*", "", one) for one in shown if one.startswith("openchannels ")}


def commands() -> Iterator[str]:
    """Every command that can be run, hidden ones aside, whatever its panel."""
    waiting = [("openchannels", typer.main.get_command(app))]
    while waiting:
        words, command = waiting.pop()
        if isinstance(command, TyperGroup):
            found = command.commands.items()
            waiting += [(f"{words} {name}", one) for name, one in found if not one.hidden]
        else:
            yield words


def test_every_cell_of_a_table_is_translated_once() -> None:
    """By `tables.toml` or with the API reference; what no table says any more is not kept."""
    promises = "".join(f"| {one.text} |\n" for one in PROMISES.values())
    tables = [HEAD, promises, *(made() for made in BY_CELL.values())]
    shown = {cell for one in tables for cell in cells(one)}
    assert sorted(cell for cell in shown if translated(cell) is None) == []
    written = [text for name, section in texts().items() if name != "parts" for text in section]
    assert sorted(text for text in written if written.count(text) > 1 or text in chinese()) == []
    assert set(written) - set(texts()["words"]) - shown == set()


def test_continuous_integration_runs_every_test_there_is() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^(test[a-z-]*|faults|newest):.*## ", makefile, re.MULTILINE))
    run = (ROOT / ".ci" / "run").read_text()
    assert set(re.findall(r"^part make ([a-z-]+)$", run, re.MULTILINE)) == targets
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    assert re.findall(r"- run: (\S*run)$", workflow, re.MULTILINE) == [".ci/run"]
