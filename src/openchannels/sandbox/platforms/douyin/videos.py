"""Douyin's works: both kinds of ids, the order of the list, and the items.

A third of the works of the person `gaps` is hidden, so that whole pages are empty.
"""

import base64
import binascii
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import Creator, Series, Work
from openchannels.sandbox.ids import digest, hexadecimal, unpack
from openchannels.sandbox.platforms.douyin.figures import COUNTS
from openchannels.sandbox.work_ids import DecimalIds

VIDEO_IDS = DecimalIds(7_100_000_000_000_000_000, bits=60)
"""The plain ids: nineteen digits, beyond 2^53."""
_PINNED = (9, 3)
"""Indexes of the pinned works, in the order of the list."""
_POSITIONS = 1000
"""A smaller cursor is a position among the pinned works, any other a time in milliseconds."""
_STATUSES = (5, 5, 5, 1, 5, 5, 6, 5, 7, 5, 4, 5, 2, 5, 7)
_REFUSED, _REVIEWING, _PRIVATE = 2, 4, 7
_VISIBLE = {0: 5, 1: _PRIVATE, 2: 6}
"""The status of a reviewed work by who may see it."""


def item_id(video: str) -> str:
    """The id that other calls take, derived from the plain one: base64 with `+`, `/` and `=`."""
    number = int(video) - VIDEO_IDS.first
    rest = b"".join(digest("item", number, part).to_bytes(16) for part in range(4))[:56]
    return "@" + base64.b64encode(number.to_bytes(8) + rest).decode()


def is_video_id(text: str) -> bool:
    """Whether this is a plain id."""
    return text.isascii() and text.isdigit() and len(text) == 19 and int(text) >= VIDEO_IDS.first


def index_of(owner: Creator, text: str) -> int | None:
    """The index of a work by either id, or None if it is not of this owner."""
    if is_video_id(text):
        return VIDEO_IDS.index_of(owner, text)
    try:
        number = int.from_bytes(base64.b64decode(text.removeprefix("@"))[:8])
    except (binascii.Error, ValueError):
        return None
    return unpack(owner.key, number, VIDEO_IDS.bits)


def is_shown(work: Work) -> bool:
    """Whether the list shows it; a hidden work still takes up a position."""
    return work.owner.person != "gaps" or work.index % 90 < 60


def page(series: Series, cursor: int, count: int) -> tuple[list[Work], int, bool]:
    """Works from a cursor on, the next cursor, and whether there are more.

    Pinned works come first and only once; all others follow, newest first.
    """
    pinned = [work for index in _PINNED if (work := series.work_at(index))]
    first = min(cursor, len(pinned)) if cursor < _POSITIONS else len(pinned)
    top = pinned[first : first + count]
    offset = series.count_since(cursor / 1000) if cursor >= _POSITIONS else 0
    wanted = count - len(top)
    # One more than wanted shows whether the list goes on.
    near = series.slice(offset, wanted + len(pinned) + 1)
    others = [work for work in near if work.index not in _PINNED]
    passed = others[:wanted]
    after = passed[-1].created * 1000 if passed else _after_pinned(cursor, first, top)
    more = len(others) > wanted or first + len(top) < len(pinned)
    return top + [work for work in passed if is_shown(work)], after, more


def _after_pinned(cursor: int, first: int, top: list[Work]) -> int:
    return cursor if cursor >= _POSITIONS else first + len(top)


def _status(work: Work, now: float) -> int:
    post = work.post
    if post is None:
        return _STATUSES[work.index % len(_STATUSES)]
    if now < post["reviewed"]:
        return _REVIEWING
    return _REFUSED if post["is_refused"] else _VISIBLE[post["private_status"]]


def _is_pictures(work: Work) -> bool:
    return work.index % 9 == 4 if work.post is None else bool(work.post["is_pictures"])


def _title(work: Work) -> str:
    if work.post is not None:
        return work.title_zh()
    return f"{work.title_zh()} #{work.pick(48, sample_text.TAGS_ZH)}"


def item(work: Work, now: float) -> dict[str, Any]:
    """A work as its author sees it; every fourth has its numbers as text."""
    video = VIDEO_IDS.id_of(work)
    status = _status(work, now)
    picture = f"https://p3-sign.douyinpic.com/obj/{hexadecimal(20, 'douyin cover', video)}.jpeg"
    numbers: dict[str, int | str] = {name: one.at(work, now) for name, one in COUNTS.items()}
    if work.index % 4 == 1:
        numbers = {name: str(number) for name, number in numbers.items()}
    undated = work.post is None and status == _PRIVATE and work.index % 2
    kind = "note" if work.post is not None and _is_pictures(work) else "video"
    return {
        "item_id": item_id(video),
        "video_id": video,
        "title": _title(work),
        "cover": f"{picture}?x-expires={int(now) + 86_400}",
        "create_time": 0 if undated else work.created,
        "is_reviewed": status != _REVIEWING,
        "is_top": work.index in _PINNED,
        "media_type": 2 if _is_pictures(work) else 4,
        "video_status": status,
        "share_url": f"https://www.iesdouyin.com/share/{kind}/{video}/?region=CN",
        "statistics": numbers,
    }
