"""Small renderers from plain text to safe HTML: sentences, initials and badges."""

from markupsafe import Markup, escape

from openchannels.core.platforms import Platform
from openchannels.service.platforms.registered import MARKS

_ALMOST_BLACK = 0x40
"""Below this in every channel, a colour needs a line around it on the dark pages."""


def initial(name: str | None) -> str:
    """Return the letter that stands for a name without a picture."""
    characters = (name or "").strip()
    return next((c for c in characters if c.isalnum()), characters[:1] or "?").upper()[:1]


def badge(platform_id: str | None, platform_name: str | None = None) -> Markup:
    """Draw the coloured square of a platform."""
    mark = MARKS.get(Platform(platform_id or ""))
    style = platform_id if mark else "none"
    return Markup('<span class="badge badge-{}" aria-hidden="true">{}</span>').format(
        style, mark.letters if mark else initial(platform_name or platform_id)
    )


def badge_styles() -> str:
    """Return the colours of all platforms' squares as rules of a style sheet."""
    return "".join(
        f".badge-{platform} {{ background: {mark.colour};{_line(mark.colour)} }}\n"
        for platform, mark in MARKS.items()
    )


def _line(colour: str) -> str:
    if max(bytes.fromhex(colour.removeprefix("#"))) >= _ALMOST_BLACK:
        return ""
    return " box-shadow: inset 0 0 0 1px rgb(255 255 255 / 18%);"


def emphasized(sentence: str, **gaps: object) -> Markup:
    """Fill the gaps of a sentence, each in bold and kept from turning its neighbours' direction."""
    filled = {
        name: Markup("<strong><bdi>{}</bdi></strong>").format(gap) for name, gap in gaps.items()
    }
    return escape(sentence).format(**filled)
