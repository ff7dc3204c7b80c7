"""Short ways to write the JSON Schema of publish options.

Each takes the option's name for people in English and Chinese, and further rules under the names
that JSON Schema gives them.
"""

from typing import Any

from openchannels.core.platforms import Text
from openchannels.core.publishing import JsonSchema


def string(en: str, zh: str, **rules: Any) -> JsonSchema:
    return _titled("string", en, zh, rules)


def integer(en: str, zh: str, **rules: Any) -> JsonSchema:
    return _titled("integer", en, zh, rules)


def number(en: str, zh: str, **rules: Any) -> JsonSchema:
    return _titled("number", en, zh, rules)


def boolean(en: str, zh: str, **rules: Any) -> JsonSchema:
    return _titled("boolean", en, zh, rules)


def address(en: str, zh: str, **rules: Any) -> JsonSchema:
    """An http(s) address."""
    return string(en, zh, format="uri", pattern="^https?://", **rules)


def choice(en: str, zh: str, *values: str | int, **rules: Any) -> JsonSchema:
    """One of some texts or whole numbers."""
    kind = "string" if isinstance(values[0], str) else "integer"
    return _titled(kind, en, zh, {"enum": list(values), **rules})


def array(en: str, zh: str, items: JsonSchema, **rules: Any) -> JsonSchema:
    return _titled("array", en, zh, {"items": items, **rules})


def any_object(en: str, zh: str, **rules: Any) -> JsonSchema:
    """An object whose members the platform defines."""
    return _titled("object", en, zh, rules)


def record(required: tuple[str, ...] = (), /, **members: JsonSchema) -> JsonSchema:
    """An object with these members and no others."""
    schema: dict[str, Any] = {"type": "object", "properties": members}
    if required:
        schema["required"] = list(required)
    return {**schema, "additionalProperties": False}


def _titled(kind: str, en: str, zh: str, rules: dict[str, Any]) -> JsonSchema:
    return {"type": kind, "title": Text(en=en, zh=zh), **rules}
