"""Google Business Profile's own rules.

https://developers.google.com/my-business/reference/rest/v4/accounts.locations.localPosts
"""

from typing import Any

from openchannels.connectors.base.publish_rules import OwnRules
from openchannels.connectors.google.business.local_times import local_time
from openchannels.core.publish_rules import Draft, IssueCode, Rule


def _edge(draft: Draft, name: str) -> Any:
    event = draft.option.get("event")
    return event.get(name) if isinstance(event, dict) else None


def _is_unreal(draft: Draft, name: str) -> bool:
    written = _edge(draft, name)
    return isinstance(written, str) and local_time(written) is None


def _ends_too_early(draft: Draft) -> bool:
    start, end = (local_time(_edge(draft, name)) for name in ("start", "end"))
    return start is not None and end is not None and end <= start


_own = OwnRules("google_business")


def _real(name: str) -> Rule:
    return _own.error(
        f"option.event.{name}.real",
        IssueCode.INVALID_OPTION,
        f"option.event.{name}",
        "This day or time does not exist.",
        "该日期或时间不存在。",
        lambda draft: _is_unreal(draft, name),
    )


RULES = (
    _real("start"),
    _real("end"),
    _own.combination(
        "option.event.order",
        "option.event.end",
        "The event must end later than it starts.",
        "活动的结束时间必须晚于开始时间。",
        _ends_too_early,
    ),
)
