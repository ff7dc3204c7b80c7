"""Decodes JSON into the client's dataclasses."""

import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")
Reader = Callable[[Any], Any]


def decode(shape: type[T], data: Any) -> T:
    """Decodes a value. Raises AttributeError, KeyError, TypeError or ValueError if unfit."""
    decoded: T = _reader(shape)(data)
    return decoded


def _decode_object(shape: Any, data: Any) -> Any:
    values = {
        name: reader(data[wire])
        for name, wire, reader in _readers(shape)
        if data.get(wire) is not None
    }
    return shape(**values)


@cache
def _readers(shape: Any) -> tuple[tuple[str, str, Reader], ...]:
    hints = get_type_hints(shape)
    return tuple((f.name, _camel(f.name), _reader(hints[f.name])) for f in fields(shape))


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _reader(hint: Any) -> Reader:
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
        return dict
    return lambda value: value
