"""The numbers of videos, and by how much those of an account grew.

https://open.bilibili.com/doc
"""

from collections.abc import Sequence

from openchannels.sandbox.dataset import Work
from openchannels.sandbox.figures import VIEWS, Day, Growth, Share, day_of

_SHARES = {
    "danmaku": Share(60, 2, 20),
    "reply": Share(66, 2, 12),
    "favorite": Share(72, 10, 60),
    "coin": Share(78, 5, 30),
    "share": Share(84, 1, 9),
    "like": Share(90, 30, 110),
}
_INCREMENTS = {
    "inc_click": VIEWS,
    "inc_dm": _SHARES["danmaku"],
    "inc_reply": _SHARES["reply"],
    "inc_fav": _SHARES["favorite"],
    "inc_coin": _SHARES["coin"],
    "inc_share": _SHARES["share"],
    "inc_like": _SHARES["like"],
    "inc_elec": Share(102, 0, 1),
}
_PERIOD = 30 * 86_400


def counts(work: Work, now: float) -> dict[str, int]:
    """The numbers of a video at a moment."""
    shares = {name: share.at(work, now) for name, share in _SHARES.items()}
    return {"view": work.views(now), **shares}


def increments(works: Sequence[Work], now: float) -> dict[str, int]:
    """By how much the numbers of all these videos grew within the last 30 days."""
    growth = Growth(works, [Day(day_of(now), now - _PERIOD, now)])
    return {name: sum(growth.gains(share)) for name, share in _INCREMENTS.items()}
