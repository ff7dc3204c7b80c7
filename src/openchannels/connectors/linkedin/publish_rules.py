"""LinkedIn's own rules.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format
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
from openchannels.core.publish_rules import Draft, FileFacts, IssueCode
from openchannels.core.text_counts import linkedin_escaped, linkedin_visible, links, mentions

MAX_PIXELS = 36_152_320
PERSON = "urn:li:person:"


def _text(draft: Draft) -> str:
    return draft.word("commentary") or draft.content.body


def _is_page(draft: Draft) -> bool:
    """Whether the account is an organisation's page: those have the member's role."""
    return "role" in draft.account


def _is_other_author(draft: Draft) -> bool:
    author = draft.word("authorUrn")
    own = draft.uid if draft.uid.startswith("urn:") else PERSON + draft.uid
    return bool(author) and (_is_page(draft) or author != own)


def _has_too_many_pixels(facts: FileFacts) -> bool:
    return (facts.width or 0) * (facts.height or 0) >= MAX_PIXELS


_own = OwnRules("linkedin")
RULES = (
    _own.required(
        "text.required",
        BODY,
        "A post needs a text or files.",
        "帖子需要文字或媒体文件。",
        lambda draft: not draft.content.media and not _text(draft).strip(),
    ),
    _own.most(
        "body.length",
        BODY,
        3_000,
        "The text has {actual} visible characters; LinkedIn takes {limit}.",
        "正文有 {actual} 个可见字符，LinkedIn 最多 {limit} 个。",
        lambda draft: linkedin_visible(_text(draft)),
    ),
    _own.most(
        "body.escaped",
        BODY,
        6_000,
        "With its signs escaped the text has {actual} characters; {limit} are sent at most.",
        "转义后正文有 {actual} 个字符，最多发送 {limit} 个。",
        lambda draft: linkedin_escaped(_text(draft)),
    ),
    _own.most(
        "body.escaped_advised",
        BODY,
        3_000,
        "With its signs escaped the text has {actual} characters; LinkedIn may cut at {limit}.",
        "转义后正文有 {actual} 个字符，LinkedIn 可能在 {limit} 处截断。",
        lambda draft: linkedin_escaped(_text(draft)),
        severity="warning",
    ),
    _own.unused(
        "body.mentions",
        BODY,
        "A plain @name stays text; mentions are written @[Name](urn:li:person:ID).",
        "普通的“@名称”只是文字；提及应写作 @[名称](urn:li:person:ID)。",
        lambda draft: bool(mentions(_text(draft))),
    ),
    _own.warning(
        "body.links",
        IssueCode.INVALID_COMBINATION,
        BODY,
        "LinkedIn shows no card for a link in the text.",
        "LinkedIn 不会为正文中的链接生成卡片。",
        lambda draft: not draft.content.media and bool(links(_text(draft))),
    ),
    _own.unused(
        "title.unused",
        TITLE,
        "Only videos have a title: this one is not sent.",
        "只有视频有标题，该标题不会发送。",
        lambda draft: bool(draft.content.title.strip()) and not draft.content.videos,
    ),
    _own.not_mixed(),
    _own.unused(
        "cover.unused",
        COVER,
        "Only videos have a cover: this one is not sent.",
        "只有视频有封面，该封面不会发送。",
        lambda draft: draft.content.cover is not None and not draft.content.videos,
    ),
    _own.files(
        "image.pixels",
        IssueCode.TOO_BIG,
        Draft.images,
        "The image has more than {limit} pixels.",
        "图片超过 {limit} 像素。",
        _has_too_many_pixels,
        limit=MAX_PIXELS,
    ),
    _own.files(
        "video.ratio",
        IssueCode.UNSUPPORTED_FORMAT,
        Draft.videos,
        "The video's ratio must be within {limit}.",
        "视频宽高比必须在 {limit} 之间。",
        lambda facts: is_outside(facts.ratio, 1 / 2.4, 2.4),
        limit="1:2.4-2.4:1",
    ),
    _own.files(
        "video.least_size",
        IssueCode.TOO_SMALL,
        Draft.videos,
        "The video has less than {limit} bytes.",
        "视频小于 {limit} 字节。",
        lambda facts: is_below(facts.size, 75_000),
        limit=75_000,
    ),
    _own.warning(
        "media.role",
        IssueCode.INVALID_COMBINATION,
        MEDIA,
        "A content administrator may not upload files for a page.",
        "内容管理员不能为主页上传文件。",
        lambda draft: (
            bool(draft.content.media)
            and str(draft.account.get("role", "")).startswith("CONTENT_ADMIN")
        ),
    ),
    _own.combination(
        "option.visibility.page",
        "option.visibility",
        "A page has no connections.",
        "主页没有人脉，不能设为 CONNECTIONS。",
        lambda draft: draft.word("visibility") == "CONNECTIONS" and _is_page(draft),
    ),
    _own.error(
        "option.distribution.person",
        IssueCode.INVALID_OPTION,
        "option.distribution",
        "Only a page publishes outside of the feed.",
        "只有主页可以不发布到信息流。",
        lambda draft: draft.word("distribution") == "NONE" and not _is_page(draft),
    ),
    _own.error(
        "option.authorUrn.own",
        IssueCode.INVALID_OPTION,
        "option.authorUrn",
        "The author is the account; another one cannot be named.",
        "作者即该账号，不能指定其他作者。",
        _is_other_author,
    ),
    _own.unused(
        "option.commentary.body",
        "option.commentary",
        "commentary takes the place of the text of the content.",
        "commentary 将代替内容正文。",
        lambda draft: (
            draft.given("commentary")
            and bool(draft.content.body.strip())
            and draft.word("commentary") != draft.content.body
        ),
    ),
)
