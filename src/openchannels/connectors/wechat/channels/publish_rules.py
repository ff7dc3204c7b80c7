"""The own rules of WeChat Channels: a person has published the video, and it is made known."""

import json

from openchannels.connectors.base.publish_rules import MEDIA, OwnRules
from openchannels.core.publish_rules import Draft, IssueCode

MAX_META = 4096


def _meta_bytes(draft: Draft) -> int:
    return len(
        json.dumps(draft.option.get("linkMeta"), ensure_ascii=False).encode(errors="replace")
    )


def _scheduled(draft: Draft) -> object:
    meta = draft.option.get("linkMeta")
    return meta.get("scheduledTime") if isinstance(meta, dict) else None


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


_own = OwnRules("wxSph")
RULES = (
    _own.required(
        "option.workId.required",
        "option.workId",
        "The id or the link of the work is required.",
        "必须提供作品 id 或作品链接。",
        lambda draft: not draft.given("workId") and not draft.given("workLink"),
    ),
    _own.warning(
        "option.linkStatus.link",
        IssueCode.INVALID_COMBINATION,
        "option.linkStatus",
        "Without a link it is kept as pending.",
        "没有链接时，状态保存为 pending。",
        lambda draft: draft.word("linkStatus") == "ready" and not draft.given("workLink"),
    ),
    _own.most(
        "option.linkMeta.size",
        "option.linkMeta",
        MAX_META,
        "The facts have {actual} bytes; {limit} are kept at most.",
        "链接信息有 {actual} 字节，最多保存 {limit} 字节。",
        _meta_bytes,
    ),
    _own.error(
        "option.linkMeta.scheduledTime",
        IssueCode.INVALID_OPTION,
        "option.linkMeta.scheduledTime",
        "scheduledTime is a time in Unix seconds.",
        "scheduledTime 必须是 Unix 秒。",
        lambda draft: _scheduled(draft) is not None and not _is_time(_scheduled(draft)),
    ),
    _own.warning(
        "media.mixed",
        IssueCode.INVALID_COMBINATION,
        MEDIA,
        "A work has images or a video, not both.",
        "作品只能是图片或视频，不能同时包含。",
        lambda draft: bool(draft.content.images and draft.content.videos),
    ),
)
