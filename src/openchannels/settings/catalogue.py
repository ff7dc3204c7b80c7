"""Every setting by name: its path in a file, its environment variable, what it accepts."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from openchannels.settings.checks import Allowed
from openchannels.settings.models import Settings

PREFIX = "OPENCHANNELS_"
LEVELS = "__"

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `keyed` settings hold one entry per name chosen by the person."""

    path: Path
    allowed: str
    default: Any
    secret: bool
    keyed: bool
    description: str

    @property
    def toml_path(self) -> str:
        return ".".join(self.path) + (".<id>" if self.keyed else "")

    @property
    def environment_name(self) -> str:
        return environment_name(self.path) + (f"{LEVELS}<ID>" if self.keyed else "")


def environment_name(path: Path) -> str:
    return PREFIX + LEVELS.join(path).upper()


@cache
def catalogue() -> tuple[Setting, ...]:
    """Every setting, in the order of the tree."""
    return tuple(_walk(Settings, ()))


@cache
def by_path() -> dict[Path, Setting]:
    return {setting.path: setting for setting in catalogue()}


def _walk(model: type[BaseModel], parent: Path) -> Iterator[Setting]:
    for name, field in model.model_fields.items():
        path = (*parent, name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _walk(field.annotation, path)
        else:
            yield _setting(path, field)


def _setting(path: Path, field: FieldInfo) -> Setting:
    annotation, metadata = _unwrapped(field.annotation)
    keyed = get_origin(annotation) is dict
    if keyed:
        annotation, metadata = _unwrapped(get_args(annotation)[1])
    return Setting(
        path=path,
        allowed=_allowed(annotation, [*metadata, *field.metadata]),
        default=field.get_default(call_default_factory=True),
        secret=annotation is SecretStr,
        keyed=keyed,
        description=field.description or "",
    )


def _unwrapped(annotation: Any) -> tuple[Any, list[Any]]:
    """The bare type inside optional and annotated ones, and all metadata on the way."""
    if get_origin(annotation) in (Union, UnionType):
        (annotation,) = (part for part in get_args(annotation) if part is not NoneType)
        return _unwrapped(annotation)
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        bare, more = _unwrapped(inner)
        return bare, [*more, *metadata]
    return annotation, []


def _allowed(annotation: Any, metadata: list[Any]) -> str:
    for entry in metadata:
        if isinstance(entry, Allowed):
            return entry.text
    if get_origin(annotation) is Literal:
        return " or ".join(f'"{choice}"' for choice in get_args(annotation))
    if annotation is bool:
        return "true or false"
    if annotation in (int, float):
        return ("whole number" if annotation is int else "number") + _range(metadata)
    return "text"


def _range(metadata: list[Any]) -> str:
    low = high = ""
    for entry in _flattened(metadata):
        if isinstance(entry, Ge):
            low = f" from {entry.ge}"
        elif isinstance(entry, Gt):
            low = f" above {entry.gt}"
        elif isinstance(entry, Le):
            high = f" to {entry.le}"
    return low + (high.replace(" to ", " up to ") if "above" in low else high)


def _flattened(metadata: list[Any]) -> Iterator[Any]:
    for entry in metadata:
        if isinstance(entry, FieldInfo):
            yield from entry.metadata
        else:
            yield entry
