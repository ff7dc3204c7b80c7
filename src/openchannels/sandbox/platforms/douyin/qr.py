"""The image of a mini-app's QR code.

It only looks like a QR code: the page it leads to is in the PNG's text chunk `path`.
"""

import base64
import binascii
import struct
import zlib
from collections.abc import Iterator

from openchannels.sandbox.ids import digest

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_DATA_URL = "data:image/png;base64,"
_MODULES, _MARGIN = 33, 2
_CORNER = 7


def draw(text: str, width: int) -> bytes:
    """A PNG, at most `width` pixels wide."""
    scale = max(1, width // (_MODULES + 2 * _MARGIN))
    side = scale * (_MODULES + 2 * _MARGIN)
    modules = range(-_MARGIN, _MODULES + _MARGIN)
    rows = b"".join((b"\x00" + _line(text, y, scale)) * scale for y in modules)
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    text_chunk = b"path\x00" + text.encode("latin-1", "replace")
    parts = [
        (b"IHDR", header),
        (b"tEXt", text_chunk),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    return _SIGNATURE + b"".join(_chunk(kind, content) for kind, content in parts)


def read(picture: str) -> str | None:
    """The page in an image that `draw` made, given in base64 or as a data URL; else None."""
    try:
        content = base64.b64decode(picture.removeprefix(_DATA_URL), validate=True)
    except (binascii.Error, ValueError):
        return None
    if not content.startswith(_SIGNATURE):
        return None
    for kind, body in _chunks(content):
        if kind == b"tEXt" and body.startswith(b"path\x00"):
            return body[5:].decode("latin-1")
    return None


def _line(text: str, y: int, scale: int) -> bytes:
    bits = digest("code", text, y)
    modules = range(-_MARGIN, _MODULES + _MARGIN)
    return b"".join((b"\x00" if _is_dark(x, y, bits) else b"\xff") * scale for x in modules)


def _is_dark(x: int, y: int, bits: int) -> bool:
    if not (0 <= x < _MODULES and 0 <= y < _MODULES):
        return False
    near_x, near_y = min(x, _MODULES - 1 - x), min(y, _MODULES - 1 - y)
    if near_x <= _CORNER and near_y <= _CORNER and not (x > _CORNER and y > _CORNER):
        ring = max(abs(near_x - 3), abs(near_y - 3))
        return ring in (0, 1, 3)
    return bool(bits >> x & 1)


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = len(_SIGNATURE)
    while position + 8 <= len(content):
        length = int.from_bytes(content[position : position + 4])
        start = position + 8
        yield content[position + 4 : start], content[start : start + length]
        position += length + 12
