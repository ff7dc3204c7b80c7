"""The operations of our OpenAPI document as the plain list shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path, with the scope that an API key needs for it."""

    method: str
    path: str
    summary: str
    scope: str


@dataclass(frozen=True, slots=True)
class Group:
    """The operations of one tag."""

    name: str
    description: str
    operations: tuple[Operation, ...]


def read_operations(document: Mapping[str, Any]) -> list[Group]:
    """Return every operation of our document, by tag, in the document's order."""
    listed: dict[str, list[Operation]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            scope = described["x-required-scope"]
            operation = Operation(method.upper(), path, described["summary"], scope)
            listed[described["tags"][0]].append(operation)
    return [
        Group(tag["name"], tag["description"], tuple(listed[tag["name"]]))
        for tag in document["tags"]
    ]
