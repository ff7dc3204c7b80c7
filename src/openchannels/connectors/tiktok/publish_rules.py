"""TikTok's own rules. What only `creator_info` tells is left to the publisher.

https://developers.tiktok.com/doc/content-posting-api-reference-direct-post
https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
"""

from openchannels.connectors.base.publish_rules import (
    BODY,
    COVER,
    MEDIA,
    TITLE,
    OwnRules,
    is_above,
    is_below,
)
from openchannels.core.publish_rules import Draft, FileFacts, IssueCode
from openchannels.core.text_counts import utf16_units

PRIVACY = "option.privacy_level"
PRIVATE = "SELF_ONLY"


def _caption(draft: Draft) -> str:
    """The text of a video: title and body in one."""
    parts = (draft.content.title.strip(), draft.content.body.strip())
    return "\n".join(part for part in parts if part)


def _photos(draft: Draft) -> bool:
    return bool(draft.content.images) and not draft.content.videos


def _audited(draft: Draft) -> bool:
    return bool(draft.settings.get("audited"))


def _is_inbox(draft: Draft) -> bool:
    """Whether the person publishes it in the app: then no options are sent."""
    mode = draft.word("publishMode") or draft.settings.get("publish_mode", "auto")
    return mode == "inbox" or (mode == "auto" and not _audited(draft))


def _is_square_enough(facts: FileFacts) -> bool:
    sides = [side for side in (facts.width, facts.height) if side is not None]
    return all(360 <= side <= 4096 for side in sides)


def _cover_is_a_photo(draft: Draft) -> bool:
    cover = draft.content.cover
    return cover is None or cover.url in {one.url for one in draft.content.images}


_own = OwnRules("tiktok")
RULES = (
    _own.most(
        "body.length",
        BODY,
        2_200,
        "The text has {actual} UTF-16 units; TikTok takes {limit}.",
        "正文有 {actual} 个 UTF-16 单元，TikTok 最多 {limit} 个。",
        lambda draft: utf16_units(draft.content.body),
    ),
    _own.most(
        "text.length",
        BODY,
        2_200,
        "Title and text together have {actual} UTF-16 units; TikTok takes {limit} for a video.",
        "标题与正文合计 {actual} 个 UTF-16 单元，TikTok 视频最多 {limit} 个。",
        lambda draft: 0 if _photos(draft) else utf16_units(_caption(draft)),
    ),
    _own.most(
        "title.photos",
        TITLE,
        90,
        "The title has {actual} UTF-16 units; TikTok takes {limit} for photos.",
        "标题有 {actual} 个 UTF-16 单元，TikTok 图文最多 {limit} 个。",
        lambda draft: utf16_units(draft.content.title) if _photos(draft) else 0,
    ),
    _own.not_mixed(),
    _own.files(
        "image.advised",
        IssueCode.TOO_BIG,
        Draft.images,
        "TikTok may refuse photos of more than {limit} pixels.",
        "TikTok 可能拒绝超过 {limit} 像素的图片。",
        lambda facts: (
            max(facts.width or 0, facts.height or 0) > 1920
            or min(facts.width or 0, facts.height or 0) > 1080
        ),
        limit="1920x1080",
        severity="warning",
    ),
    _own.files(
        "video.sides",
        IssueCode.UNSUPPORTED_FORMAT,
        Draft.videos,
        "Each side of the video must have {limit} pixels.",
        "视频每边像素必须在 {limit} 之间。",
        lambda facts: not _is_square_enough(facts),
        limit="360-4096",
    ),
    _own.frame_rates(),
    _own.files(
        "video.codec",
        IssueCode.UNSUPPORTED_FORMAT,
        Draft.videos,
        "TikTok takes videos in {limit}.",
        "TikTok 支持的视频编码为 {limit}。",
        lambda facts: facts.codec not in (None, "h264", "hevc", "vp8", "vp9"),
        limit="H.264, H.265, VP8, VP9",
        severity="warning",
    ),
    _own.files(
        "video.short",
        IssueCode.INVALID_DURATION,
        Draft.videos,
        "TikTok may refuse a video of less than {limit} s.",
        "TikTok 可能拒绝短于 {limit} 秒的视频。",
        lambda facts: is_below(facts.duration, 3),
        limit=3,
        severity="warning",
    ),
    _own.files(
        "video.long",
        IssueCode.INVALID_DURATION,
        Draft.videos,
        "Not every creator may publish videos of more than {limit} s.",
        "并非所有创作者都能发布超过 {limit} 秒的视频。",
        lambda facts: is_above(facts.duration, 180),
        limit=180,
        severity="warning",
    ),
    _own.unused(
        "cover.video",
        COVER,
        "The cover of a video cannot be sent: TikTok shows the first frame.",
        "视频封面无法发送，TikTok 将使用首帧。",
        lambda draft: draft.content.cover is not None and bool(draft.content.videos),
    ),
    _own.unused(
        "cover.photos",
        COVER,
        "The cover is not one of the photos and is not sent.",
        "封面不在图片列表中，不会发送。",
        lambda draft: _photos(draft) and not _cover_is_a_photo(draft),
    ),
    _own.required(
        "option.privacy_level.required",
        PRIVACY,
        "The person has to say who can see it.",
        "必须由用户选择谁可以看。",
        lambda draft: (
            not _is_inbox(draft)
            and _audited(draft)
            and not draft.given("privacy_level")
            and not draft.settings.get("default_privacy")
        ),
    ),
    _own.warning(
        "audit.private",
        IssueCode.INVALID_COMBINATION,
        PRIVACY,
        "The app has not passed TikTok's audit (platforms.tiktok.audited): it can only publish for"
        " the author, on private accounts.",
        "应用未通过 TikTok 审核（platforms.tiktok.audited），只能在私密账号上以仅自己可见发布。",
        lambda draft: (
            not _audited(draft)
            and draft.given("privacy_level")
            and draft.word("privacy_level") != PRIVATE
        ),
    ),
    _own.warning(
        "audit.inbox",
        IssueCode.INVALID_COMBINATION,
        MEDIA,
        "It goes to the person's inbox in TikTok as a draft: caption and options are chosen there.",
        "内容将作为草稿进入用户的 TikTok 收件箱，文案与选项需在其中设置。",
        _is_inbox,
    ),
    _own.combination(
        "option.brand_content_toggle.private",
        "option.brand_content_toggle",
        "A paid partnership cannot be visible to the author alone.",
        "付费合作内容不能设为仅自己可见。",
        lambda draft: (
            draft.given("brand_content_toggle") and draft.word("privacy_level") == PRIVATE
        ),
    ),
    _own.error(
        "option.photo_cover_index.range",
        IssueCode.TOO_BIG,
        "option.photo_cover_index",
        "There is no photo of this index.",
        "没有该序号的图片。",
        lambda draft: (
            _photos(draft) and (draft.number("photo_cover_index") or 0) >= len(draft.content.images)
        ),
    ),
    _own.unused(
        "option.photo_cover_index.unused",
        "option.photo_cover_index",
        "A video has no photo for a cover: this is not sent.",
        "视频没有封面图片序号，该选项不会发送。",
        lambda draft: "photo_cover_index" in draft.option and bool(draft.content.videos),
    ),
    _own.error(
        "option.source.photos",
        IssueCode.INVALID_OPTION,
        "option.source",
        "TikTok always fetches photos itself.",
        "图片只能由 TikTok 自行拉取。",
        lambda draft: _photos(draft) and draft.word("source") == "FILE_UPLOAD",
    ),
    _own.unused(
        "option.is_aigc.photos",
        "option.is_aigc",
        "Photos cannot be labelled as made with AI: this is not sent.",
        "图文无法标注 AI 生成，该选项不会发送。",
        lambda draft: draft.given("is_aigc") and _photos(draft),
    ),
    _own.unused(
        "option.auto_add_music.video",
        "option.auto_add_music",
        "Music is added to photos only: this is not sent.",
        "仅图文可自动配乐，该选项不会发送。",
        lambda draft: draft.given("auto_add_music") and bool(draft.content.videos),
    ),
    _own.unused(
        "option.disable_duet.photos",
        "option.disable_duet",
        "Photos have no duets: this is not sent.",
        "图文没有合拍，该选项不会发送。",
        lambda draft: draft.given("disable_duet") and _photos(draft),
    ),
    _own.unused(
        "option.disable_stitch.photos",
        "option.disable_stitch",
        "Photos have no stitches: this is not sent.",
        "图文没有拼接，该选项不会发送。",
        lambda draft: draft.given("disable_stitch") and _photos(draft),
    ),
)
