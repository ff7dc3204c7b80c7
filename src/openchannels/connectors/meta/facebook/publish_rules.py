"""The own rules of Facebook Pages.

https://developers.facebook.com/docs/pages-api/posts
https://developers.facebook.com/docs/video-api/guides/reels-publishing
https://developers.facebook.com/docs/page-stories-api
"""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from openchannels.connectors.base.publish_rules import (
    BODY,
    COVER,
    TITLE,
    OwnRules,
    is_above,
    is_below,
    is_outside,
    one_video,
)
from openchannels.core.publish_rules import Draft, DraftFile, FileFacts, IssueCode
from openchannels.core.publishing import MIB

LEAST_LEAD, MOST_LEAD = 720.0, 29 * 86_400.0
"""Seconds ahead for which Facebook holds a work: a little within what it documents."""


def _kind(draft: Draft) -> str:
    return draft.word("content_category") or "post"


def _reels(draft: Draft) -> Iterator[DraftFile]:
    return draft.videos() if _kind(draft) == "reel" else iter(())


def _stories(draft: Draft) -> Iterator[DraftFile]:
    return draft.videos() if _kind(draft) == "story" else iter(())


def _is_video_post(draft: Draft) -> bool:
    return _kind(draft) == "post" and bool(draft.content.videos)


def _outside_of_video_posts(option: str) -> Callable[[Draft], bool]:
    return lambda draft: option in draft.option and not _is_video_post(draft)


def _is_small(facts: FileFacts) -> bool:
    sides = [side for side in (facts.width, facts.height) if side is not None]
    return len(sides) == 2 and (min(sides) < 540 or max(sides) < 960)


def _is_own_site(address: str) -> bool:
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return False
    return host == "facebook.com" or host.endswith(".facebook.com")


def _has_wide_png(facts: FileFacts) -> bool:
    return "png" in facts.formats and is_above(facts.size, MIB)


_own = OwnRules("facebook")

RULES = (
    _own.required(
        "text.required",
        BODY,
        "A post needs a text, a link or files.",
        "帖子需要文字、链接或媒体文件。",
        lambda draft: (
            not draft.content.media and not draft.content.body.strip() and not draft.given("link")
        ),
    ),
    _own.unused(
        "title.unused",
        TITLE,
        "Only videos have a title: this one is not sent.",
        "只有视频有标题，该标题不会发送。",
        lambda draft: (
            bool(draft.content.title.strip())
            and (not draft.content.videos or _kind(draft) == "story")
        ),
    ),
    _own.most(
        "title.length",
        TITLE,
        255,
        "The title has {actual} characters; Facebook takes {limit}.",
        "标题有 {actual} 个字符，Facebook 最多 {limit} 个。",
        lambda draft: len(draft.content.title) if draft.content.videos else 0,
    ),
    _own.not_mixed(),
    _own.unused(
        "cover.unused",
        COVER,
        "Only videos have a cover: this one is not sent.",
        "只有视频有封面，该封面不会发送。",
        lambda draft: (
            draft.content.cover is not None
            and (not draft.content.videos or _kind(draft) == "story")
        ),
    ),
    _own.files(
        "image.advised",
        IssueCode.TOO_BIG,
        Draft.images,
        "Facebook documents {limit} bytes for images; larger ones may be refused.",
        "Facebook 文档规定图片最大 {limit} 字节，更大的可能被拒绝。",
        lambda facts: is_above(facts.size, 4 * MIB),
        limit=4 * MIB,
        severity="warning",
    ),
    _own.files(
        "image.png",
        IssueCode.UNSUPPORTED_FORMAT,
        Draft.images,
        "A PNG of more than {limit} bytes may look pixelated.",
        "超过 {limit} 字节的 PNG 可能出现像素化。",
        _has_wide_png,
        limit=MIB,
        severity="warning",
    ),
    _own.files(
        "image.gif",
        IssueCode.UNSUPPORTED_FORMAT,
        Draft.images,
        "Of a GIF only the first frame is shown.",
        "GIF 只显示第一帧。",
        lambda facts: "gif" in facts.formats,
        severity="warning",
    ),
    _own.combination(
        "reel.media",
        "option.content_category",
        "A reel is one video.",
        "Reels 只能包含一个视频。",
        lambda draft: _kind(draft) == "reel" and not one_video(draft),
    ),
    _own.files(
        "reel.duration",
        IssueCode.INVALID_DURATION,
        _reels,
        "A reel lasts {limit} s.",
        "Reels 时长必须在 {limit} 秒之间。",
        lambda facts: facts.duration is not None and not 3 <= facts.duration <= 90,
        limit="3-90",
    ),
    _own.files(
        "reel.ratio",
        IssueCode.UNSUPPORTED_FORMAT,
        _reels,
        "A reel's ratio must be within {limit}.",
        "Reels 宽高比必须在 {limit} 之间。",
        lambda facts: is_outside(facts.ratio, 9 / 16, 16 / 9),
        limit="9:16-16:9",
    ),
    _own.files(
        "reel.resolution",
        IssueCode.TOO_SMALL,
        _reels,
        "A reel needs {limit} pixels or more.",
        "Reels 至少需要 {limit} 像素。",
        _is_small,
        limit="540x960",
    ),
    _own.files(
        "reel.frame_rate",
        IssueCode.UNSUPPORTED_FORMAT,
        _reels,
        "A reel must have {limit} frames a second.",
        "Reels 帧率必须在每秒 {limit} 帧之间。",
        lambda facts: is_outside(facts.frame_rate, 23.9, 60),
        limit="24-60",
    ),
    _own.combination(
        "story.media",
        "option.content_category",
        "A story is one image or one video.",
        "快拍只能包含一张图片或一个视频。",
        lambda draft: _kind(draft) == "story" and len(draft.content.media) != 1,
    ),
    _own.files(
        "story.duration",
        IssueCode.INVALID_DURATION,
        _stories,
        "A story's video lasts {limit} s.",
        "快拍视频时长必须在 {limit} 秒之间。",
        lambda facts: facts.duration is not None and not 3 <= facts.duration <= 60,
        limit="3-60",
    ),
    _own.unused(
        "story.text",
        BODY,
        "A story has no text: it is not sent.",
        "快拍没有文字，该文字不会发送。",
        lambda draft: _kind(draft) == "story" and bool(draft.content.body.strip()),
    ),
    _own.combination(
        "option.link.media",
        "option.link",
        "A post with files has no link of its own; write it into the text.",
        "带媒体文件的帖子没有单独的链接，请写入正文。",
        lambda draft: draft.given("link") and bool(draft.content.media),
    ),
    _own.combination(
        "option.link.kind",
        "option.link",
        "Reels and stories have no link.",
        "Reels 与快拍没有链接。",
        lambda draft: draft.given("link") and _kind(draft) != "post",
    ),
    _own.error(
        "option.link.own",
        IssueCode.INVALID_URL,
        "option.link",
        "Facebook takes no links to itself.",
        "Facebook 不接受指向自身的链接。",
        lambda draft: _is_own_site(draft.word("link")),
    ),
    *(
        _own.combination(
            f"option.{option}.kind",
            f"option.{option}",
            f"{en} belong to the post of a video.",
            f"{zh}仅适用于视频帖子。",
            _outside_of_video_posts(option),
        )
        for option, en, zh in (
            ("content_tags", "Content tags", "内容标签"),
            ("custom_labels", "Labels", "自定义标签"),
            ("embeddable", "Embedding settings", "嵌入设置"),
            ("direct_share_status", "Direct shares", "直接分享状态"),
        )
    ),
    _own.combination(
        "option.feed_targeting.story",
        "option.feed_targeting",
        "A story cannot be targeted.",
        "快拍不支持定向。",
        lambda draft: draft.given("feed_targeting") and _kind(draft) == "story",
    ),
    _own.combination(
        "option.video_state.kind",
        "option.video_state",
        "Only a video in a post or a reel has a state.",
        "只有视频帖子或 Reels 有状态。",
        lambda draft: (
            draft.given("video_state") and (not draft.content.videos or _kind(draft) == "story")
        ),
    ),
    _own.combination(
        "option.video_state.scheduled",
        "option.video_state",
        "SCHEDULED needs a time 12 minutes to 29 days ahead.",
        "SCHEDULED 要求发布时间在 12 分钟至 29 天之后。",
        lambda draft: (
            draft.word("video_state") == "SCHEDULED" and not LEAST_LEAD <= draft.lead <= MOST_LEAD
        ),
    ),
    _own.combination(
        "option.scheduleByPlatform.window",
        "option.scheduleByPlatform",
        "Facebook holds works for 12 minutes to 29 days.",
        "Facebook 定时发布须在 12 分钟至 29 天之后。",
        lambda draft: (
            draft.given("scheduleByPlatform") and not LEAST_LEAD <= draft.lead <= MOST_LEAD
        ),
    ),
    _own.combination(
        "option.scheduleByPlatform.story",
        "option.scheduleByPlatform",
        "Facebook does not hold stories.",
        "Facebook 不支持定时发布快拍。",
        lambda draft: draft.given("scheduleByPlatform") and _kind(draft) == "story",
    ),
    _own.warning(
        "option.video_state.draft",
        IssueCode.INVALID_COMBINATION,
        "option.video_state",
        "A draft stays one until a person publishes it on Facebook.",
        "草稿需由用户在 Facebook 上手动发布。",
        lambda draft: draft.word("video_state") == "DRAFT",
    ),
    _own.files(
        "video.vertical",
        IssueCode.UNSUPPORTED_FORMAT,
        lambda draft: draft.videos() if _kind(draft) == "post" else (),
        "A vertical video is published as a reel.",
        "竖屏视频将作为 Reels 发布。",
        lambda facts: is_below(facts.ratio, 1),
        severity="warning",
    ),
)
