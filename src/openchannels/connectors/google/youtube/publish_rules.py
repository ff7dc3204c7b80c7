"""YouTube's own rules, and what an upload costs.

https://developers.google.com/youtube/v3/docs/videos#properties
"""

from collections.abc import Sequence

from openchannels.connectors.base.publish_rules import (
    BODY,
    COVER,
    TITLE,
    TOPICS,
    OwnRules,
    is_above,
    is_below,
)
from openchannels.core.derived_rules import topics_of
from openchannels.core.option_rules import moment_of
from openchannels.core.publish_rules import Draft, IssueCode
from openchannels.core.publishing import MIB, Cost
from openchannels.core.text_counts import hashtags, utf8_bytes, utf16_units, youtube_tags

MAX_TITLE = 100
IGNORED_TOPICS = 60
VERIFIED_SECONDS = 900
THUMBNAIL_UNITS = 50


def _has_signs(text: str) -> bool:
    return "<" in text or ">" in text


def _privacy(draft: Draft) -> str:
    return draft.word("privacyStatus") or "public"


def _goes_public_too_early(draft: Draft) -> bool:
    at = moment_of(draft.word("publishAt"))
    return at is not None and at <= max(draft.publish_at, draft.now)


_own = OwnRules("youtube")
RULES = (
    _own.required(
        "title.required",
        TITLE,
        "A video needs a title.",
        "视频必须有标题。",
        lambda draft: not draft.content.title.strip(),
    ),
    _own.error(
        "title.signs",
        IssueCode.UNSUPPORTED_FORMAT,
        TITLE,
        "The title must not hold {limit}.",
        "标题不能包含 {limit}。",
        lambda draft: _has_signs(draft.content.title),
        limit="< >",
    ),
    _own.warning(
        "title.utf16",
        IssueCode.TOO_BIG,
        TITLE,
        "The title has more than {limit} UTF-16 units; YouTube may refuse it.",
        "标题超过 {limit} 个 UTF-16 单元，YouTube 可能拒绝。",
        lambda draft: len(draft.content.title) <= MAX_TITLE < utf16_units(draft.content.title),
        limit=MAX_TITLE,
    ),
    _own.most(
        "body.length",
        BODY,
        5_000,
        "The description has {actual} bytes in UTF-8; YouTube takes {limit}.",
        "简介的 UTF-8 长度为 {actual} 字节，YouTube 最多 {limit} 字节。",
        lambda draft: utf8_bytes(draft.content.body),
    ),
    _own.error(
        "body.signs",
        IssueCode.UNSUPPORTED_FORMAT,
        BODY,
        "The description must not hold {limit}.",
        "简介不能包含 {limit}。",
        lambda draft: _has_signs(draft.content.body),
        limit="< >",
    ),
    _own.most(
        "topics.length",
        TOPICS,
        500,
        "The hashtags become tags of {actual} characters; YouTube takes {limit}.",
        "话题标签转为标签后共 {actual} 个字符，YouTube 最多 {limit} 个。",
        lambda draft: youtube_tags(topics_of(draft)),
    ),
    _own.most(
        "topics.ignored",
        TOPICS,
        IGNORED_TOPICS,
        "With more than {limit} hashtags YouTube ignores all of them.",
        "话题标签超过 {limit} 个时，YouTube 会忽略全部标签。",
        lambda draft: len(hashtags(f"{draft.content.title} {draft.content.body}")),
        severity="warning",
    ),
    _own.combination(
        "option.publishAt.private",
        "option.publishAt",
        "A time to go public needs the visibility private.",
        "设置公开时间时，可见范围必须为私享（private）。",
        lambda draft: draft.given("publishAt") and _privacy(draft) != "private",
    ),
    _own.combination(
        "option.publishAt.order",
        "option.publishAt",
        "The video must go public later than it is uploaded.",
        "公开时间必须晚于上传时间。",
        _goes_public_too_early,
    ),
    _own.combination(
        "option.madeForKids.alone",
        "option.madeForKids",
        "What YouTube finds cannot be set: say selfDeclaredMadeForKids.",
        "YouTube 的判定不可设置，请使用 selfDeclaredMadeForKids。",
        lambda draft: draft.given("madeForKids") and not draft.given("selfDeclaredMadeForKids"),
    ),
    _own.unused(
        "option.madeForKids.unused",
        "option.madeForKids",
        "madeForKids is not sent: YouTube decides it.",
        "madeForKids 不会发送，由 YouTube 判定。",
        lambda draft: "madeForKids" in draft.option,
    ),
    _own.warning(
        "audit.private",
        IssueCode.INVALID_COMBINATION,
        "option.privacyStatus",
        "The app has not passed YouTube's audit (platforms.youtube.audited): the video is locked to"
        " private.",
        "应用未通过 YouTube 审核（platforms.youtube.audited），视频将被锁定为私享。",
        lambda draft: not draft.settings.get("audited") and _privacy(draft) != "private",
    ),
    _own.files(
        "video.verified",
        IssueCode.INVALID_DURATION,
        Draft.videos,
        "A video of more than {limit} s needs a channel whose phone number is verified.",
        "超过 {limit} 秒的视频要求频道已验证手机号。",
        lambda facts: is_above(facts.duration, VERIFIED_SECONDS),
        limit=VERIFIED_SECONDS,
        severity="warning",
    ),
    _own.files(
        "cover.format",
        IssueCode.UNSUPPORTED_FORMAT,
        Draft.covers,
        "The thumbnail must be {limit}.",
        "缩略图格式必须是 {limit}。",
        lambda facts: bool(facts.formats) and not set(facts.formats) & {"jpg", "jpeg", "png"},
        limit="jpg, jpeg, png",
    ),
    _own.files(
        "cover.size",
        IssueCode.TOO_BIG,
        Draft.covers,
        "The thumbnail has more than {limit} bytes.",
        "缩略图超过 {limit} 字节。",
        lambda facts: is_above(facts.size, 50 * MIB),
        limit=50 * MIB,
    ),
    _own.files(
        "cover.width",
        IssueCode.TOO_SMALL,
        Draft.covers,
        "The thumbnail should be {limit} pixels wide or more.",
        "缩略图宽度建议不少于 {limit} 像素。",
        lambda facts: is_below(facts.width, 640),
        limit=640,
        severity="warning",
    ),
    _own.warning(
        "cover.verified",
        IssueCode.INVALID_COMBINATION,
        COVER,
        "A thumbnail needs a channel whose phone number is verified; without it the video goes out"
        " without the thumbnail.",
        "自定义缩略图要求频道已验证手机号，否则视频发布时不含该缩略图。",
        lambda draft: draft.content.cover is not None,
    ),
)


def cost(draft: Draft) -> Sequence[Cost]:
    """One of the uploads of the day, and what a thumbnail takes of the pool of units.

    https://developers.google.com/youtube/v3/determine_quota_cost
    """
    thumbnail = () if draft.content.cover is None else (Cost(THUMBNAIL_UNITS, "quota units"),)
    return (Cost(1, "uploads"), *thumbnail)
