"""Renders plain text as safe HTML: sentences, initials and badges."""

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup, escape

_BADGES: Final[Mapping[str, str]] = {
    "douyin": "抖",
    "xhs": "红",
    "wxSph": "视",
    "KWAI": "快",
    "youtube": "YT",
    "wxGzh": "公",
    "bilibili": "B",
    "twitter": "X",
    "tiktok": "TT",
    "facebook": "f",
    "instagram": "IG",
    "threads": "@",
    "pinterest": "P",
    "linkedin": "in",
    "google_business": "G",
}


def initial(name: str | None) -> str:
    """Returns the letter shown for a name without a picture."""
    characters = (name or "").strip()
    return next((c for c in characters if c.isalnum()), characters[:1] or "?").upper()[:1]


def badge(platform_id: str | None, platform_name: str | None = None) -> Markup:
    """Returns the coloured badge of a platform."""
    letters = _BADGES.get(platform_id or "")
    style = platform_id if letters else "none"
    return Markup('<span class="badge badge-{}" aria-hidden="true">{}</span>').format(
        style, letters or initial(platform_name or platform_id)
    )


def emphasized(sentence: str, **gaps: object) -> Markup:
    """Fills the gaps of a sentence, each in bold and isolated from the text direction around it."""
    filled = {
        name: Markup("<strong><bdi>{}</bdi></strong>").format(gap) for name, gap in gaps.items()
    }
    return escape(sentence).format(**filled)
