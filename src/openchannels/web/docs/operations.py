"""Reads the operations of our OpenAPI document for the plain list."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ListedOperation:
    """One method on one path, with the scope that an API key needs for it; None without a key."""

    method: str
    path: str
    summary: str
    scope: str | None


@dataclass(frozen=True, slots=True)
class OperationGroup:
    """The operations of one tag."""

    name: str
    operations: tuple[ListedOperation, ...]


def read_operations(document: Mapping[str, Any]) -> list[OperationGroup]:
    """Returns every operation of the document by tag, in the document's order."""
    listed: dict[str, list[ListedOperation]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            scope = described.get("x-required-scope")
            operation = ListedOperation(method.upper(), path, described["summary"], scope)
            listed[described["tags"][0]].append(operation)
    return [OperationGroup(name, tuple(operations)) for name, operations in listed.items()]
