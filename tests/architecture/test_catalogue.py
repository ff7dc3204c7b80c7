"""The catalogue of codes is what the sources raise: no stranger, no dead entry."""

import ast
from collections.abc import Iterator

from openchannels.core.errors import CATALOGUE
from tests.architecture.sources import Source, sources

OWN_FROM = 15200
"""Codes of our own start here; lower ones are the original's."""

UNRAISED: dict[int, str] = {}
"""Codes that the contract documents and nobody raises, and why."""


def numbers(source: Source) -> Iterator[int]:
    """Integers that may be a code: those of the catalogue's ranges, wherever they stand."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and type(node.value) is int:
            yield node.value


def raised(source: Source) -> Iterator[int]:
    """Codes handed to an error: `AccountError(12600, ...)`, `to_error(..., code=15009)`."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        values = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
        if name.endswith(("Error", "Refused", "NotSupported", "ServiceError")):
            values += node.args[:1]
        for value in values:
            for part in ast.walk(value):
                if isinstance(part, ast.Constant) and type(part.value) is int:
                    yield part.value


def ours() -> list[Source]:
    rooms = {"service", "api", "web", "jobs", "app", "core", "connectors", "transport"}
    return [source for source in sources() if source.room in rooms]


def test_every_code_raised_is_in_the_catalogue() -> None:
    for source in ours():
        if source.room in ("connectors", "transport"):
            continue  # Codes there are the platforms'.
        strangers = {code for code in raised(source) if code >= 10000} - CATALOGUE.keys()
        assert not strangers, f"{source.module} raises {sorted(strangers)}"


def test_every_code_of_the_catalogue_is_used() -> None:
    used = {
        code
        for source in ours()
        if source.module not in ("core.errors", "api.openapi")
        and not source.module.startswith("api.routes")
        for code in numbers(source)
    }
    # Refused by the exception's own class.
    used |= {401, 10002, 15203, 404, 500}
    unused = CATALOGUE.keys() - used - UNRAISED.keys()
    assert not unused, f"nobody raises {sorted(unused)}"
    stale = UNRAISED.keys() & used | UNRAISED.keys() - CATALOGUE.keys()
    assert not stale, f"{sorted(stale)} need no excuse"


def test_entries_are_whole() -> None:
    names = [code.name for code in CATALOGUE.values()]
    assert len(set(names)) == len(names)
    for number, code in CATALOGUE.items():
        assert code.number == number
        assert code.en.strip()
        assert code.zh.strip()
        assert code.when.endswith((".", "`."))
        assert number < 600 or 10000 <= number < 20000


def test_placeholders_agree_in_both_languages() -> None:
    from openchannels.core.errors import PLACEHOLDER

    for code in CATALOGUE.values():
        assert set(PLACEHOLDER.findall(code.en)) == set(PLACEHOLDER.findall(code.zh)), code.number
