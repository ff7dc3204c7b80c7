"""Describes every setting: its path in a file, its environment variable, its allowed values."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from openchannels.settings.checks import Allowed
from openchannels.settings.models import LEVEL_SEPARATOR, PREFIX, Settings

Path = tuple[str, ...]


def environment_name(path: Path) -> str:
    return PREFIX + LEVEL_SEPARATOR.join(path).upper()


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, described from its field on demand, because loading needs only names."""

    path: Path
    field: FieldInfo

    @property
    def keyed(self) -> bool:
        """True if it holds one entry per name chosen by the user."""
        return get_origin(self.field.annotation) is dict

    @property
    def toml_path(self) -> str:
        return ".".join(self.path) + (".<id>" if self.keyed else "")

    @property
    def environment_name(self) -> str:
        return environment_name(self.path) + (f"{LEVEL_SEPARATOR}<ID>" if self.keyed else "")

    @property
    def default(self) -> Any:
        return self.field.get_default(call_default_factory=True)

    @property
    def description(self) -> str:
        return self.field.description or ""

    @property
    def secret(self) -> bool:
        return self._value().annotation is SecretStr

    @property
    def allowed(self) -> str:
        """The allowed values in words; for a keyed setting, those of each entry."""
        value = self._value()
        metadata = [*value.metadata, *self.field.metadata]
        if own := [entry.text for entry in metadata if isinstance(entry, Allowed)]:
            return own[0]
        if get_origin(value.annotation) is Literal:
            return " or ".join(f'"{choice}"' for choice in get_args(value.annotation))
        if value.annotation is bool:
            return "true or false"
        if value.annotation is int:
            return "whole number" + _range(metadata)
        return "number" + _range(metadata) if value.annotation is float else "text"

    def _value(self) -> FieldInfo:
        """The field of a single value: of an entry in a table, or without the optional None."""
        annotation: Any = self.field.annotation
        if self.keyed:
            annotation = get_args(annotation)[1]
        elif get_origin(annotation) in (Union, UnionType):
            (annotation,) = (part for part in get_args(annotation) if part is not NoneType)
        return FieldInfo.from_annotation(annotation)


@cache
def catalogue() -> tuple[Setting, ...]:
    """Returns every setting, in the order of the tree."""
    return tuple(_walk(Settings, ()))


def _walk(model: type[BaseModel], parent: Path) -> Iterator[Setting]:
    for name, field in model.model_fields.items():
        path = (*parent, name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _walk(field.annotation, path)
        else:
            yield Setting(path, field)


def _range(metadata: list[Any]) -> str:
    """Describes the bounds of a number in words; every number has both."""
    bounds: dict[str, Any] = {}
    for entry in metadata:
        if isinstance(entry, Ge | Gt | Le):
            bounds |= asdict(entry)
    low = f"above {bounds['gt']} up" if "gt" in bounds else f"from {bounds['ge']}"
    return f" {low} to {bounds['le']}"
