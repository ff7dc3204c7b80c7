"""Checks values against JSON Schemas (2020-12) and says in plain words what is wrong with them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any

import msgspec

from openchannels.api.envelope import localised
from openchannels.api.query import UNSTORABLE, check_texts, is_storable
from openchannels.api.schemas.common import MAX_SAFE
from openchannels.core.exceptions import Issue
from openchannels.core.publishing import JsonSchema

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator, ValidationError

MOST_ISSUES = 20
LONGEST_NAME = 100
MOST_NAMES = 30
OTHERWISE = "is not as the schema has it"
SAFE = {"minimum": -MAX_SAFE, "maximum": MAX_SAFE}
"""Bounds of numbers that have none of their own."""
TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
MESSAGES: Mapping[str, Callable[[Any], str]] = {
    "type": lambda kinds: "must be " + " or ".join(TYPES[kind] for kind in kinds),
    "enum": lambda values: f"is not one of: {_listed(values)}",
    "const": lambda value: f"must be {_word(value)}",
    "minLength": lambda least: f"must have at least {_count(least, 'character')}",
    "maxLength": lambda most: f"must have at most {_count(most, 'character')}",
    "minItems": lambda least: f"must have at least {_count(least, 'item')}",
    "maxItems": lambda most: f"must have at most {_count(most, 'item')}",
    "minimum": lambda least: f"must be at least {least}",
    "maximum": lambda most: f"must be at most {most}",
    "pattern": lambda pattern: f"must match {pattern}",
}
"""What is said of a keyword of JSON Schema that a value breaks, from what the keyword asks for."""


def find_issues(schema: JsonSchema, value: Any, root: str) -> list[Issue]:
    """Returns what is wrong with a value that was sent, an object: one issue a place, at most 20.

    `root` is the path of the value itself; those of its members are dotted and begin with a member.
    Members that the schema does not name come first, then those of the schema, in its order. No
    message repeats a value that was sent, and no path a name that is long or not printable.
    `format` is not checked. Numbers without a bound must be those that JavaScript holds exactly.
    """
    issues: dict[str, Issue] = {}
    found = _unstorable(value, root) or _broken_rules(schema, value, root)
    for issue in islice(found, MOST_ISSUES):
        issues.setdefault(issue.path, issue)
    ranks = {name: rank for rank, name in enumerate(schema["properties"])}
    return sorted(issues.values(), key=lambda issue: ranks.get(issue.path.partition(".")[0], -1))


def _unstorable(value: Any, root: str) -> list[Issue]:
    """Returns issues for members with texts that the databases refuse, or with deep nesting."""
    issues = []
    for name, part in value.items() if isinstance(value, Mapping) else [("", value)]:
        try:
            check_texts(part)
        except ValueError as error:
            issues.append(Issue(_path([name], root), str(error)))
        if not is_storable(name):
            issues.append(Issue(root, UNSTORABLE))
    return issues


def _broken_rules(schema: JsonSchema, value: Any, root: str) -> Iterator[Issue]:
    plain = msgspec.json.encode(localised(schema, "en-US"))
    for error in _validator(plain).iter_errors(value):
        yield from _issues_of(error, schema, root)


@lru_cache(maxsize=64)
def _validator(schema: bytes) -> "Draft202012Validator":
    """Returns the validator of a schema in JSON.

    Its patterns are searched in linear time; one with a look-around or a back reference is refused
    with ValueError.
    """
    from jsonschema_rs import Draft202012Validator, RegexOptions

    return Draft202012Validator(
        _bounded(msgspec.json.decode(schema)), pattern_options=RegexOptions()
    )


def _bounded(schema: Any) -> Any:
    """Returns the schema with bounds for all numbers.

    Other programs may change a number that JavaScript does not hold exactly.
    """
    if isinstance(schema, dict):
        parts = {name: _bounded(part) for name, part in schema.items()}
        return {**SAFE, **parts} if parts.get("type") in ("integer", "number") else parts
    return [_bounded(part) for part in schema] if isinstance(schema, list) else schema


def _issues_of(error: "ValidationError", schema: JsonSchema, root: str) -> Iterator[Issue]:
    keyword, wanted = error.kind.name, error.kind.value
    if keyword == "additionalProperties":
        known = list(_at(schema, error.schema_path[:-1]).get("properties", ()))
        told = f"is not one of: {_listed(known)}" if known else "is not known here"
        for name in wanted:
            at = [*error.instance_path, name] if _is_legible(name) else error.instance_path
            yield Issue(_path(at, root), told if _is_legible(name) else f"has a member that {told}")
    elif keyword == "required":
        yield Issue(_path([*error.instance_path, wanted], root), "is required")
    elif keyword == "anyOf":
        yield Issue(_path(error.instance_path, root), _alternatives(wanted))
    else:
        told = MESSAGES[keyword](wanted) if keyword in MESSAGES else OTHERWISE
        yield Issue(_path(error.instance_path, root), told)


def _alternatives(context: Sequence[Sequence["ValidationError"]]) -> str:
    """Returns what to say of a value that none of some schemas takes, from the errors of each."""
    missing = [
        " and ".join(str(error.kind.value) for error in errors)
        for errors in context
        if all(error.kind.name == "required" and not error.instance_path for error in errors)
    ]
    return f"needs {', or '.join(missing)}" if missing else OTHERWISE


def _at(schema: Any, path: Sequence[str | int]) -> Any:
    """Returns the part of a schema that a path leads to."""
    for step in path:
        schema = schema[step]
    return schema


def _path(steps: Sequence[str | int], root: str) -> str:
    """Returns a dotted path, which ends before a name that is not legible."""
    return ".".join(takewhile(_is_legible, map(str, steps))) or root


def _is_legible(name: str) -> bool:
    return name.isprintable() and 0 < len(name) <= LONGEST_NAME


def _listed(values: Sequence[Any]) -> str:
    more = ", ..." if len(values) > MOST_NAMES else ""
    return ", ".join(map(_word, values[:MOST_NAMES])) + more


def _word(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
