"""Files that do harm where they are trusted; each is refused, or served so that nothing runs."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from itertools import product

from PIL import Image

from tests.assets.files import ACCEPTED, audio, image, video

HTML = b"<html><script>alert(document.domain)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>1</script></svg>'
MIB = 1024 * 1024
Hostile = tuple[str, str, Callable[[], bytes], frozenset[str]]
"""Name, filename, how it is made, and the types under which it may be served: none if refused."""

NEVER: frozenset[str] = frozenset()
TEXT = frozenset({"text/plain"})


def png(width: int, height: int, data: bytes = b"", more: bytes = b"") -> bytes:
    """A PNG of any claimed size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + more
        + chunk(b"IDAT", zlib.compress(data, 9))
        + chunk(b"IEND", b"")
    )


def text_bomb() -> bytes:
    """A compressed comment of 100 MB."""
    body = b"Comment\x00\x00" + zlib.compress(bytes(100 * MIB), 9)
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body
    return png(2, 2, bytes(14), chunk + struct.pack(">I", zlib.crc32(b"zTXt" + body)))


def gif(frames: int) -> bytes:
    """An animation of many frames that repeats for ever."""
    file = io.BytesIO()
    Image.new("P", (8, 8)).save(file, "GIF")
    whole = file.getvalue()
    loop = b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
    at = whole.index(b",")
    return whole[:at] + loop + whole[at:-1] * frames + b";"


def patched(whole: bytes, at: int, value: bytes) -> bytes:
    return whole[:at] + value + whole[at + len(value) :]


def mp4(width: int, height: int) -> bytes:
    """An MP4 whose container claims other dimensions than its stream."""
    whole = video("mp4", "mpeg4")
    sample = whole.index(b"mp4v") + 4
    return patched(whole, sample + 24, struct.pack(">HH", width, height))


def avi(width: int, height: int) -> bytes:
    """An AVI whose dimensions stand in the container alone."""
    whole = video("avi", "ffvhuff")
    return patched(whole, whole.index(b"strf") + 12, struct.pack("<II", width, height))


def atoms(depth: int) -> bytes:
    """Boxes within boxes."""
    body = b""
    for _ in range(depth):
        body = struct.pack(">I", len(body) + 8) + b"moov" + body
    return struct.pack(">I", 16) + b"ftypisom\x00\x00\x00\x00" + body


def polyglots() -> Iterator[Hostile]:
    """Files that are accepted with a page or a program behind them, under names of pages."""
    shown = {"jpeg", "png", "gif", "webp", "bmp", "tiff", "mp4", "webm", "mp3", "flac"}
    for (kind, extra), number in zip(
        product(sorted(shown), (HTML, b"PK\x03\x04" + b"x" * 99)), range(99), strict=False
    ):
        make, mime, _ = ACCEPTED[kind]
        name = ("page.html", "x.svg", "a.php", "b.jpg.exe", "c.js")[number % 5]

        def made(make: Callable[[], bytes] = make, extra: bytes = extra) -> bytes:
            return make() + extra

        yield f"{kind} and {extra[:4]!r}", name, made, frozenset({mime})


def cut() -> Iterator[Hostile]:
    """The first half, and the first bytes, of each kind that is accepted."""
    for kind, (make, mime, _) in ACCEPTED.items():

        def half(make: Callable[[], bytes] = make) -> bytes:
            return make()[: len(make()) // 2]

        def start(make: Callable[[], bytes] = make) -> bytes:
            return make()[:40]

        yield f"half of {kind}", "a.jpg", half, frozenset({mime})
        yield f"start of {kind}", "a.mp4", start, frozenset({mime})


def disguised() -> Iterator[Hostile]:
    """What is nothing that may be shown, under names of images."""
    table = {
        "html": HTML,
        "svg": SVG,
        "svg with declaration": b'<?xml version="1.0"?>' + SVG,
        "html with a mark": b"\xef\xbb\xbf" + HTML,
        "utf-16 html": HTML.decode().encode("utf-16"),
        "zip": b"PK\x03\x04" + bytes(200),
        "elf": b"\x7fELF" + bytes(200),
        "pe": b"MZ" + bytes(200),
        "pdf": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>\x00",
        "flash": b"CWS\x0a" + bytes(200),
        "java": b"\xca\xfe\xba\xbe" + bytes(200),
        "playlist": b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "concat": b"ffconcat version 1.0\nfile /etc/passwd\n",
        "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file\n",
        "heic": b"\x00\x00\x00\x18ftypheic" + bytes(200),
        "avif": b"\x00\x00\x00\x18ftypavif" + bytes(200),
        "icon": b"\x00\x00\x01\x00\x01\x00" + bytes(200),
        "photoshop": b"8BPS\x00\x01" + bytes(200),
        "zeros": bytes(4096),
        "php": b"<?php system($_GET[1]);",
        "one byte": b"x",
    }
    for name, content in table.items():

        def made(content: bytes = content) -> bytes:
            return content

        yield f"{name} as an image", "a.jpg", made, NEVER


def bombs() -> Iterator[Hostile]:
    """What is small on disk and large in memory, or never ends."""
    bmp = image("BMP")
    png_type, gif_type = frozenset({"image/png"}), frozenset({"image/gif"})
    huge_box = b"\x00\x00\x00\x01moov\x7f"
    endless = b"RIFF\xff\xff\xff\xff"
    looping = b"II*\x00\x08\x00\x00\x00\x00\x00\x08\x00\x00\x00"
    table: list[tuple[str, Callable[[], bytes], frozenset[str]]] = [
        ("png of 50,000 x 50,000", lambda: png(50_000, 50_000), NEVER),
        ("png of 2,147,483,647 x 1", lambda: png(2**31 - 1, 1), NEVER),
        ("png without width", lambda: png(0, 5), NEVER),
        ("png of 9,000 x 9,000", lambda: png(9000, 9000, bytes(243_009_000)), png_type),
        ("png with a comment of 100 MB", text_bomb, png_type),
        ("png whose data is missing", lambda: png(100, 100), NEVER),
        ("gif of 20,000 frames for ever", lambda: gif(20_000), gif_type),
        (
            "gif of 65,535 x 65,535",
            lambda: patched(image("GIF"), 6, b"\xff\xff\xff\xff"),
            NEVER,
        ),
        ("bmp of 2,000,000,000", lambda: patched(bmp, 18, struct.pack("<ii", 2**31 - 1, 9)), NEVER),
        ("bmp of negative width", lambda: patched(bmp, 18, struct.pack("<ii", -5, 9)), NEVER),
        ("tiff that leads to itself", lambda: looping, NEVER),
        ("webp of nothing", lambda: endless + b"WEBPVP8 " + b"\xff" * 99, NEVER),
        ("mp4 that claims 65,535 x 65,535", lambda: mp4(65_535, 65_535), frozenset({"video/mp4"})),
        ("avi of 65,535 x 65,535", lambda: avi(65_535, 65_535), NEVER),
        ("mp4 of boxes within boxes", lambda: atoms(20_000), NEVER),
        ("mp4 with a box of 2^63 bytes", lambda: atoms(0) + huge_box + bytes(99), NEVER),
        ("mkv of nothing", lambda: b"\x1aE\xdf\xa3" + b"\xff" * 4096, NEVER),
        ("ogg of nothing", lambda: b"OggS" + bytes(4096), NEVER),
        ("mp3 of nothing", lambda: b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + bytes(4096), NEVER),
        ("mp3 that is a byte order mark", lambda: b"\xff\xfe" + HTML, NEVER),
        ("wav without samples", lambda: audio("wav", "pcm_s16le")[:44], NEVER),
        ("avi of nothing", lambda: endless + b"AVI LIST" + bytes(4096), NEVER),
        ("flac of nothing", lambda: b"fLaC" + b"\xff" * 4096, NEVER),
    ]  # fmt: skip
    for name, made, types in table:
        yield name, "a.png", made, types


def documents() -> Iterator[Hostile]:
    """Pages and scripts where text is accepted: they are text, for download."""
    for number, content in enumerate((HTML, SVG, b"javascript:alert(1)", b"#EXTM3U\n/etc/passwd")):

        def made(content: bytes = content) -> bytes:
            return content

        yield f"text {number}", "subtitle.html", made, TEXT


HOSTILE: list[Hostile] = [*polyglots(), *cut(), *disguised(), *bombs()]
