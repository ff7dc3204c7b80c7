"""Values of publish options."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from openchannels.client.results import Result


@dataclass(frozen=True, slots=True)
class OptionValue(Result):
    """A value of an option: `value` is what a publication names, a text or a whole number.

    `label` is what a person reads, `children` what is below it in a tree.
    """

    value: str | int
    label: str
    description: str | None = None
    disabled: bool = False
    children: tuple["OptionValue", ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OptionValues(Result):
    """The values of an option; `value_type` is `list` or `tree`."""

    field: str
    value_type: str
    items: tuple[OptionValue, ...]


@dataclass(frozen=True, slots=True)
class CreatedOptionValue(Result):
    """A value that was made."""

    field: str
    value_type: str
    item: OptionValue
