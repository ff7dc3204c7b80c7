"""Pins: their ids, pages by bookmark, and how calls show them.

https://developers.pinterest.com/docs/api/v5/pins-list
"""

import base64
from collections.abc import Callable
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.clock import utc_text
from openchannels.sandbox.dataset import Series, Work
from openchannels.sandbox.figures import VIEWS, Share
from openchannels.sandbox.ids import decimal, digits, from_base64url, hexadecimal
from openchannels.sandbox.platforms.pinterest.boards import home_of
from openchannels.sandbox.platforms.pinterest.profile import username
from openchannels.sandbox.work_ids import DecimalIds

PIN_IDS = DecimalIds(100_000_000_000_000_000, bits=56)
CLICKS, OUTBOUND = Share(60, 5, 60), Share(66, 1, 20)
REACTIONS, COMMENTS, SAVES = Share(72, 5, 40), Share(78, 0, 6), Share(84, 2, 30)
PIN_FILTERS: dict[str, Callable[[Work], bool]] = {
    "": lambda work: True,
    "exclude_repins": lambda work: not is_repin(work),
    "exclude_native": lambda work: is_repin(work),
    "has_been_promoted": lambda work: False,
}
"""Which pins the list holds, by `pin_filter`."""
_REPIN_EVERY = 9
_CYCLE = ("image", "image", "multiple_images", "video", "image", "multiple_mixed", "image")
_QUARTER = 90 * 86_400


def is_repin(work: Work) -> bool:
    """Whether the pin is saved from somebody else."""
    return work.post is None and work.index % _REPIN_EVERY == 6


def media_type(work: Work) -> str:
    """What a pin shows."""
    if work.post is not None:
        return str(work.post["kind"])
    return _CYCLE[work.index % len(_CYCLE)]


def bookmark(position: int, query: str) -> str:
    """The bookmark of a position in a list, which is valid for the same query only."""
    return base64.urlsafe_b64encode(f"{position}|{query}".encode()).decode()


def read_bookmark(text: str, query: str, start: int) -> int | None:
    """The position of a bookmark, `start` without one; None if it is invalid for this query."""
    if not text:
        return start
    position, _, made_for = (from_base64url(text) or "").partition("|")
    return decimal(position) if made_for == query else None


def page(
    series: Series, start: int, size: int, wanted: Callable[[Work], bool]
) -> tuple[list[Work], int | None]:
    """Up to `size` wanted works older than `start`, and the last index if there are more."""
    found: list[Work] = []
    before = start
    while len(found) <= size:
        batch = series.older_than(before, size * 2)
        if not batch:
            break
        before = batch[-1].index
        found += filter(wanted, batch)
    more = len(found) > size
    return found[:size], found[size - 1].index if more else None


def _images(file: str) -> dict[str, Any]:
    sizes = {
        "150x150": (150, 150),
        "400x300": (400, 300),
        "600x": (600, 900),
        "1200x": (1200, 1800),
    }
    return {
        name: {"width": w, "height": h, "url": f"https://i.pinimg.com/{name}/{file}.jpg"}
        for name, (w, h) in sizes.items()
    }


def _media(work: Work, identifier: str) -> dict[str, Any]:
    kind = media_type(work)
    file = hexadecimal(20, "pin", identifier)
    if kind == "image":
        return {"media_type": kind, "images": _images(file)}
    if kind == "video":
        return {
            "media_type": kind,
            "cover_image_url": f"https://i.pinimg.com/videos/{file}.jpg",
            "duration": work.number(96, 5_000, 90_000),
            "video_url": None,
            "images": _images(file),
        }
    if work.post is not None:
        items = [
            {"item_type": "image", "images": _images(f"{file[:-1]}{number}"), **item}
            for number, item in enumerate(work.post["items"])
        ]
        return {"media_type": kind, "items": items}
    first: dict[str, Any] = {
        "item_type": "image",
        "images": _images(file),
        "title": None,
        "description": None,
    }
    if kind == "multiple_mixed":
        picture = f"https://i.pinimg.com/videos/{file}.jpg"
        first = {"item_type": "video", "cover_image_url": picture, "duration": 9000}
    return {"media_type": kind, "items": [first, {"item_type": "image", "images": _images(file)}]}


def _counts(work: Work, now: float) -> dict[str, dict[str, int]]:
    """Counts of the last 90 days and of the whole time; the former have neither kind of answer."""
    then = now - _QUARTER
    before = work.views(then) if then > work.created else 0
    views = work.views(now)
    both = {"pin_click": CLICKS, "impression": VIEWS, "clickthrough": OUTBOUND}
    whole = both | {"reaction": REACTIONS, "comment": COMMENTS, "save": SAVES}
    return {
        "90d": {n: share.of(work, views) - share.of(work, before) for n, share in both.items()},
        "lifetime_metrics": {name: share.of(work, views) for name, share in whole.items()},
    }


def pin_body(work: Work, now: float, metrics: bool) -> dict[str, Any]:
    """A pin as calls answer it; every eighth derived one has no metrics."""
    has_metrics = work.post is not None or work.index % 8
    identifier = PIN_IDS.id_of(work)
    repin = is_repin(work)
    return {
        "id": identifier,
        "created_at": utc_text(work.created),
        **_said(work),
        "board_id": home_of(work),
        "board_owner": {"username": username(work.owner.person)},
        "creative_type": "REGULAR",
        "is_owner": not repin,
        "is_standard": True,
        "has_been_promoted": False,
        "parent_pin_id": digits(18, "parent", identifier) if repin else None,
        "media": _media(work, identifier),
        "pin_metrics": _counts(work, now) if metrics and has_metrics else None,
    }


def _said(work: Work) -> dict[str, Any]:
    """What the owner says of a pin."""
    if work.post is not None:
        post = work.post
        return {
            "link": post["link"],
            "title": post["title"] or None,
            "description": post["description"],
            "alt_text": post["alt_text"],
            "dominant_color": post["color"] or "#6E7874",
            "board_section_id": post["section"],
        }
    return {
        "link": None if work.index % 4 else "https://kiln.example/bowls",
        "title": work.title_en() if work.index % 6 else None,
        "description": work.pick(40, sample_text.LINES_EN) if work.index % 5 else None,
        "alt_text": None,
        "dominant_color": "#6E7874",
        "board_section_id": None,
    }
