"""The catalogue's numbers stand there alone, and the sources use every entry."""

import ast
import re
from collections.abc import Iterator

from openchannels.core import errors
from openchannels.core.errors import CATALOGUE
from openchannels.core.exceptions import PLACEHOLDER, ErrorCode
from tests.architecture.sources import Source, sources

ROOMS = ("core", "service", "jobs", "api", "web", "app", "cli")
"""Where an entry's number must not stand; codes of other rooms are the platforms'."""

PLAIN_HTTP = 600
"""Numbers below are HTTP statuses as well, which may be written as such."""

UNUSED: dict[str, str] = {
    "PUBLISH_LINK_MISSING": "a work without an address is published, and its link is looked for",
    "PUBLISH_QUEUE_FAILED": "a task is queued by being stored, which cannot fail by itself",
    "WORK_OF_ANOTHER_ACCOUNT": "a look at the account's own works does not find it",
}
"""Entries that the contract documents and nobody raises, and why."""

ENTRIES = {name: entry for name, entry in vars(errors).items() if isinstance(entry, ErrorCode)}


def ours() -> list[Source]:
    return [s for s in sources() if s.room in ROOMS and s.module != "core.errors"]


def connectors() -> list[Source]:
    return [s for s in sources() if s.room == "connectors"]


def entries_named(source: Source) -> Iterator[str]:
    """Names of entries that a module mentions: `errors.SESSION_NOT_FOUND`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "errors":
            yield node.attr


def test_numbers_stand_in_the_catalogue_alone() -> None:
    numbers = "|".join(str(number) for number in CATALOGUE if number >= PLAIN_HTTP)
    pattern = re.compile(rf"(?<![\w.-])(?:{numbers})(?![\w.])")
    for source in ours():
        found = sorted(set(pattern.findall(source.text)))
        assert not found, f"{source.module} names {found}: use the catalogue's names"


def test_every_entry_is_used() -> None:
    used = {
        name
        for source in [*ours(), *connectors()]
        if source.module != "api.openapi" and not source.module.startswith("api.routes")
        for name in entries_named(source)
    }
    # Raised by functions of the catalogue: `errors.validation_failed`, `errors.unavailable`.
    used |= {"VALIDATION_FAILED", "UNAVAILABLE", "REQUEST_IN_PROGRESS"}
    unused = ENTRIES.keys() - used - UNUSED.keys()
    assert not unused, f"nobody raises {sorted(unused)}"
    stale = UNUSED.keys() & used | UNUSED.keys() - ENTRIES.keys()
    assert not stale, f"{sorted(stale)} need no excuse"


def test_numbers_and_names_are_unique_and_in_order() -> None:
    numbers = [entry.number for entry in ENTRIES.values()]
    assert numbers == sorted(set(numbers)) == list(CATALOGUE)
    assert len({entry.name for entry in ENTRIES.values()}) == len(ENTRIES)


def test_entries_are_whole() -> None:
    for number, code in CATALOGUE.items():
        assert code.number == number
        assert code.en.strip()
        assert code.zh.strip()
        assert code.when.endswith((".", "`."))
        assert number < PLAIN_HTTP or 10000 <= number < 20000


def test_an_entry_raises_its_own_class() -> None:
    for code in CATALOGUE.values():
        error = code({"platform": "youtube"})
        assert type(error) is code.raises
        assert error.code is code
        assert error.data == {"platform": "youtube"}


def test_placeholders_agree_in_both_languages() -> None:
    for code in CATALOGUE.values():
        assert set(PLACEHOLDER.findall(code.en)) == set(PLACEHOLDER.findall(code.zh)), code.number
