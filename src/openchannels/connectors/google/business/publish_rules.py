"""Google Business Profile's own rules.

https://developers.google.com/my-business/reference/rest/v4/accounts.locations.localPosts
"""

from collections.abc import Callable
from typing import Any

from openchannels.connectors.base.publish_rules import BODY, OwnRules
from openchannels.connectors.google.business.local_times import local_time
from openchannels.core.publish_rules import Draft, IssueCode, Rule

EVENT, OFFER, CALL = "EVENT", "OFFER", "CALL"


def _edge(draft: Draft, name: str) -> Any:
    event = draft.option.get("event")
    return event.get(name) if isinstance(event, dict) else None


def _is_unreal(draft: Draft, name: str) -> bool:
    written = _edge(draft, name)
    return isinstance(written, str) and local_time(written) is None


def _ends_too_early(draft: Draft) -> bool:
    start, end = (local_time(_edge(draft, name)) for name in ("start", "end"))
    return start is not None and end is not None and end <= start


def _has_period(draft: Draft) -> bool:
    return draft.word("topicType") in (EVENT, OFFER)


def _lacks_title(draft: Draft) -> bool:
    title = _edge(draft, "title") or draft.content.title
    is_blank = isinstance(title, str) and not title.strip()
    return _has_period(draft) and draft.given("event") and is_blank


def _button_is(wrong: Callable[[str, bool], bool]) -> Callable[[Draft], bool]:
    """Returns whether action and address of a button are wrong; an offer's is not sent."""

    def broken(draft: Draft) -> bool:
        button = draft.option.get("callToAction")
        if draft.word("topicType") == OFFER or not isinstance(button, dict):
            return False
        action = button.get("actionType")
        return isinstance(action, str) and wrong(action, bool(button.get("url")))

    return broken


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
    _own.required(
        "body.required",
        BODY,
        "A post needs a text, with a photo too.",
        "帖子必须有正文，带图片时也一样。",
        lambda draft: not draft.content.body.strip(),
    ),
    _own.required(
        "option.event.missing",
        "option.event",
        "Events and offers need `event`: when they start and end.",
        "活动和优惠需要填写 `event`，即开始和结束时间。",
        lambda draft: _has_period(draft) and not draft.given("event"),
    ),
    _own.required(
        "option.event.title.missing",
        "option.event.title",
        "Events and offers need a title: their own, or that of the content.",
        "活动和优惠需要标题：可以填写其自身的标题，也可以使用内容的标题。",
        _lacks_title,
    ),
    _real("start"),
    _real("end"),
    _own.combination(
        "option.event.order",
        "option.event.end",
        "The event must end later than it starts.",
        "活动的结束时间必须晚于开始时间。",
        _ends_too_early,
    ),
    _own.required(
        "option.callToAction.url.missing",
        "option.callToAction.url",
        "The button needs an address. Only CALL has none.",
        "该按钮需要链接，只有 CALL 不需要。",
        _button_is(lambda action, has_url: action != CALL and not has_url),
    ),
    _own.combination(
        "option.callToAction.url.call",
        "option.callToAction.url",
        "CALL uses the number of the profile: it takes no address.",
        "CALL 使用商家资料中的电话号码，不能填写链接。",
        _button_is(lambda action, has_url: action == CALL and has_url),
    ),
)
