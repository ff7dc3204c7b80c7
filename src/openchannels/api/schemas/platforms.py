"""Types of the availability matrix and of platform usage on the wire."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta

from openchannels.api.schemas.common import Count, PlatformName, Wire, texts
from openchannels.core.availability import CoverageCell
from openchannels.core.platforms import Locale
from openchannels.service.platforms.availability import PlatformAvailability


class FieldVo(Wire, kw_only=True):
    """Whether a platform provides it: always, with a scope or setting, or never and why."""

    state: Literal["given", "scope", "never"]
    scope: str | None = None
    reason: dict[Locale, str] | None = None


class PlatformAvailabilityVo(Wire, kw_only=True):
    """One platform's fields and operations in the availability matrix, by name."""

    platform: PlatformName
    display_name: dict[Locale, str]
    lists_works: bool
    works_reason: dict[Locale, str] | None = None
    account: dict[str, FieldVo]
    work: dict[str, FieldVo]
    operations: dict[str, FieldVo]


class Availability(Wire, kw_only=True):
    """The availability matrix of every platform."""

    platforms: list[PlatformAvailabilityVo]


class UsedVo(Wire, kw_only=True):
    """Calls of one operation on one UTC day. `cost` is in the platform's own `unit`."""

    platform: PlatformName
    day: Annotated[str, Meta(extra_json_schema={"format": "date"})]
    operation: str
    calls: Count
    cost: Annotated[float, Meta(ge=0)]
    unit: Annotated[str, Meta(description="calls, quota units, USD: what the platform counts.")]


class UsageVo(Wire, kw_only=True):
    """The workspace's use of the platforms in the last thirty days."""

    days: int
    used: list[UsedVo]


def availability(rows: Sequence[PlatformAvailability]) -> Availability:
    return Availability(
        platforms=[
            PlatformAvailabilityVo(
                platform=row.platform,
                display_name=texts(row.name),
                lists_works=row.lists_works,
                works_reason=texts(row.works_absent) if row.works_absent else None,
                account={name: field_vo(cell) for name, cell in row.account.items()},
                work={name: field_vo(cell) for name, cell in row.work.items()},
                operations={name: field_vo(cell) for name, cell in row.operations.items()},
            )
            for row in rows
        ]
    )


def field_vo(cell: CoverageCell) -> FieldVo:
    reason = texts(cell.reason) if cell.reason else None
    return FieldVo(state=cell.state, scope=cell.scope, reason=reason)
