"""Values of publish options: the client's methods and their result types."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from openchannels.client.encoding import segment, without_none
from openchannels.client.webhooks import Caller


@dataclass(frozen=True, slots=True)
class OptionValue:
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
class OptionValues:
    """The values of an option; `value_type` is `list` or `tree`."""

    field: str
    value_type: str
    items: tuple[OptionValue, ...]


@dataclass(frozen=True, slots=True)
class CreatedOptionValue:
    """A value that was made."""

    field: str
    value_type: str
    item: OptionValue


class Options:
    """`client.options`: every method raises ApiError and TransportError.

    The options of a platform are those of `client.publish_options`, by their `field`.
    """

    def __init__(self, call: Caller) -> None:
        self._call = call

    def values(
        self, account_id: str, field: str, chosen: Mapping[str, Any] | None = None
    ) -> OptionValues:
        """Returns an option's values; `chosen` narrows them, as its `filter_schema` says."""
        params = without_none(chosen or {})
        return self._call(OptionValues, "GET", _path(account_id, field), params=params)

    def create(self, account_id: str, field: str, value: Mapping[str, Any]) -> CreatedOptionValue:
        """Makes a value, such as a board, with the members of the option's `create_schema`."""
        return self._call(CreatedOptionValue, "POST", _path(account_id, field), json=dict(value))


def _path(account_id: str, field: str) -> str:
    account, name = segment(account_id), segment(field)
    return f"/api/v2/channels/accounts/{account}/publish-options/{name}/values"
