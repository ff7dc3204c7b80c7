"""Pinterest's own rules.

https://developers.pinterest.com/docs/api/v5/pins-create
"""

from urllib.parse import urlsplit

from openchannels.connectors.base.publish_rules import (
    BODY,
    MEDIA,
    OwnRules,
    is_above,
    is_below,
    is_outside,
)
from openchannels.core.publish_rules import Draft, FileFacts, IssueCode
from openchannels.core.text_counts import links

SHORTENERS = frozenset(
    {
        *("bit.ly", "tinyurl.com", "t.co", "goo.gl", "ow.ly"),
        *("is.gd", "buff.ly", "cutt.ly", "rb.gy", "shorturl.at"),
    }
)


def _is_short(address: str) -> bool:
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.") in SHORTENERS
    except ValueError:
        return False


def _is_small(facts: FileFacts) -> bool:
    return is_below(facts.width, 200) or is_below(facts.height, 300)


def _ratios_differ(draft: Draft) -> bool:
    """Whether images of a carousel differ; Pinterest refuses 0.5628 beside 0.5581."""
    ratios = [one.facts.ratio for one in draft.images() if one.facts.ratio is not None]
    return len(ratios) > 1 and max(ratios) - min(ratios) > 0.002


_own = OwnRules("pinterest")
RULES = (
    _own.not_mixed(),
    _own.combination(
        "images.ratio",
        MEDIA,
        "All images of a carousel must have the same ratio of width and height.",
        "轮播中的所有图片宽高比必须相同。",
        _ratios_differ,
    ),
    _own.warning(
        "body.advised",
        IssueCode.TOO_BIG,
        BODY,
        "Pinterest shows {limit} characters of a description in most places.",
        "多数位置只显示说明的前 {limit} 个字符。",
        lambda draft: len(draft.content.body) > 500,
        limit=500,
    ),
    _own.unused(
        "body.links",
        BODY,
        "Links in the description cannot be clicked; use option.link.",
        "说明中的链接不可点击，请使用 option.link。",
        lambda draft: bool(links(draft.content.body)),
    ),
    _own.without_cover(videos_too=False),
    _own.files(
        "image.small",
        IssueCode.TOO_SMALL,
        Draft.images,
        "Pinterest may refuse images below {limit} pixels.",
        "Pinterest 可能拒绝小于 {limit} 像素的图片。",
        _is_small,
        limit="200x300",
        severity="warning",
    ),
    _own.files(
        "image.long",
        IssueCode.UNSUPPORTED_FORMAT,
        Draft.images,
        "An image longer than {limit} is cut in feeds.",
        "高宽比超过 {limit} 的图片在信息流中会被裁切。",
        lambda facts: is_below(facts.ratio, 1 / 2.1),
        limit="1:2.1",
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
    _own.files(
        "video.most_size",
        IssueCode.TOO_BIG,
        Draft.videos,
        "The video has more than {limit} bytes.",
        "视频超过 {limit} 字节。",
        lambda facts: is_above(facts.size, 2 * 1024**3),
        limit=2 * 1024**3,
    ),
    _own.files(
        "video.ratio",
        IssueCode.UNSUPPORTED_FORMAT,
        Draft.videos,
        "Pinterest advises a ratio within {limit}.",
        "Pinterest 建议视频宽高比在 {limit} 之间。",
        lambda facts: is_outside(facts.ratio, 0.5, 1.91),
        limit="1:2-1.91:1",
        severity="warning",
    ),
    _own.files(
        "video.codec",
        IssueCode.UNSUPPORTED_FORMAT,
        Draft.videos,
        "Pinterest takes videos in {limit}.",
        "Pinterest 支持的视频编码为 {limit}。",
        lambda facts: facts.codec not in (None, "h264", "hevc"),
        limit="H.264, H.265",
        severity="warning",
    ),
    _own.error(
        "option.boardId.digits",
        IssueCode.INVALID_OPTION,
        "option.boardId",
        "The board's id has digits only.",
        "图板 id 只能是数字。",
        lambda draft: (
            draft.given("boardId")
            and not (draft.word("boardId").isascii() and draft.word("boardId").isdigit())
        ),
    ),
    _own.warning(
        "option.link.short",
        IssueCode.INVALID_URL,
        "option.link",
        "Pinterest blocks links of shorteners.",
        "Pinterest 会屏蔽短链接。",
        lambda draft: _is_short(draft.word("link")),
    ),
    _own.unused(
        "option.coverImageUrl.images",
        "option.coverImageUrl",
        "Only videos have a cover: this one is not sent.",
        "只有视频有封面，该封面不会发送。",
        lambda draft: draft.given("coverImageUrl") and not draft.content.videos,
    ),
)
