"""Reads what a caller sends for a publish option against the schema that the option declares.

The schemas are those of `connectors/base/option_schemas.py`, with members that hold no members of
their own; `anyOf` and `dependentRequired` name members that are required together. They are read as
the types of operations are, so that values from a query, messages and bounds are the same.
"""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Annotated, Any, Literal

import msgspec
from msgspec.structs import FieldInfo

from openchannels.api.query import decode_fields, is_storable
from openchannels.api.schemas.common import MAX_SAFE, UNSET
from openchannels.core import errors
from openchannels.core.exceptions import Issue, ValidationFailed
from openchannels.core.publishing import NO_OPTIONS, JsonSchema

MOST_UNKNOWN = 20
TYPES: Mapping[str, Any] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "object": dict[str, Any],
}
SAFE = {"integer": {"ge": -MAX_SAFE, "le": MAX_SAFE}}
"""Bounds of values that have none of their own."""
BOUNDS = {
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_length",
    "maxItems": "max_length",
    "minimum": "ge",
    "maximum": "le",
    "pattern": "pattern",
}
"""Keywords of a schema, and what they are called in the types of operations."""
MEMBERS = {
    *("type", "properties", "additionalProperties"),
    *("required", "anyOf", "dependentRequired"),
}
"""Keywords of a schema of members."""
NOTES = {"type", "title", "description", "default", "format", "enum", "items"}
"""Keywords that bound nothing, or are read by themselves."""


def read_filter(schema: JsonSchema | None, values: Mapping[str, Any]) -> dict[str, str]:
    """Returns the values of a query that narrow an option's values, as words.

    Without a schema nothing narrows them. Raises ValidationFailed.
    """
    read = _decode(schema or NO_OPTIONS, values, texts=True)
    return {
        name: value if isinstance(value, str) else msgspec.json.encode(value).decode()
        for name, value in read.items()
    }


def read_new_value(schema: JsonSchema, body: Any) -> dict[str, Any]:
    """Returns the members of a body that makes a value. Raises ValidationFailed."""
    return _decode(schema, body, texts=False)


def fields_of(schema: JsonSchema) -> tuple[FieldInfo, ...]:
    """Returns the members of a schema as the fields of a type.

    Raises ValueError for a keyword that is not read, for a member that has members, and for a
    schema that takes members which it does not name.
    """
    _check_keywords(schema, MEMBERS)
    for alternative in schema.get("anyOf", ()):
        _check_keywords(alternative, {"required"})
    if schema.get("additionalProperties") is not False:
        raise ValueError("members that a schema does not name are not read")
    required = schema.get("required", ())
    return tuple(
        FieldInfo(name, name, _type_of(rules), msgspec.NODEFAULT if name in required else UNSET)
        for name, rules in schema["properties"].items()
    )


def _decode(schema: JsonSchema, values: Any, *, texts: bool) -> dict[str, Any]:
    fields = fields_of(schema)
    issues = _unknown(values, [field.name for field in fields])
    try:
        read = decode_fields(fields, values, texts=texts)
    except ValidationFailed as failed:
        issues += [Issue(**issue) for issue in failed.data["issues"]]
    else:
        issues += _missing(schema, read)
    if issues:
        raise errors.validation_failed(issues)
    return read


def _missing(schema: JsonSchema, read: Mapping[str, Any]) -> list[Issue]:
    """Returns issues for members without which those that were sent are not enough."""
    issues = [
        Issue(needed, f"is required with {name}")
        for name, others in schema.get("dependentRequired", {}).items()
        for needed in others
        if name in read and needed not in read
    ]
    choices = [alternative["required"] for alternative in schema.get("anyOf", ())]
    if issues or not choices or any(read.keys() >= set(names) for names in choices):
        return issues
    told = "; or ".join(" and ".join(names) for names in choices)
    return [Issue(choices[0][0], f"one of these is required: {told}")]


def _unknown(values: Any, known: Sequence[str]) -> list[Issue]:
    """Returns issues for some of the values that the schema does not have."""
    if not isinstance(values, Mapping):
        return []
    told = f"is not one of: {', '.join(known)}" if known else "is not known here"
    names = (name for name in values if name not in known)
    return [
        Issue(name if is_storable(name) else "body", told) for name in islice(names, MOST_UNKNOWN)
    ]


def _type_of(rules: JsonSchema) -> Any:
    _check_keywords(rules, NOTES | BOUNDS.keys())
    if "enum" in rules:
        return Literal[tuple(rules["enum"])]
    kind = list[_type_of(rules["items"])] if rules["type"] == "array" else TYPES[rules["type"]]  # type: ignore[misc]
    own = {BOUNDS[name]: _bound(name, value) for name, value in rules.items() if name in BOUNDS}
    bounds = SAFE.get(rules["type"], {}) | own
    return Annotated[kind, msgspec.Meta(**bounds)] if bounds else kind


def _bound(name: str, value: Any) -> Any:
    # In Python `$` also matches before a line break at the end of a text.
    return value.removesuffix("$") + r"\Z" if name == "pattern" and value.endswith("$") else value


def _check_keywords(schema: JsonSchema, known: set[str]) -> None:
    unread = sorted(schema.keys() - known)
    if unread:
        raise ValueError(f"keywords of a schema that are not read: {', '.join(unread)}")
