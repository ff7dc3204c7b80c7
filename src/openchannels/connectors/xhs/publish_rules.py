"""RedNote's own rules: a person has published the note, and its link is made known."""

import re

from openchannels.connectors.base.publish_rules import MEDIA, OwnRules
from openchannels.core.publish_rules import Draft, IssueCode

WORK_LINK = "option.workLink"
NOTE = re.compile(
    r"https?://(?:www\.)?(?:xiaohongshu|rednote)\.com/"
    r"(?:explore|discovery/item|red_video|user/profile/[0-9a-f]{24})/[0-9a-f]{24}(?![0-9a-f])"
)
SHORT = re.compile(r"https?://xhslink\.com/(?:[amo]/)?[A-Za-z0-9]{3,20}")


def _link(draft: Draft) -> str:
    return draft.word("workLink").strip()


def _is_note(draft: Draft) -> bool:
    return NOTE.search(_link(draft)) is not None


_own = OwnRules("xhs")
RULES = (
    _own.required(
        "option.workLink.blank",
        WORK_LINK,
        "The link of the note is empty.",
        "笔记链接为空。",
        lambda draft: bool(draft.word("workLink")) and not _link(draft),
    ),
    _own.error(
        "option.workLink.note",
        IssueCode.INVALID_OPTION,
        WORK_LINK,
        "This is no link of a note on RedNote.",
        "这不是小红书笔记的链接。",
        lambda draft: (
            bool(_link(draft)) and not _is_note(draft) and SHORT.search(_link(draft)) is None
        ),
    ),
    _own.warning(
        "option.workLink.token",
        IssueCode.INVALID_OPTION,
        WORK_LINK,
        "Without its xsec_token outsiders cannot open the note.",
        "链接缺少 xsec_token，其他人无法打开该笔记。",
        lambda draft: _is_note(draft) and "xsec_token=" not in _link(draft),
    ),
    _own.warning(
        "option.workLink.short",
        IssueCode.INVALID_OPTION,
        WORK_LINK,
        "What a short link leads to is not known yet.",
        "短链接指向的内容尚不可知。",
        lambda draft: not _is_note(draft) and SHORT.search(_link(draft)) is not None,
    ),
    _own.warning(
        "media.mixed",
        IssueCode.INVALID_COMBINATION,
        MEDIA,
        "A note has images or a video, not both.",
        "笔记只能是图片或视频，不能同时包含。",
        lambda draft: bool(draft.content.images and draft.content.videos),
    ),
)
