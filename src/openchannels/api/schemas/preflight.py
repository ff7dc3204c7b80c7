"""Types of preflight on the wire: issues, costs, limits and times."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta

from openchannels.api.schemas.common import Moment, PlatformName, Wire, moment
from openchannels.core.clock import iso
from openchannels.core.platforms import Locale
from openchannels.core.publish_rules import RuleIssue
from openchannels.service.publishing.caps import CapState
from openchannels.service.publishing.flows import issue_data
from openchannels.service.publishing.preflight import PreflightItem


class RuleIssueVo(Wire, kw_only=True):
    """A rule of a platform that the content breaks."""

    rule: str
    code: str
    path: str
    message: str
    params: dict[str, Any]
    severity: Literal["error", "warning"]


class CostVo(Wire, kw_only=True):
    """What a publication costs: `USD`, or units that the platform counts, such as `uploads`."""

    amount: float
    unit: str


class CapVo(Wire, kw_only=True):
    """A limit on publications of the account, or of all accounts of the operator's app."""

    scope: Literal["account", "app"]
    most: int
    seconds: float
    left: int
    free_at: Annotated[
        Moment | None, Meta(description="When the next one fits, if none is left.")
    ] = None


class PreflightItemVo(Wire, kw_only=True):
    """What one account's platform says of the content."""

    platform: PlatformName
    account_id: str
    ok: bool
    issues: list[RuleIssueVo]
    cost: list[CostVo]
    caps: list[CapVo]
    earliest_at: Annotated[
        Moment, Meta(description="Its time, or later where the limits leave none.")
    ]


class PreflightVo(Wire, kw_only=True):
    """All items; `ok` if the flow would be accepted."""

    ok: bool
    items: list[PreflightItemVo]


def preflight_vo(found: Sequence[PreflightItem], locale: Locale) -> PreflightVo:
    items = [_preflight_item(one, locale) for one in found]
    return PreflightVo(ok=all(item.ok for item in items), items=items)


def _preflight_item(one: PreflightItem, locale: Locale) -> PreflightItemVo:
    checked = one.checked
    return PreflightItemVo(
        platform=checked.account.platform,
        account_id=checked.account.id,
        ok=not checked.errors,
        issues=[_issue_vo(issue, locale) for issue in checked.issues],
        cost=[CostVo(amount=cost.amount, unit=cost.unit) for cost in one.costs],
        caps=[_cap_vo(state) for state in one.caps],
        earliest_at=iso(one.earliest_at),
    )


def _cap_vo(state: CapState) -> CapVo:
    cap = state.cap
    return CapVo(
        scope="account" if cap.scope == "account" else "app",
        most=cap.most,
        seconds=cap.seconds,
        left=state.left,
        free_at=moment(state.free_at),
    )


def _issue_vo(issue: RuleIssue, locale: Locale) -> RuleIssueVo:
    return RuleIssueVo(**issue_data(issue, locale))
