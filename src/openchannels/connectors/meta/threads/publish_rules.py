"""The own rules of Threads.

https://developers.facebook.com/docs/threads/reference/publishing
"""

from openchannels.connectors.base.publish_rules import (
    BODY,
    MEDIA,
    TOPICS,
    OwnRules,
    is_outside,
)
from openchannels.connectors.meta.publish_rules import video_rules
from openchannels.core.derived_rules import topics_of
from openchannels.core.publish_rules import Draft, IssueCode
from openchannels.core.text_counts import links, threads_length


def _links(draft: Draft) -> int:
    attached = draft.word("link_attachment")
    return len({*links(draft.content.body), *([attached] if attached else [])})


_own = OwnRules("threads")
RULES = (
    _own.without_title(),
    _own.most(
        "body.length",
        BODY,
        500,
        "The text counts {actual} characters (emoji by their bytes); Threads takes {limit}.",
        "正文计为 {actual} 个字符（表情按字节计），Threads 最多 {limit} 个。",
        lambda draft: threads_length(draft.content.body),
    ),
    _own.most(
        "body.links",
        BODY,
        5,
        "There are {actual} different links; Threads takes {limit}.",
        "共有 {actual} 个不同链接，Threads 最多 {limit} 个。",
        _links,
    ),
    _own.most(
        "body.links_advised",
        BODY,
        3,
        "There are {actual} different links; some posts with more than {limit} are refused.",
        "共有 {actual} 个不同链接，超过 {limit} 个时可能被拒绝。",
        _links,
        severity="warning",
    ),
    _own.most(
        "topics.count",
        TOPICS,
        1,
        "There are {actual} hashtags; the first becomes the topic, the others stay text.",
        "共有 {actual} 个话题标签，第一个成为话题，其余保留为文字。",
        lambda draft: len(topics_of(draft)),
        severity="warning",
    ),
    _own.most(
        "topics.longest",
        TOPICS,
        50,
        "The topic has {actual} characters; Threads takes {limit}.",
        "话题有 {actual} 个字符，Threads 最多 {limit} 个。",
        lambda draft: max(map(len, topics_of(draft)[:1]), default=0),
    ),
    _own.most(
        "media.count",
        MEDIA,
        20,
        "There are {actual} files; a carousel has {limit}.",
        "共有 {actual} 个文件，轮播最多 {limit} 个。",
        lambda draft: len(draft.content.media),
    ),
    _own.files(
        "image.ratio",
        IssueCode.UNSUPPORTED_FORMAT,
        Draft.images,
        "The image's ratio must be within {limit}.",
        "图片宽高比必须在 {limit} 之间。",
        lambda facts: is_outside(facts.ratio, 0.1, 10),
        limit="1:10-10:1",
    ),
    *video_rules(_own, "Threads"),
    _own.without_cover(),
    _own.combination(
        "option.alt_text.text",
        "option.alt_text",
        "A text has no alternative text.",
        "纯文字帖没有替代文本。",
        lambda draft: draft.given("alt_text") and not draft.content.media,
    ),
    _own.combination(
        "option.auto_publish_text.media",
        "option.auto_publish_text",
        "Only a text without files is published in one call.",
        "只有不带媒体的纯文字帖才能一步发布。",
        lambda draft: draft.given("auto_publish_text") and bool(draft.content.media),
    ),
    _own.warning(
        "option.auto_publish_text.doubt",
        IssueCode.INVALID_COMBINATION,
        "option.auto_publish_text",
        "If the answer of the one call is lost, nobody can tell whether it is out.",
        "一步发布的响应若丢失，将无法确认是否已发布。",
        lambda draft: draft.given("auto_publish_text"),
    ),
    _own.combination(
        "option.link_attachment.media",
        "option.link_attachment",
        "Only a text without files has a link of its own.",
        "只有不带媒体的纯文字帖才有单独的链接。",
        lambda draft: draft.given("link_attachment") and bool(draft.content.media),
    ),
    _own.warning(
        "option.allowlisted_country_codes.profile",
        IssueCode.INVALID_OPTION,
        "option.allowlisted_country_codes",
        "Only some profiles may choose the countries that see a post.",
        "只有部分账号可以限定可见的国家或地区。",
        lambda draft: draft.given("allowlisted_country_codes"),
    ),
    _own.warning(
        "option.reply_to_id.quote",
        IssueCode.INVALID_COMBINATION,
        "option.reply_to_id",
        "Threads may refuse a post that replies and quotes.",
        "Threads 可能拒绝同时回复和引用的帖子。",
        lambda draft: draft.given("reply_to_id") and draft.given("quote_post_id"),
    ),
)
