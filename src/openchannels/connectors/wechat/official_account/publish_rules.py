"""The own rules of WeChat official accounts.

https://developers.weixin.qq.com/doc/service/api/draftbox/draftmanage/api_draft_add
"""

import re

from openchannels.connectors.base.publish_rules import (
    BODY,
    COVER,
    MEDIA,
    TITLE,
    OwnRules,
    is_above,
)
from openchannels.core.publish_rules import Draft, IssueCode
from openchannels.core.publishing import MIB
from openchannels.core.text_counts import has_markup, utf8_bytes

REMOVED = re.compile(
    r"<(?:script|style|iframe|form|object|embed)\b|\son[a-z]{1,20}\s*=", re.IGNORECASE
)
IMAGE = re.compile(r"""<img\b[^<>]*?\ssrc\s*=\s*["']([^"'<>]+)["']""", re.IGNORECASE)
LINK = re.compile(
    r"""<a\b[^<>]*?\shref\s*=\s*["'](?!https://mp\.weixin\.qq\.com/)""", re.IGNORECASE
)
OWN_IMAGES = ("https://mmbiz.qpic.cn/", "http://mmbiz.qpic.cn/")


def _shows_others(draft: Draft) -> bool:
    """Whether the text shows images that are neither in the content nor in WeChat."""
    known = {one.url for one in draft.content.images}
    shown = IMAGE.findall(draft.content.body)
    return any(one not in known and not one.startswith(OWN_IMAGES) for one in shown)


def _is_news(draft: Draft) -> bool:
    return has_markup(draft.content.body) or not draft.content.images


_own = OwnRules("wxGzh")
RULES = (
    _own.error(
        "content.mode",
        IssueCode.UNSUPPORTED_CONTENT_MODE,
        MEDIA,
        "Official accounts publish articles and images, no videos.",
        "公众号只能发布图文和图片，不能发布视频。",
        lambda draft: bool(draft.content.videos),
    ),
    _own.required(
        "title.required",
        TITLE,
        "An article needs a title.",
        "文章必须有标题。",
        lambda draft: not draft.content.title.strip(),
    ),
    _own.required(
        "body.required",
        BODY,
        "An article needs a text or images.",
        "文章需要正文或图片。",
        lambda draft: not draft.content.body.strip() and not draft.content.images,
    ),
    _own.most(
        "body.bytes",
        BODY,
        MIB - 1,
        "The text has {actual} bytes; WeChat takes {limit}.",
        "正文大小为 {actual} 字节，微信最多 {limit} 字节。",
        lambda draft: utf8_bytes(draft.content.body),
    ),
    _own.unused(
        "body.removed",
        BODY,
        "Scripts, style sheets, frames and forms are taken out of the text.",
        "正文中的脚本、样式表、框架和表单会被移除。",
        lambda draft: REMOVED.search(draft.content.body) is not None,
    ),
    _own.unused(
        "body.images",
        BODY,
        "The text shows images that are not in the media: they are taken out.",
        "正文引用了不在媒体列表中的图片，这些图片会被移除。",
        _shows_others,
    ),
    _own.unused(
        "body.links",
        BODY,
        "WeChat drops links to other sites for most accounts.",
        "微信会移除大多数账号正文中的站外链接。",
        lambda draft: LINK.search(draft.content.body) is not None,
    ),
    _own.required(
        "cover.required",
        COVER,
        "An article needs a cover, or an image.",
        "文章需要封面或图片。",
        lambda draft: draft.content.cover is None and not draft.content.images and _is_news(draft),
    ),
    _own.files(
        "image.large",
        IssueCode.TOO_BIG,
        Draft.images,
        "An image in the text with {limit} bytes or more is compressed to a smaller JPEG.",
        "正文图片达到 {limit} 字节时会被压缩为较小的 JPEG。",
        lambda facts: is_above(facts.size, MIB - 1),
        limit=MIB,
        severity="warning",
    ),
    _own.files(
        "image.gif",
        IssueCode.UNSUPPORTED_FORMAT,
        Draft.images,
        "A GIF in the text may lose its animation.",
        "正文中的 GIF 可能失去动画效果。",
        lambda facts: "gif" in facts.formats,
        severity="warning",
    ),
    _own.combination(
        "option.only_fans_can_comment.closed",
        "option.only_fans_can_comment",
        "Only where comments are open can they be the followers' alone.",
        "开启留言后才能设置仅关注者可留言。",
        lambda draft: (
            draft.number("only_fans_can_comment") == 1 and draft.number("open_comment") != 1
        ),
    ),
    _own.unused(
        "option.showCoverPic.unused",
        "option.showCoverPic",
        "WeChat no longer shows the cover in the text: this has no effect.",
        "微信已不再支持正文显示封面，该选项不起作用。",
        lambda draft: "showCoverPic" in draft.option,
    ),
    _own.warning(
        "option.open_comment.right",
        IssueCode.INVALID_OPTION,
        "option.open_comment",
        "Comments need a verified account; without the right it is published without them.",
        "留言功能要求账号已认证，无权限时将不带留言发布。",
        lambda draft: draft.number("open_comment") == 1,
    ),
)
