"""bilibili's own rules.

https://open.bilibili.com/doc
"""

from openchannels.connectors.base.publish_rules import (
    BODY,
    COVER,
    TITLE,
    TOPICS,
    OwnRules,
    is_above,
    is_below,
    is_outside,
)
from openchannels.core.derived_rules import topics_of
from openchannels.core.publish_rules import Draft, FileFacts, IssueCode
from openchannels.core.text_counts import without_hashtags

REPRINT = 2


def _is_small(facts: FileFacts) -> bool:
    return is_below(facts.width, 960) or is_below(facts.height, 600)


def _is_reprint(draft: Draft) -> bool:
    return draft.number("copyright") == REPRINT


_own = OwnRules("bilibili")
RULES = (
    _own.required(
        "title.required",
        TITLE,
        "A video needs a title.",
        "视频必须有标题。",
        lambda draft: not draft.content.title.strip(),
    ),
    _own.most(
        "body.length",
        BODY,
        249,
        "The description without its hashtags has {actual} characters; bilibili takes {limit}.",
        "去掉话题标签后简介有 {actual} 个字符，哔哩哔哩最多 {limit} 个。",
        lambda draft: len(without_hashtags(draft.content.body)),
    ),
    _own.required(
        "topics.required",
        TOPICS,
        "A video needs a tag: write #word into the text.",
        "视频至少需要一个标签：请在正文中写 #标签。",
        lambda draft: not topics_of(draft),
    ),
    _own.files(
        "cover.small",
        IssueCode.TOO_SMALL,
        Draft.covers,
        "The cover needs {limit} pixels or more.",
        "封面至少需要 {limit} 像素。",
        _is_small,
        limit="960x600",
    ),
    _own.files(
        "cover.ratio",
        IssueCode.UNSUPPORTED_FORMAT,
        Draft.covers,
        "bilibili advises a cover of {limit}.",
        "哔哩哔哩建议封面宽高比为 {limit}。",
        lambda facts: is_outside(facts.ratio, 1.55, 1.8),
        limit="16:10",
        severity="warning",
    ),
    _own.warning(
        "cover.missing",
        IssueCode.REQUIRED,
        COVER,
        "Without a cover a frame of the video is used.",
        "未提供封面时将使用视频中的一帧。",
        lambda draft: draft.content.cover is None,
    ),
    _own.files(
        "video.sides",
        IssueCode.TOO_BIG,
        Draft.videos,
        "bilibili advises {limit} pixels or less.",
        "哔哩哔哩建议不超过 {limit} 像素。",
        lambda facts: is_above(facts.width, 4096) or is_above(facts.height, 4096),
        limit="4096x4096",
        severity="warning",
    ),
    _own.files(
        "video.frame_rate",
        IssueCode.UNSUPPORTED_FORMAT,
        Draft.videos,
        "bilibili advises {limit} frames a second or less.",
        "哔哩哔哩建议帧率不超过每秒 {limit} 帧。",
        lambda facts: is_above(facts.frame_rate, 120.5),
        limit=120,
        severity="warning",
    ),
    _own.required(
        "option.source.required",
        "option.source",
        "A reprint needs its origin.",
        "转载必须填写转载来源。",
        lambda draft: _is_reprint(draft) and not draft.word("source").strip(),
    ),
    _own.unused(
        "option.source.unused",
        "option.source",
        "Only a reprint has an origin: this one is not sent.",
        "只有转载才有转载来源，该来源不会发送。",
        lambda draft: draft.given("source") and not _is_reprint(draft),
    ),
    _own.combination(
        "option.mission_id.reprint",
        "option.mission_id",
        "A reprint cannot take part in a mission.",
        "转载稿件不能参加活动。",
        lambda draft: draft.given("mission_id") and _is_reprint(draft),
    ),
    _own.warning(
        "option.mission_id.agreement",
        IssueCode.INVALID_OPTION,
        "option.mission_id",
        "Missions take an agreement with bilibili.",
        "参加活动需事先与哔哩哔哩约定。",
        lambda draft: bool(draft.number("mission_id")),
    ),
    _own.warning(
        "option.topic_id.agreement",
        IssueCode.INVALID_OPTION,
        "option.topic_id",
        "Topics take an agreement with bilibili, and must fit the section.",
        "话题需事先与哔哩哔哩约定，且必须与分区匹配。",
        lambda draft: bool(draft.number("topic_id")),
    ),
)
