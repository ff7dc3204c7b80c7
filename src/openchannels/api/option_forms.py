"""Reads what a caller sends for a publish option, as the schema that the option declares has it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from openchannels.api.json_schema import find_issues
from openchannels.api.query import from_text
from openchannels.core import errors
from openchannels.core.publishing import NO_OPTIONS, JsonSchema

TYPES: Mapping[str, type] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "array": list,
}
"""The types of JSON Schema that members of a filter may have."""


def read_filter(schema: JsonSchema | None, values: Mapping[str, Any]) -> dict[str, str]:
    """Returns the values of a query that narrow an option's values, as words.

    Numbers, booleans and lists are read from their texts; an empty text counts as not sent. Without
    a schema nothing narrows the values. Raises ValidationFailed.
    """
    rules = schema or NO_OPTIONS
    known = rules["properties"]
    read = {
        name: _from_query(known[name], sent) if name in known else sent
        for name, sent in values.items()
        if sent != "" or name not in known
    }
    _check(rules, read, "query")
    return {
        name: value if isinstance(value, str) else msgspec.json.encode(value).decode()
        for name, value in read.items()
    }


def read_new_value(schema: JsonSchema, body: Any) -> dict[str, Any]:
    """Returns a body that makes a value, as it was sent. Raises ValidationFailed."""
    _check(schema, body, "body")
    value: dict[str, Any] = body
    return value


def _check(schema: JsonSchema, value: Any, root: str) -> None:
    issues = find_issues(schema, value, root)
    if issues:
        raise errors.validation_failed(issues)


def _from_query(rules: JsonSchema, sent: Any) -> Any:
    """Returns what the text or texts spell; one that does not spell it is returned as it is."""
    kind = TYPES[rules["type"]]
    value = from_text(sent, kind) if isinstance(sent, str) else sent
    if kind is list:
        return [_from_query(rules["items"], part) for part in value]
    return value
