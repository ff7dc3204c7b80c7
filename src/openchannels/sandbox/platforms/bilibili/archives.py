"""Videos as bilibili shows them: their ids, states and fields.

https://open.bilibili.com/doc/4/a24030b7-6b8f-b36c-32d8-a4aae67fcc35
"""

import re
from collections.abc import Mapping
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import Series, Work
from openchannels.sandbox.ids import hexadecimal
from openchannels.sandbox.platforms.bilibili.sections import TRAVEL
from openchannels.sandbox.work_ids import TextIds

VIDEO_IDS = TextIds(
    "BV1", 9, 52, alphabet="FcwAPNKTMug3GV5Lj7EJnHpWsx4tb8haYeviqBz6rkCy12mUSDQX9RdoZf"
)
OPEN, RETURNED, NOT_CONVERTED = 0, -2, -16
_WAITING = {-30: "审核中", -1: "待审", -40: "定时发布"}
_REFUSED = {RETURNED: "稿件被打回", -3: "网警锁定", -4: "稿件被锁定", -5: "管理员锁定"}
_DESCRIPTIONS = {OPEN: "开放浏览", **_WAITING, **_REFUSED, NOT_CONVERTED: "转码失败"}
_CYCLE = 12
_STATES = {3: -30, 5: RETURNED, 7: -40}
FILTERS = {
    "all": None,
    "pubed": (OPEN,),
    "is_pubing": tuple(_WAITING),
    "not_pubed": (*_REFUSED, NOT_CONVERTED),
}


def _is_state(text: str) -> bool:
    return bool(re.fullmatch(r"-\d{1,3}", text, re.ASCII))


def _refusal(post: Mapping[str, Any], now: float) -> str:
    """The refusal of a submitted video that has come by now, or an empty text."""
    if post["rejectMedia"] and now >= post["processed"]:
        return str(post["rejectMedia"])
    return str(post["reject"]) if now >= post["reviewed"] else ""


def state_of(work: Work, now: float) -> int:
    """A video's state; 0 is public.

    A submitted one is processed and then reviewed. A refusal that is no state is its reason.
    """
    post = work.post
    if post is None:
        return _STATES.get(work.index % _CYCLE, OPEN)
    refusal = _refusal(post, now)
    if refusal:
        usual = NOT_CONVERTED if refusal == post["rejectMedia"] else RETURNED
        return int(refusal) if _is_state(refusal) else usual
    if now < post["processed"]:
        return -30
    return -1 if now < post["reviewed"] else OPEN


def described(state: int) -> str:
    """The description of a state."""
    return _DESCRIPTIONS.get(state, "稿件异常")


def is_public(work: Work, now: float) -> bool:
    """Whether everybody can see the video."""
    return state_of(work, now) == OPEN


def filtered(
    series: Series, states: tuple[int, ...] | None, offset: int, count: int, now: float
) -> tuple[list[Work], int]:
    """A page of the videos in some states, None for any, and how many there are."""
    if states is None:
        return series.slice(offset, count), series.total
    fitting = [work for work in series.slice(0, series.total) if state_of(work, now) in states]
    return fitting[offset : offset + count], len(fitting)


def archive(work: Work, now: float) -> dict[str, Any]:
    """A video with its state; one that is not public has no player."""
    state = state_of(work, now)
    bvid = VIDEO_IDS.id_of(work)
    cid = 26_000_000_000 + (work.bits >> 50) % 900_000_000
    video = {
        "cid": cid,
        "filename": f"n{hexadecimal(10, 'file', bvid)}",
        "duration": work.number(96, 15, 2400),
        "share_url": f"https://www.bilibili.com/video/{bvid}?share_source=open_plat",
        "iframe_url": f"player.bilibili.com/player.html?aid=0&bvid={bvid}&cid={cid}&page=1",
    }
    return {
        "resource_id": bvid,
        **(_derived(work, bvid) if work.post is None else _submitted(work.post)),
        "ctime": work.created - (3600 if work.post is None else 0),
        "ptime": _published(work) if state == OPEN else 0,
        "video_info": video if state == OPEN else {},
        "addit_info": {
            "state": state,
            "state_desc": described(state),
            "reject_reason": _reason(work, state, now),
        },
    }


def _published(work: Work) -> int:
    return work.created if work.post is None else max(work.created, int(work.post["reviewed"]))


def _reason(work: Work, state: int, now: float) -> str:
    """Why a video was refused: of a submitted one the refusal, unless that is a state."""
    if work.post is None:
        return "封面不合规范" if state == RETURNED else ""
    refusal = _refusal(work.post, now)
    return f"{described(state)}：不符合投稿规范" if _is_state(refusal) else refusal


def _submitted(post: Mapping[str, Any]) -> dict[str, Any]:
    names = ("title", "cover", "tid", "no_reprint", "desc", "tag", "copyright")
    return {name: post[name] for name in names}


def _derived(work: Work, bvid: str) -> dict[str, Any]:
    scheme = ("http://", "https://", "//")[work.index % 3]
    picture = f"i0.hdslb.com/bfs/archive/{hexadecimal(24, 'cover', bvid)}.jpg"
    return {
        "title": work.title_zh(),
        "cover": scheme + picture,
        "tid": TRAVEL,
        "no_reprint": 1,
        "desc": work.pick(40, sample_text.LINES_ZH) if work.index % 5 else "",
        "tag": work.pick(48, sample_text.TAGS_ZH),
        "copyright": 1,
    }
