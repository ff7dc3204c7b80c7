"""The accounts of Pinterest: ids, names, and whether they are for business."""

from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import Creator, Series
from openchannels.sandbox.figures import VIEWS, Day, Growth, day_of
from openchannels.sandbox.ids import digits, hexadecimal

_MONTH = 30 * 86_400


def user_id(person: str) -> str:
    """The account's id: 18 digits."""
    return digits(18, "pinterest user", person)


def username(person: str) -> str:
    """The account's handle."""
    return f"{person.lower()}{hexadecimal(4, 'pin name', person)}"


def is_business(creator: Creator) -> bool:
    """Whether it is a business account; a personal one has no analytics."""
    return creator.number("business", 0, 3) > 0


def profile(series: Series, boards: int, now: float) -> dict[str, Any]:
    """The profile; some counts are null for personal accounts."""
    creator, business = series.owner, is_business(series.owner)
    face = hexadecimal(16, "pin face", creator.person)
    month = [Day(day_of(now), now - _MONTH, now)]
    return {
        "id": user_id(creator.person),
        "username": username(creator.person),
        "account_type": "BUSINESS" if business else "PINNER",
        "business_name": creator.pick("brand", sample_text.BRANDS_EN) if business else None,
        "profile_image": f"https://i.pinimg.com/600x600_R/{face}.jpg",
        "website_url": "",
        "about": creator.pick("about", sample_text.LINES_EN),
        "board_count": boards,
        "pin_count": series.total,
        "follower_count": creator.growing_count("fans", 50, 40_000, now),
        "following_count": creator.number("following", 5, 900),
        "monthly_views": sum(Growth(series.counted(), month).gains(VIEWS)) if business else None,
    }
