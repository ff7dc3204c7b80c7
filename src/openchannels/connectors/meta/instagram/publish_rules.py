"""Instagram's own rules.

https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
"""

from collections.abc import Iterator, Mapping

from openchannels.connectors.base.publish_rules import (
    BODY,
    MEDIA,
    TOPICS,
    OwnRules,
    is_above,
    is_below,
    is_outside,
    one_video,
)
from openchannels.connectors.meta.publish_rules import video_rules
from openchannels.core.publish_rules import Draft, DraftFile, IssueCode
from openchannels.core.publishing import MIB
from openchannels.core.text_counts import hashtags, mentions

MAX_CAROUSEL = 10


def _caption(draft: Draft) -> str:
    return draft.word("caption") or draft.content.body


def _kind(draft: Draft) -> str:
    """What the work becomes."""
    if draft.word("media_type"):
        return draft.word("media_type")
    if len(draft.content.media) > 1:
        return "CAROUSEL"
    return "REELS" if draft.content.videos else "IMAGE"


def _is_story(draft: Draft) -> bool:
    return _kind(draft) == "STORIES"


def _feed_images(draft: Draft) -> Iterator[DraftFile]:
    return iter(()) if _is_story(draft) else draft.images()


def _story_videos(draft: Draft) -> Iterator[DraftFile]:
    return draft.videos() if _is_story(draft) else iter(())


def _lacks_position(tag: object) -> bool:
    return isinstance(tag, Mapping) and not {"x", "y"} <= tag.keys()


def _without_positions(draft: Draft, option: str) -> bool:
    """Whether tags on an image lack the place where they stand."""
    return _kind(draft) == "IMAGE" and any(map(_lacks_position, draft.items(option)))


def _is_of_ratios(draft: Draft) -> bool:
    ratios = [one.facts.ratio for one in draft.media() if one.facts.ratio is not None]
    return len(draft.content.media) > 1 and any(
        is_outside(one, ratios[0], ratios[0]) for one in ratios
    )


_own = OwnRules("instagram")
RULES = (
    _own.without_title(),
    _own.most(
        "body.length",
        BODY,
        2_200,
        "The caption has {actual} characters; Instagram takes {limit}.",
        "说明文字有 {actual} 个字符，Instagram 最多 {limit} 个。",
        lambda draft: len(_caption(draft)),
    ),
    _own.most(
        "topics.count",
        TOPICS,
        30,
        "The caption has {actual} hashtags; Instagram takes {limit}.",
        "说明文字有 {actual} 个话题标签，Instagram 最多 {limit} 个。",
        lambda draft: len(hashtags(_caption(draft))),
    ),
    _own.most(
        "topics.advised",
        TOPICS,
        5,
        "The caption has {actual} hashtags; some accounts may have {limit} only.",
        "说明文字有 {actual} 个话题标签，部分账号最多 {limit} 个。",
        lambda draft: len(hashtags(_caption(draft))),
        severity="warning",
    ),
    _own.most(
        "body.mentions",
        BODY,
        20,
        "The caption mentions {actual} accounts; Instagram takes {limit}.",
        "说明文字提及 {actual} 个账号，Instagram 最多 {limit} 个。",
        lambda draft: len(mentions(_caption(draft))),
    ),
    _own.most(
        "media.count",
        MEDIA,
        MAX_CAROUSEL,
        "There are {actual} files; a carousel has {limit}.",
        "共有 {actual} 个文件，轮播最多 {limit} 个。",
        lambda draft: len(draft.content.media),
    ),
    _own.warning(
        "media.ratio",
        IssueCode.UNSUPPORTED_FORMAT,
        MEDIA,
        "All files of a carousel are cropped to the ratio of the first.",
        "轮播中的文件都会按第一个文件的宽高比裁剪。",
        _is_of_ratios,
    ),
    _own.files(
        "image.ratio",
        IssueCode.UNSUPPORTED_FORMAT,
        _feed_images,
        "The image's ratio must be within {limit} (4:5 to 1.91:1).",
        "图片宽高比必须在 {limit} 之间（4:5 至 1.91:1）。",
        lambda facts: is_outside(facts.ratio, 0.8, 1.91),
        limit="0.8-1.91",
    ),
    _own.files(
        "image.small",
        IssueCode.TOO_SMALL,
        Draft.images,
        "An image of less than {limit} pixels in width is scaled up.",
        "宽度不足 {limit} 像素的图片会被放大。",
        lambda facts: is_below(facts.width, 320),
        limit=320,
        severity="warning",
    ),
    *video_rules(_own, "Instagram"),
    _own.files(
        "story.duration",
        IssueCode.INVALID_DURATION,
        _story_videos,
        "A story's video lasts {limit} s at most.",
        "快拍视频最长 {limit} 秒。",
        lambda facts: is_above(facts.duration, 60),
        limit=60,
    ),
    _own.files(
        "story.size",
        IssueCode.TOO_BIG,
        _story_videos,
        "A story's video has {limit} bytes at most.",
        "快拍视频最大 {limit} 字节。",
        lambda facts: is_above(facts.size, 100 * MIB),
        limit=100 * MIB,
    ),
    _own.unused(
        "story.text",
        BODY,
        "A story has no caption: the text is not sent.",
        "快拍没有说明文字，该文字不会发送。",
        lambda draft: _is_story(draft) and bool(_caption(draft).strip()),
    ),
    _own.warning(
        "story.business",
        IssueCode.INVALID_COMBINATION,
        "option.media_type",
        "Only business accounts can publish stories.",
        "只有企业账号可以发布快拍。",
        _is_story,
    ),
    _own.combination(
        "option.media_type.image",
        "option.media_type",
        "IMAGE takes one image.",
        "IMAGE 只能包含一张图片。",
        lambda draft: (
            draft.word("media_type") == "IMAGE"
            and not (len(draft.content.media) == 1 and draft.content.images)
        ),
    ),
    _own.combination(
        "option.media_type.reels",
        "option.media_type",
        "REELS takes one video.",
        "REELS 只能包含一个视频。",
        lambda draft: draft.word("media_type") == "REELS" and not one_video(draft),
    ),
    _own.combination(
        "option.media_type.stories",
        "option.media_type",
        "STORIES takes one image or one video.",
        "STORIES 只能包含一张图片或一个视频。",
        lambda draft: _is_story(draft) and len(draft.content.media) != 1,
    ),
    _own.error(
        "option.media_type.carousel",
        IssueCode.TOO_SMALL,
        "option.media_type",
        "CAROUSEL takes {limit} files or more.",
        "CAROUSEL 至少包含 {limit} 个文件。",
        lambda draft: draft.word("media_type") == "CAROUSEL" and len(draft.content.media) < 2,
        limit=2,
    ),
    _own.combination(
        "option.alt_text.kind",
        "option.alt_text",
        "Reels and stories have no alternative text.",
        "Reels 与快拍没有替代文本。",
        lambda draft: draft.given("alt_text") and _kind(draft) in ("REELS", "STORIES"),
    ),
    _own.combination(
        "option.collaborators.story",
        "option.collaborators",
        "A story has no collaborators.",
        "快拍没有协作者。",
        lambda draft: draft.given("collaborators") and _is_story(draft),
    ),
    _own.combination(
        "option.cover_url.kind",
        "option.cover_url",
        "Only a reel has a cover.",
        "只有 Reels 可以设置封面。",
        lambda draft: draft.given("cover_url") and _kind(draft) != "REELS",
    ),
    _own.unused(
        "cover.unused",
        "content.cover",
        "Only a reel has a cover: this one is not sent.",
        "只有 Reels 可以设置封面，该封面不会发送。",
        lambda draft: draft.content.cover is not None and _kind(draft) != "REELS",
    ),
    _own.combination(
        "option.image_url.kind",
        "option.image_url",
        "Only a single image can be replaced.",
        "只有单张图片可以被替换。",
        lambda draft: draft.given("image_url") and _kind(draft) not in ("IMAGE", "STORIES"),
    ),
    _own.combination(
        "option.location_id.story",
        "option.location_id",
        "A story has no location.",
        "快拍没有地点。",
        lambda draft: draft.given("location_id") and _is_story(draft),
    ),
    _own.error(
        "option.location_id.digits",
        IssueCode.INVALID_OPTION,
        "option.location_id",
        "The location is the id of a Facebook Page, digits only.",
        "地点为 Facebook 主页 id，只能是数字。",
        lambda draft: (
            draft.given("location_id")
            and not (draft.word("location_id").isascii() and draft.word("location_id").isdigit())
        ),
    ),
    _own.error(
        "option.product_tags.login",
        IssueCode.INVALID_OPTION,
        "option.product_tags",
        "Products need Facebook Login (platforms.instagram.login).",
        "商品标签需要使用 Facebook 登录（platforms.instagram.login）。",
        lambda draft: draft.given("product_tags") and draft.settings.get("login") != "facebook",
    ),
    _own.combination(
        "option.product_tags.kind",
        "option.product_tags",
        "Carousels and stories take no products.",
        "轮播与快拍不支持商品标签。",
        lambda draft: draft.given("product_tags") and _kind(draft) in ("CAROUSEL", "STORIES"),
    ),
    _own.most(
        "option.product_tags.count",
        "option.product_tags",
        5,
        "There are {actual} products; Instagram takes {limit}.",
        "共有 {actual} 个商品标签，Instagram 最多 {limit} 个。",
        lambda draft: len(draft.items("product_tags")),
    ),
    _own.required(
        "option.product_tags.position",
        "option.product_tags",
        "On an image each product needs x and y.",
        "图片上的商品标签必须带 x 和 y。",
        lambda draft: _without_positions(draft, "product_tags"),
    ),
    _own.required(
        "option.user_tags.position",
        "option.user_tags",
        "On an image each person needs x and y.",
        "图片上的用户标签必须带 x 和 y。",
        lambda draft: _without_positions(draft, "user_tags"),
    ),
    _own.unused(
        "option.user_tags.video",
        "option.user_tags",
        "People on a video have no position: x and y are not sent.",
        "视频上的用户标签没有位置，x 和 y 不会发送。",
        lambda draft: (
            _kind(draft) == "REELS"
            and any(isinstance(tag, Mapping) and "x" in tag for tag in draft.items("user_tags"))
        ),
    ),
)
