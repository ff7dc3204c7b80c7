"""The base of all types on the wire: camelCase names, fields that are None left out.

Times are ISO 8601 UTC texts.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from openchannels.core import errors
from openchannels.core.clock import iso
from openchannels.core.exceptions import Issue
from openchannels.core.insights import Period
from openchannels.core.platforms import Locale, Text
from openchannels.service.platforms.registered import PLATFORM_IDS

if TYPE_CHECKING:
    PlatformName = str
else:
    PlatformName = Literal[PLATFORM_IDS]
    """Id of a registered platform; the wire accepts no other, and the document lists them."""
MAX_SAFE = 2**53 - 1
"""The largest whole number that JavaScript represents exactly."""
Filled = Annotated[str, Meta(min_length=1)]
Address = Annotated[str, Meta(extra_json_schema={"format": "uri"})]
Schema = Annotated[
    dict[str, Any], Meta(description="A JSON Schema (2020-12), its titles in your language.")
]
Moment = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Count = Annotated[int, Meta(ge=0)]
MAX_RANK = 2**31 - 1
Rank = Annotated[int, Meta(ge=-MAX_RANK, le=MAX_RANK, description="Lower ranks come first.")]
Unset = msgspec.UnsetType
UNSET = msgspec.UNSET


class Wire(Struct, rename="camel", omit_defaults=True):
    """Base of all types on the wire."""


class UnusableVo(Wire, kw_only=True):
    """Something that the platform shows and that cannot be used, and why."""

    name: str
    reason: dict[Locale, str]


def moment(value: float | None) -> str | None:
    return None if value is None else iso(value)


def texts(value: Text) -> dict[Locale, str]:
    return {"en-US": value.en, "zh-CN": value.zh}


def period(since: datetime | Unset, until: datetime | Unset) -> Period:
    """Returns the time from `since` on and before `until`.

    Raises ValidationFailed if it ends before it begins.
    """
    begin, end = _seconds(since), _seconds(until)
    if begin is not None and end is not None and begin > end:
        raise errors.validation_failed([Issue("since", "must not be after until")])
    return Period(begin, end)


def _seconds(asked: datetime | Unset) -> float | None:
    return asked.timestamp() if isinstance(asked, datetime) else None


def none_if_unset(value: Any) -> Any:
    """Returns None for a field that the caller left out."""
    return None if value is msgspec.UNSET else value


def none_if_empty(value: Any) -> Any:
    """Returns None for a field that the caller left out or sent empty."""
    return none_if_unset(value) or None
