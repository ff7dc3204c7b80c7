"""Reading JSON Schemas of an OpenAPI document into shapes that a page can draw."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Json: TypeAlias = Mapping[str, Any]

_MAX_DEPTH: Final = 10
_LIMITS: Final = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "multipleOf": "× {}",
    "minLength": "length ≥ {}",
    "maxLength": "length ≤ {}",
    "minItems": "items ≥ {}",
    "maxItems": "items ≤ {}",
    "pattern": "/{}/",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What a schema allows, ready to draw."""

    type: str
    description: str = ""
    values: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    default: str | None = None
    example: str | None = None
    deprecated: bool = False
    recursive: bool = False
    properties: tuple["Property", ...] = ()
    item: "Shape | None" = None
    any_key: "Shape | None" = None
    variants: tuple["Shape", ...] = ()

    @property
    def nested(self) -> bool:
        """Whether there is more to see inside."""
        inner = self.item is not None and (self.item.nested or bool(self.item.values))
        return bool(self.properties or self.variants or self.any_key or inner)


@dataclass(frozen=True, slots=True)
class Property:
    """A named member of an object, or a parameter."""

    name: str
    required: bool
    shape: Shape
    place: str = ""


def mapping(value: object) -> Json:
    """Return the value if it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def sequence(value: object) -> Sequence[Any]:
    """Return the value if it is a list, else an empty one."""
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def string(value: object) -> str:
    """Return the value if it is text, else none."""
    return value if isinstance(value, str) else ""


def literal(value: object) -> str:
    """Write a value as JSON on one line."""
    return json.dumps(value, ensure_ascii=False, default=str)


class SchemaReader:
    """Turns schemas into shapes, following references within one document."""

    def __init__(self, document: Json) -> None:
        self._document = document

    def resolve(self, node: object) -> Json:
        """Follow references until something else stands there; siblings win over the target."""
        current = mapping(node)
        seen: set[str] = set()
        while (pointer := string(current.get("$ref"))) and pointer not in seen:
            seen.add(pointer)
            siblings = {key: value for key, value in current.items() if key != "$ref"}
            current = {**self._target(pointer), **siblings}
        return current

    def _target(self, pointer: str) -> Json:
        node: object = self._document
        for part in pointer.removeprefix("#/").split("/"):
            node = mapping(node).get(part.replace("~1", "/").replace("~0", "~"))
        return mapping(node)

    def flatten(self, node: object, depth: int = 0) -> Json:
        """Resolve a schema and fold its allOf parts into one."""
        schema = self.resolve(node)
        inner = sequence(schema.get("allOf")) if depth < _MAX_DEPTH else ()
        parts = [self.flatten(part, depth + 1) for part in inner]
        if not parts:
            return schema
        whole = [*parts, {key: value for key, value in schema.items() if key != "allOf"}]
        folded: dict[str, Any] = {}
        for part in whole:
            folded.update(part)
        folded["properties"] = {
            k: v for part in whole for k, v in mapping(part.get("properties")).items()
        }
        folded["required"] = [name for part in whole for name in sequence(part.get("required"))]
        return folded

    def shape(self, node: object, trail: tuple[str, ...] = ()) -> Shape:
        """Draw a schema, stopping where it comes back to itself."""
        pointer = string(mapping(node).get("$ref"))
        if (pointer and pointer in trail) or len(trail) > _MAX_DEPTH:
            return Shape(type=_name_of(pointer) or "object", recursive=True)
        trail = (*trail, pointer)
        schema = self.flatten(node)
        choices, nullable = self._choices(schema)
        if len(choices) == 1:
            rest = {k: v for k, v in schema.items() if k not in ("anyOf", "oneOf")}
            schema, choices = {**self.flatten(choices[0]), **rest}, ()
        item = self.shape(schema["items"], trail) if "items" in schema else None
        variants = tuple(self.shape(choice, trail) for choice in choices)
        kind = _kind(schema, item, variants)
        return Shape(
            type=f"{kind} | null" if nullable and "null" not in kind else kind,
            description=string(schema.get("description")),
            values=_values(schema),
            limits=tuple(_limits(schema)),
            default=literal(schema["default"]) if "default" in schema else None,
            example=_example_of(schema),
            deprecated=schema.get("deprecated") is True,
            properties=self._properties(schema, trail),
            item=item,
            any_key=self._any_key(schema, trail),
            variants=variants,
        )

    def _choices(self, schema: Json) -> tuple[tuple[Json, ...], bool]:
        """Return the variants of a schema without null, and whether null is allowed."""
        variants = [*sequence(schema.get("anyOf")), *sequence(schema.get("oneOf"))]
        kept = tuple(v for v in variants if self.resolve(v).get("type") != "null")
        nullable = len(kept) < len(variants) or schema.get("nullable") is True
        return tuple(mapping(v) for v in kept), nullable

    def _properties(self, schema: Json, trail: tuple[str, ...]) -> tuple[Property, ...]:
        required = set(sequence(schema.get("required")))
        return tuple(
            Property(name=name, required=name in required, shape=self.shape(inner, trail))
            for name, inner in mapping(schema.get("properties")).items()
        )

    def _any_key(self, schema: Json, trail: tuple[str, ...]) -> Shape | None:
        inner = schema.get("additionalProperties")
        return self.shape(inner, trail) if isinstance(inner, Mapping) and inner else None

    def sample(self, node: object, depth: int = 0) -> object:
        """Make up a value for a schema: what the document gives, else a stand-in."""
        schema = self.flatten(node)
        for key in ("example", "const", "default"):
            if key in schema:
                return schema[key]
        for key in ("examples", "enum"):
            if options := sequence(schema.get(key)):
                return options[0]
        if depth > _MAX_DEPTH:
            return {}
        for key in ("anyOf", "oneOf"):
            if options := sequence(schema.get(key)):
                return self.sample(options[0], depth + 1)
        if properties := mapping(schema.get("properties")):
            wanted = sequence(schema.get("required"))
            return {n: self.sample(p, depth + 1) for n, p in properties.items() if n in wanted}
        item = [self.sample(schema["items"], depth + 1)] if "items" in schema else []
        return _stand_in(schema, item)


def _name_of(pointer: str) -> str:
    return pointer.rsplit("/", 1)[-1]


def _kind(schema: Json, item: Shape | None, variants: tuple[Shape, ...]) -> str:
    """Name the type of a schema in a few words."""
    declared = schema.get("type")
    names = [declared] if isinstance(declared, str) else [string(n) for n in sequence(declared)]
    if not names:
        names = [_guess(schema, variants)]
    form = string(schema.get("format"))
    words = [_array_name(item) if name == "array" else name for name in names]
    if form:
        words = [f"{word} <{form}>" if word in ("string", "integer") else word for word in words]
    return " | ".join(words)


def _guess(schema: Json, variants: tuple[Shape, ...]) -> str:
    if variants:
        return " | ".join(dict.fromkeys(variant.type for variant in variants))
    if "properties" in schema or isinstance(schema.get("additionalProperties"), Mapping):
        return "object"
    if "items" in schema:
        return "array"
    stated = [schema["const"]] if "const" in schema else [*sequence(schema.get("enum"))]
    names = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
    found = dict.fromkeys(names.get(type(value), "object") for value in stated)
    return " | ".join(found) or "any"


def _array_name(item: Shape | None) -> str:
    if item is None or item.type == "any":
        return "array"
    return f"array of {item.type}" if " | " not in item.type else f"array of ({item.type})"


def _values(schema: Json) -> tuple[str, ...]:
    if "const" in schema:
        return (literal(schema["const"]),)
    return tuple(
        value if isinstance(value, str) and value else literal(value)
        for value in sequence(schema.get("enum"))
    )


def _limits(schema: Json) -> Iterator[str]:
    for name, wording in _LIMITS.items():
        value = schema.get(name)
        if value is None or isinstance(value, bool) or value in (2**53 - 1, 1 - 2**53):
            continue
        yield wording.format(value)


def _example_of(schema: Json) -> str | None:
    examples = sequence(schema.get("examples"))
    if "example" in schema:
        return literal(schema["example"])
    return literal(examples[0]) if examples else None


def _stand_in(schema: Json, item: list[object]) -> object:
    declared = schema.get("type")
    kind = declared if isinstance(declared, str) else next(iter(sequence(declared)), "")
    stand_ins: dict[str, object] = {
        "string": "string",
        "integer": 1,
        "number": 1,
        "boolean": True,
        "array": item,
        "null": None,
    }
    return stand_ins.get(kind, {}) if isinstance(kind, str) else {}
