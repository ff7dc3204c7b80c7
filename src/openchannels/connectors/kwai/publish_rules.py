"""Kuaishou's own rules.

https://open.kuaishou.com/platformDocs/openAbility/contentManagement/createAVideo
"""

from openchannels.connectors.base.publish_rules import BODY, COVER, OwnRules, is_below
from openchannels.core.publish_rules import Draft, IssueCode

_own = OwnRules("KWAI")
RULES = (
    _own.required(
        "text.required",
        BODY,
        "A video needs a title or a text: by it a lost answer is found out.",
        "视频需要标题或正文，用于核实丢失的响应。",
        lambda draft: not draft.content.title.strip() and not draft.content.body.strip(),
    ),
    _own.warning(
        "cover.missing",
        IssueCode.REQUIRED,
        COVER,
        "Without a cover a frame of the video is used.",
        "未提供封面时将使用视频中的一帧。",
        lambda draft: draft.content.cover is None and not draft.given("cover"),
    ),
    _own.unused(
        "option.cover.unused",
        "option.cover",
        "The cover of the content takes the place of this one.",
        "将使用内容中的封面，该封面不会发送。",
        lambda draft: (
            draft.given("cover")
            and draft.content.cover is not None
            and draft.content.cover.url != draft.option["cover"]
        ),
    ),
    _own.files(
        "cover.small",
        IssueCode.TOO_SMALL,
        Draft.covers,
        "The cover should be {limit} pixels wide or more.",
        "封面宽度建议不少于 {limit} 像素。",
        lambda facts: is_below(facts.width, 400),
        limit=400,
        severity="warning",
    ),
    _own.files(
        "video.codec",
        IssueCode.UNSUPPORTED_FORMAT,
        Draft.videos,
        "Kuaishou documents {limit} only.",
        "快手文档仅说明支持 {limit}。",
        lambda facts: (
            bool(facts.formats)
            and ("mp4" not in facts.formats or facts.codec not in (None, "h264"))
        ),
        limit="MP4, H.264",
        severity="warning",
    ),
)
