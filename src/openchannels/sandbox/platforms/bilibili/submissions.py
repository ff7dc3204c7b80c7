"""What bilibili checks of a submission: its fields, and how soon it comes after others.

https://open.bilibili.com/doc
"""

from collections.abc import Mapping
from typing import Any

from openchannels.sandbox.documents import Documents
from openchannels.sandbox.http import EarlyReply
from openchannels.sandbox.platforms.bilibili.replies import error_reply
from openchannels.sandbox.platforms.bilibili.sections import is_section, takes_videos

OWN, REPRINT = 1, 2
SAME_TITLE_SECONDS = 600
PAUSE_SECONDS = 30
CAP_SECONDS = 86_400
_KIND = "bilibili submission"
_LIMITS = (("title", 80, 123030), ("desc", 250, 123033), ("tag", 200, 123022))
"""Texts, the lengths that they may not reach, and the codes of longer ones."""


def submitted_fields(sent: Mapping[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
    """The fields of a submission, or of an edit of what was submitted. Raises EarlyReply."""
    texts = {name: sent.get(name, "") for name in ("title", "cover", "tag", "desc", "source")}
    old = before or {"copyright": OWN}
    names = ("tid", "no_reprint", "topic_id", "mission_id")
    numbers = {name: sent.get(name, 0) for name in names}
    numbers["copyright"] = sent.get("copyright", 0 if before is None else old["copyright"])
    _refuse(4000, not all(isinstance(text, str) for text in texts.values()))
    _refuse(4000, not all(type(number) is int for number in numbers.values()))
    _refuse(4000, not texts["title"].strip() or not texts["cover"])
    for name, limit, code in _LIMITS:
        _refuse(code, len(texts[name]) >= limit)
    _refuse(123012, not texts["tag"].strip(", "))
    _refuse(123010, is_section(numbers["tid"]))
    _refuse(123009, not takes_videos(numbers["tid"]))
    _refuse(123008, numbers["copyright"] not in (OWN, REPRINT))
    if numbers["copyright"] == REPRINT:
        _refuse(123016, not texts["source"] and not old.get("source"))
        _refuse(123027, numbers["mission_id"] != 0)
    return texts | numbers


def _refuse(code: int, is_wrong: bool) -> None:
    if is_wrong:
        raise EarlyReply(error_reply(code, _MESSAGES[code]))


_MESSAGES = {
    4000: "请求参数错误",
    123008: "版权类型不合法",
    123009: "分区不存在",
    123010: "该分区不支持投稿",
    123012: "标签不能为空",
    123016: "转载稿件需填写来源",
    123022: "标签过长",
    123027: "转载稿件不能参加活动",
    123030: "标题过长",
    123033: "简介过长",
}


class Submissions:
    """The submissions of accounts, deleted ones included."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def check(self, owner: str, title: str, cap: int | None, now: float) -> None:
        """Refuse what comes too soon, or is too much. Raises EarlyReply."""
        earlier = list(self._documents.of_owner(_KIND, owner).values())
        lately = [one for one in earlier if one["at"] > now - SAME_TITLE_SECONDS]
        if any(one["title"] == title for one in lately):
            raise EarlyReply(error_reply(123015, "请勿重复投稿相同标题的稿件"))
        if any(one["at"] > now - PAUSE_SECONDS for one in lately):
            raise EarlyReply(error_reply(123026, "投稿过于频繁，请 30 秒后再试"))
        today = [one for one in earlier if one["at"] > now - CAP_SECONDS]
        if cap is not None and len(today) >= cap:
            raise EarlyReply(error_reply(123036, "非正式会员每日投稿数已达上限"))

    def keep(self, owner: str, id: str, title: str, now: float) -> None:
        """Remember a submission."""
        self._documents.put(_KIND, id, {"title": title, "at": now}, owner)
