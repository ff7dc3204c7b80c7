"""Reads files of `mongoexport`: lines of JSON or one array, in either form of extended JSON.

https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Any

from openchannels.service.moving.refused import MoveRefused

Document = Mapping[str, Any]


@dataclass(slots=True)
class Documents:
    """The documents of a database, by what they are."""

    accounts: list[Document] = field(default_factory=list)
    credentials: list[Document] = field(default_factory=list)
    groups: list[Document] = field(default_factory=list)
    unknown: list[Document] = field(default_factory=list)

    def add(self, document: Document) -> None:
        """Puts a document among those of its kind, which its fields tell."""
        if "accountId" in document:
            kind = self.credentials
        elif "type" in document or "uid" in document:
            kind = self.accounts
        elif "isDefault" in document or "name" in document:
            kind = self.groups
        else:
            kind = self.unknown
        kind.append(document)


def read_documents(file: IO[str]) -> Iterator[Document]:
    """Yields the documents of a file. Raises MoveRefused for what is no JSON."""
    first = file.readline()
    if first.lstrip().startswith("["):
        yield from map(_document, _parsed(first + file.read(), 1))
        return
    number, line = 1, first
    while line:
        if line.strip():
            yield _document(_parsed(line, number))
        number, line = number + 1, file.readline()


def _parsed(text: str, number: int) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise MoveRefused(f"There is no JSON of mongoexport from line {number} on.") from None


def _document(value: Any) -> Document:
    if not isinstance(value, dict):
        raise MoveRefused("The file holds values that are no documents of mongoexport.")
    return {name: plain(one) for name, one in value.items()}


def plain(value: Any) -> Any:
    """Returns a value of extended JSON as text, number or Unix seconds."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        name, inner = next(iter(value.items()))
        if name in KINDS:
            return KINDS[name](inner)
    return {name: plain(one) for name, one in value.items()}


def _date(value: Any) -> float | None:
    """`{"$date": "2026-01-01T00:00:00Z"}`, or milliseconds as `{"$numberLong": "..."}`."""
    if isinstance(value, dict):
        value = _number(value.get("$numberLong"))
    if isinstance(value, int | float):
        return value / 1000
    return iso_seconds(value)


def iso_seconds(value: Any) -> float | None:
    """Returns the Unix seconds of an ISO 8601 text; None for anything else."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _number(value: Any) -> float | int | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return int(number) if number.is_integer() else number


KINDS: Mapping[str, Callable[[Any], Any]] = {
    "$oid": lambda value: value,
    "$date": _date,
    "$numberInt": _number,
    "$numberLong": _number,
    "$numberDouble": _number,
    "$numberDecimal": _number,
}
