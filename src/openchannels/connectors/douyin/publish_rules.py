"""Douyin's own rules.

https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/sdk/web-app/h5/share-to-h5
"""

from openchannels.connectors.base.publish_rules import (
    BODY,
    COVER,
    MEDIA,
    TITLE,
    OwnRules,
    is_below,
    is_outside,
)
from openchannels.core.publish_rules import Draft, IssueCode

MAX_SHORT_TITLE = 12


def _is_hand_over(draft: Draft) -> bool:
    return draft.settings.get("publish") != "server"


def _ratios_differ(draft: Draft) -> bool:
    ratios = [one.facts.ratio for one in draft.images() if one.facts.ratio is not None]
    return bool(ratios) and any(is_outside(one, ratios[0], ratios[0]) for one in ratios)


_own = OwnRules("douyin")
RULES = (
    _own.not_mixed(),
    _own.warning(
        "content.person",
        IssueCode.INVALID_COMBINATION,
        MEDIA,
        "A person has to press publish in the Douyin app.",
        "需要用户在抖音 App 中点击发布。",
        _is_hand_over,
    ),
    _own.unused(
        "title.short",
        TITLE,
        "A title of more than 12 characters is not sent as the short title.",
        "超过 12 个字符的标题不会作为短标题发送。",
        lambda draft: (
            _is_hand_over(draft)
            and len(draft.content.title) > MAX_SHORT_TITLE
            and bool(draft.content.body.strip())
            and not draft.given("short_title")
        ),
    ),
    _own.warning(
        "body.advised",
        IssueCode.TOO_BIG,
        BODY,
        "Douyin's app shows {limit} characters of the text.",
        "抖音 App 显示正文的前 {limit} 个字符。",
        lambda draft: len(draft.content.body) > 55,
        limit=55,
    ),
    _own.unused(
        "cover.unused",
        COVER,
        "The cover is chosen in the Douyin app: this one is not sent.",
        "封面在抖音 App 中选择，该封面不会发送。",
        lambda draft: _is_hand_over(draft) and draft.content.cover is not None,
    ),
    _own.warning(
        "images.ratio",
        IssueCode.UNSUPPORTED_FORMAT,
        MEDIA,
        "The images should have the same ratio.",
        "图片宽高比应当一致。",
        _ratios_differ,
    ),
    _own.files(
        "image.bmp",
        IssueCode.UNSUPPORTED_FORMAT,
        Draft.images,
        "Douyin's app documents {limit} only.",
        "抖音 App 文档仅说明支持 {limit}。",
        lambda facts: "bmp" in facts.formats,
        limit="jpg, png",
        severity="warning",
    ),
    _own.files(
        "video.container",
        IssueCode.UNSUPPORTED_FORMAT,
        Draft.videos,
        "Douyin's app fetches {limit} only.",
        "抖音 App 仅拉取 {limit}。",
        lambda facts: bool(set(facts.formats) & {"avi", "mkv"}),
        limit="mp4, mov",
        severity="warning",
    ),
    _own.files(
        "video.short",
        IssueCode.INVALID_DURATION,
        Draft.videos,
        "Douyin may refuse a video of less than {limit} s.",
        "抖音可能拒绝短于 {limit} 秒的视频。",
        lambda facts: is_below(facts.duration, 3),
        limit=3,
        severity="warning",
    ),
    _own.files(
        "video.ratio",
        IssueCode.UNSUPPORTED_FORMAT,
        Draft.videos,
        "The video's ratio must be within {limit}.",
        "视频宽高比必须在 {limit} 之间。",
        lambda facts: is_outside(facts.ratio, 1 / 2.2, 2.2),
        limit="1:2.2-2.2:1",
    ),
    _own.unused(
        "option.cover_tsp.unused",
        "option.cover_tsp",
        "The cover is chosen in the Douyin app: this has no effect.",
        "封面在抖音 App 中选择，该选项不起作用。",
        lambda draft: _is_hand_over(draft) and "cover_tsp" in draft.option,
    ),
)
