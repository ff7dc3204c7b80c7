"""The platforms' logos: drawings of our own, made from each platform's mark and name."""

from functools import cache

from markupsafe import Markup

from openchannels.core.platforms import Platform
from openchannels.service.platforms.registered import LOGO_SUFFIX, MARKS, NAMES

MEDIA_TYPE = "image/svg+xml"
HEADERS = {
    "Cache-Control": "public, max-age=86400",
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}
_FITS = 12
"""Letters of a name that fit at its size; longer names are squeezed."""
_SVG = Markup(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" role="img" aria-label="{name}">'
    "<title>{name}</title>"
    '<rect x=".5" y=".5" width="95" height="95" rx="20" fill="{colour}" stroke="#fff"'
    ' stroke-opacity=".18"/>'
    '<g fill="#fff" font-family="system-ui, sans-serif" text-anchor="middle">'
    '<text x="48" y="56" font-size="42" font-weight="700">{letters}</text>'
    '<text x="48" y="80" font-size="12"{squeezed}>{name}</text>'
    "</g></svg>\n"
)
_SQUEEZED = Markup(' textLength="80" lengthAdjust="spacingAndGlyphs"')


def logo(file_name: str) -> bytes | None:
    """Returns the SVG by its file name, such as `youtube.svg`; None for any other name."""
    platform = file_name.removesuffix(LOGO_SUFFIX)
    known = platform in MARKS and file_name.endswith(LOGO_SUFFIX)
    return _draw(Platform(platform)) if known else None


@cache
def _draw(platform: Platform) -> bytes:
    mark, name = MARKS[platform], NAMES[platform].en
    squeezed = _SQUEEZED if len(name) > _FITS else ""
    return _SVG.format(
        name=name, colour=mark.colour, letters=mark.letters, squeezed=squeezed
    ).encode()
