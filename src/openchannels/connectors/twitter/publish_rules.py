"""X's own rules, and what a post costs.

https://docs.x.com/fundamentals/counting-characters
https://docs.x.com/x-api/media/quickstart/best-practices
"""

from collections.abc import Sequence

from openchannels.connectors.base.publish_rules import (
    BODY,
    MEDIA,
    OwnRules,
    is_above,
    is_outside,
)
from openchannels.core.publish_rules import Draft, DraftFile, FileFacts, IssueCode
from openchannels.core.publishing import MIB, Cost
from openchannels.core.text_counts import cashtags, links, mentions, x_weight

POST, LONG_POST = 280, 25_000
MAX_GIF = 15 * MIB
MAX_IMAGE = 5 * MIB


def _self_serve(draft: Draft) -> bool:
    return draft.settings.get("tier") != "enterprise"


def _is_gif(facts: FileFacts) -> bool:
    return "gif" in facts.formats


def _gifs(draft: Draft) -> list[DraftFile]:
    return [one for one in draft.images() if _is_gif(one.facts)]


def _too_large(facts: FileFacts) -> bool:
    return is_above(facts.size, MAX_GIF if _is_gif(facts) else MAX_IMAGE)


def _is_big_gif(facts: FileFacts) -> bool:
    return _is_gif(facts) and (is_above(facts.width, 1280) or is_above(facts.height, 1080))


def _is_big_video(facts: FileFacts) -> bool:
    sides = (facts.width or 0, facts.height or 0)
    return max(sides) > 1920 or min(sides) > 1200


_own = OwnRules("twitter")
RULES = (
    _own.most(
        "body.length",
        BODY,
        POST,
        "The post counts {actual} characters (links 23; emoji, Chinese and the like 2); X takes"
        " {limit}.",
        "帖子计为 {actual} 个字符（链接计 23，表情与中日韩文字计 2），X 最多 {limit} 个。",
        lambda draft: 0 if draft.settings.get("long_posts") else x_weight(draft.content.body),
    ),
    _own.most(
        "body.long",
        BODY,
        LONG_POST,
        "The post counts {actual} characters; X takes {limit} from subscribers.",
        "帖子计为 {actual} 个字符，X 对订阅用户最多 {limit} 个。",
        lambda draft: x_weight(draft.content.body),
    ),
    _own.error(
        "body.cashtags",
        IssueCode.TOO_BIG,
        BODY,
        "A self-serve app may name {limit} cashtag in a post.",
        "自助（self-serve）应用的帖子最多包含 {limit} 个 cashtag。",
        lambda draft: _self_serve(draft) and len(set(cashtags(draft.content.body))) > 1,
        limit=1,
    ),
    _own.warning(
        "body.mentions",
        IssueCode.INVALID_COMBINATION,
        BODY,
        "X may refuse mentions in posts of self-serve apps.",
        "X 可能拒绝自助（self-serve）应用帖子中的提及。",
        lambda draft: _self_serve(draft) and bool(mentions(draft.content.body)),
    ),
    _own.warning(
        "body.price",
        IssueCode.INVALID_COMBINATION,
        BODY,
        "A post with a link costs {limit} USD instead of 0.015.",
        "含链接的帖子费用为 {limit} 美元，而非 0.015 美元。",
        lambda draft: bool(links(draft.content.body)),
        limit=0.2,
    ),
    _own.not_mixed(),
    _own.error(
        "gif.alone",
        IssueCode.INVALID_COMBINATION,
        MEDIA,
        "A GIF is published alone.",
        "GIF 只能单独发布。",
        lambda draft: bool(_gifs(draft)) and len(draft.content.media) > 1,
    ),
    _own.files(
        "image.size",
        IssueCode.TOO_BIG,
        Draft.images,
        "The image is too large; X takes {limit}.",
        "图片过大，X 最多支持 {limit}。",
        _too_large,
        limit="5 MiB, GIF 15 MiB",
    ),
    _own.files(
        "gif.width",
        IssueCode.TOO_BIG,
        Draft.images,
        "The GIF has more than {limit} pixels.",
        "GIF 超过 {limit} 像素。",
        _is_big_gif,
        limit="1280x1080",
    ),
    _own.files(
        "video.ratio",
        IssueCode.UNSUPPORTED_FORMAT,
        Draft.videos,
        "The video's width and height must be within {limit}.",
        "视频宽高比必须在 {limit} 之间。",
        lambda facts: is_outside(facts.ratio, 1 / 3, 3),
        limit="1:3-3:1",
    ),
    _own.files(
        "video.frame_rate",
        IssueCode.UNSUPPORTED_FORMAT,
        Draft.videos,
        "The video has more than {limit} frames a second.",
        "视频帧率超过每秒 {limit} 帧。",
        lambda facts: is_above(facts.frame_rate, 61),
        limit=60,
    ),
    _own.files(
        "video.width",
        IssueCode.TOO_BIG,
        Draft.videos,
        "X advises {limit} pixels or less.",
        "X 建议不超过 {limit} 像素。",
        _is_big_video,
        limit="1920x1200",
        severity="warning",
    ),
    _own.files(
        "video.codec",
        IssueCode.UNSUPPORTED_FORMAT,
        Draft.videos,
        "X takes videos in {limit}.",
        "X 支持的视频编码为 {limit}。",
        lambda facts: facts.codec not in (None, "h264"),
        limit="H.264",
        severity="warning",
    ),
    _own.without_cover(),
    _own.combination(
        "option.poll.media",
        "option.poll",
        "A poll cannot have files.",
        "投票不能附带媒体文件。",
        lambda draft: draft.given("poll") and bool(draft.content.media),
    ),
    _own.combination(
        "option.poll.quote",
        "option.poll",
        "A poll cannot quote a post.",
        "投票不能引用帖子。",
        lambda draft: draft.given("poll") and draft.given("quote_tweet_id"),
    ),
    _own.error(
        "option.quote_tweet_id.tier",
        IssueCode.INVALID_OPTION,
        "option.quote_tweet_id",
        "Quotes need an enterprise app (platforms.twitter.tier).",
        "引用帖子需要企业版应用（platforms.twitter.tier）。",
        lambda draft: _self_serve(draft) and draft.given("quote_tweet_id"),
    ),
    _own.combination(
        "option.quote_tweet_id.media",
        "option.quote_tweet_id",
        "A quote cannot have files.",
        "引用帖子不能附带媒体文件。",
        lambda draft: draft.given("quote_tweet_id") and bool(draft.content.media),
    ),
    _own.warning(
        "option.reply_to_tweet_id.tier",
        IssueCode.INVALID_OPTION,
        "option.reply_to_tweet_id",
        "A self-serve app may only reply to own posts and to people who mention the account.",
        "自助（self-serve）应用只能回复自己的帖子，或提及了该账号的用户。",
        lambda draft: _self_serve(draft) and draft.given("reply_to_tweet_id"),
    ),
    _own.unused(
        "option.alt_text.unused",
        "option.alt_text",
        "There is no image for the alternative text.",
        "没有可使用替代文本的图片。",
        lambda draft: draft.given("alt_text") and not draft.content.images,
    ),
)


def cost(draft: Draft) -> Sequence[Cost]:
    """https://docs.x.com/x-api/getting-started/pricing"""
    post = 0.2 if links(draft.content.body) else 0.015
    described = len(draft.content.images) if draft.given("alt_text") else 0
    return (Cost(round(post + 0.005 * described, 3), "USD"),)
