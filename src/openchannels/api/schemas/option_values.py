"""Types of the values of publish options on the wire."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta

from openchannels.api.envelope import localised
from openchannels.api.schemas.common import Wire
from openchannels.core.platforms import Locale
from openchannels.core.publishing import OptionSource, OptionValue

ValueType = Literal["list", "tree"]


class NewOptionValue(Wire):
    """What makes a value: the members of the option's `createSchema`, and no others."""


class OptionValueVo(Wire, kw_only=True):
    """A value of an option: `value` is what a publication names, `label` what a person reads."""

    value: str | int
    label: str
    description: str | None = None
    disabled: (
        Annotated[bool, Meta(description="True where a publication cannot name it.")] | None
    ) = None
    children: (
        Annotated[list["OptionValueVo"], Meta(description="Values below it in a tree.")] | None
    ) = None
    extra: (
        Annotated[dict[str, Any], Meta(description="What else the platform says of it.")] | None
    ) = None


class OptionValuesVo(Wire, kw_only=True):
    """The values of an option."""

    field: str
    value_type: ValueType
    items: list[OptionValueVo]


class CreatedOptionValueVo(Wire, kw_only=True):
    """A value that was made."""

    field: str
    value_type: ValueType
    item: OptionValueVo


def option_values(
    source: OptionSource, values: Sequence[OptionValue], locale: Locale
) -> OptionValuesVo:
    return OptionValuesVo(
        field=source.field,
        value_type=source.value_type,
        items=[option_value(value, locale) for value in values],
    )


def created_value(source: OptionSource, value: OptionValue, locale: Locale) -> CreatedOptionValueVo:
    return CreatedOptionValueVo(
        field=source.field, value_type=source.value_type, item=option_value(value, locale)
    )


def option_value(value: OptionValue, locale: Locale) -> OptionValueVo:
    return OptionValueVo(
        value=value.value,
        label=localised(value.label, locale),
        description=localised(value.description, locale),
        disabled=value.disabled,
        children=[option_value(child, locale) for child in value.children] or None,
        extra=localised(value.extra, locale) or None,
    )
