"""Reads images with Pillow: https://pillow.readthedocs.io/en/stable/handbook/image-file-formats.html"""

from collections.abc import Callable
from typing import IO

from openchannels.assets.decoding import refusing_damage
from openchannels.core.assets import ContentRefused, FileContent, UploadFault
from openchannels.core.media_types import FileKind

MAX_PIXELS = 100_000_000
MAX_SIDE = 32_768
TYPES = {
    FileKind.JPEG: "image/jpeg",
    FileKind.PNG: "image/png",
    FileKind.GIF: "image/gif",
    FileKind.WEBP: "image/webp",
    FileKind.BMP: "image/bmp",
    FileKind.TIFF: "image/tiff",
}
ORIENTATION = 0x0112
TURNED = (5, 6, 7, 8)
"""EXIF orientations that swap width and height: https://exiftool.org/TagNames/EXIF.html"""


def read_image(file: IO[bytes], kind: FileKind, imported: Callable[[], None]) -> FileContent:
    """Decodes the first frame; width and height are as the image is shown.

    `imported` is called before anything of the file is read. Raises ContentRefused.
    """
    from PIL import Image

    Image.init()
    Image.MAX_IMAGE_PIXELS = None  # Both sides are checked below, before anything is decoded.
    imported()
    with refusing_damage():
        image = Image.open(file, formats=(kind.reader,))
        width, height = image.size
        if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
            raise ContentRefused(UploadFault.DIMENSIONS)
        if image.getexif().get(ORIENTATION) in TURNED:
            width, height = height, width
        image.load()
    return FileContent(
        TYPES[kind], {"width": width, "height": height, "codec": kind.reader.lower()}
    )
