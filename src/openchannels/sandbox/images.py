"""Covers and avatars: SVG drawn from the hash of the requested address."""

from openchannels.sandbox.http import Reply, Request
from openchannels.sandbox.ids import digest

_DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}">'
    '<rect width="{w}" height="{h}" fill="hsl({hue} 45% 38%)"/>'
    '<circle cx="{cx}" cy="{cy}" r="{r}" fill="hsl({other} 60% 66%)"/>'
    '<path d="M0 {h}L{px} {py}L{w} {h}Z" fill="hsl({hue} 40% 24%)"/></svg>'
)


def _draw(request: Request, width: int, height: int) -> Reply:
    bits = digest("picture", request.host, request.path, request.query.pairs())
    hue = bits % 360
    text = _DRAWING.format(
        w=width,
        h=height,
        hue=hue,
        other=(hue + 60 + (bits >> 9) % 120) % 360,
        cx=width * (20 + (bits >> 20) % 60) // 100,
        cy=height * (20 + (bits >> 30) % 40) // 100,
        r=height // 6,
        px=width * (25 + (bits >> 40) % 50) // 100,
        py=height * (35 + (bits >> 50) % 30) // 100,
    )
    headers = {"content-type": "image/svg+xml", "cache-control": "public, max-age=86400"}
    return Reply(200, text.encode(), headers)


def cover(request: Request) -> Reply:
    """A wide image, the same at every call."""
    return _draw(request, 480, 270)


def avatar(request: Request) -> Reply:
    """A square image, the same at every call."""
    return _draw(request, 240, 240)
