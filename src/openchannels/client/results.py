"""Results as frozen dataclasses: decoded from JSON, with what this version does not know."""

import copy
import types
from collections.abc import Callable, Mapping
from dataclasses import Field, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")
Reader = Callable[[Any], Any]


class Result:
    """Base of all results; its attributes are the wire's names in snake_case."""

    __slots__ = ("_received",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    _received: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Returns the result as JSON values: what arrived, with fields that are unknown here."""
        received: dict[str, Any] | None = getattr(self, "_received", None)
        return _known_fields(self) if received is None else copy.deepcopy(received)

    @property
    def unknown_fields(self) -> dict[str, Any]:
        """What the service sent that this version does not know, by the wire's names."""
        shape: Any = type(self)
        known = {wire for _, wire, _ in _readers(shape)}
        received: dict[str, Any] = getattr(self, "_received", {})
        return {name: value for name, value in received.items() if name not in known}


def decode(shape: type[T], data: Any) -> T:
    """Decodes a value. Raises AttributeError, KeyError, TypeError or ValueError if unfit."""
    decoded: T = _reader(shape)(data)
    return decoded


def _known_fields(result: Result) -> dict[str, Any]:
    shape: Any = type(result)
    values = ((wire, getattr(result, name)) for name, wire, _ in _readers(shape))
    return {wire: _plain(value) for wire, value in values if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, Result):
        return value.to_dict()
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return value


def _decode_object(shape: Any, data: Any) -> Any:
    values = {
        name: reader(data[wire])
        for name, wire, reader in _readers(shape)
        if data.get(wire) is not None
    }
    result = shape(**values)
    object.__setattr__(result, "_received", data)
    return result


@cache
def _readers(shape: Any) -> tuple[tuple[str, str, Reader], ...]:
    """Returns attribute, name on the wire and reader of each field."""
    hints = get_type_hints(shape)
    return tuple((f.name, _camel(f.name), _reader(hints[f.name])) for f in fields(shape))


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _reader(hint: Any) -> Reader:
    """Returns the function that turns a JSON value into one of a type."""
    if isinstance(hint, types.UnionType):
        parts = [part for part in get_args(hint) if part is not types.NoneType]
        if len(parts) > 1:
            return lambda value: value
        (hint,) = parts
    if hint is datetime:
        return datetime.fromisoformat
    if get_origin(hint) is tuple:
        inner = _reader(get_args(hint)[0])
        return lambda items: tuple(inner(item) for item in items)
    if is_dataclass(hint) and isinstance(hint, type):
        return lambda data: _decode_object(hint, data)
    if get_origin(hint) is Mapping:
        inner = _reader(get_args(hint)[1])
        return lambda values: {name: inner(value) for name, value in values.items()}
    return lambda value: value
