"""Covers and avatars: SVG drawn from the hash of the requested address; kinds of sent pictures."""

from openchannels.sandbox.http import Reply, Request
from openchannels.sandbox.ids import digest

_DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}">'
    '<rect width="{w}" height="{h}" fill="hsl({hue} 45% 38%)"/>'
    '<circle cx="{cx}" cy="{cy}" r="{r}" fill="hsl({other} 60% 66%)"/>'
    '<path d="M0 {h}L{px} {py}L{w} {h}Z" fill="hsl({hue} 40% 24%)"/></svg>'
)

_STARTS = {b"\xff\xd8\xff": "jpeg", b"\x89PNG\r\n": "png", b"GIF8": "gif", b"BM": "bmp"}


def kind_of_picture(content: bytes) -> str:
    """`jpeg`, `png`, `gif`, `bmp` or `webp` by how a file begins; empty if it is no picture."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    return next((kind for start, kind in _STARTS.items() if content.startswith(start)), "")


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
