"""The child that turns an image or a frame of a video into an image; it may open nothing.

Run as a script by `assets/adapt.py`, with pipes as its only files. An empty answer says that the
file cannot be read, or not be made small enough.
"""

import io
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from openchannels.assets import probe_wire as wire
from openchannels.assets.child_limits import limit, open_nothing, opened, reply
from openchannels.assets.decoding import refusing_damage
from openchannels.assets.read_image import MAX_PIXELS, MAX_SIDE
from openchannels.assets.read_media import read_frame
from openchannels.core.assets import ContentRefused, ImageTarget, UploadFault
from openchannels.core.media_types import HEAD, Family, FileKind, kind_of

if TYPE_CHECKING:
    from PIL import Image

QUALITIES = (92, 85, 75, 60)
SMALLER = 0.8
TRIES = 12
"""How often it is made smaller, each time by a fifth of its sides."""


def adapted(file: IO[bytes], target: ImageTarget) -> bytes:
    """Returns the picture, upright, in the format and within the bounds of the target."""
    from PIL import Image

    Image.init()
    kind = kind_of(file.read(HEAD))
    file.seek(0)
    if kind is None:
        raise ContentRefused(UploadFault.TYPE)
    if kind.family is Family.MEDIA:
        return _within(_sized(read_frame(file, kind, open_nothing), target), target)
    open_nothing()
    with refusing_damage():
        return _within(_sized(_upright(file, kind), target), target)


def _upright(file: IO[bytes], kind: FileKind) -> "Image.Image":
    """The first frame of an image file, upright."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # Both sides are checked below, before anything is decoded.
    image = Image.open(file, formats=(kind.reader,))
    if max(image.size) > MAX_SIDE or image.size[0] * image.size[1] > MAX_PIXELS:
        raise ContentRefused(UploadFault.DIMENSIONS)
    return ImageOps.exif_transpose(image)


def _sized(image: "Image.Image", target: ImageTarget) -> "Image.Image":
    """The image with the colours and the sides that the target has."""
    from PIL import ImageOps

    shown = _in_mode(image, target.format)
    if target.fills and target.max_width and target.max_height:
        return ImageOps.fit(shown, (target.max_width, target.max_height))
    shown.thumbnail((target.max_width or MAX_SIDE, target.max_height or MAX_SIDE))
    return shown


def _in_mode(image: "Image.Image", name: str) -> "Image.Image":
    """The image with colours that the format has; JPEG shows what is transparent on white."""
    from PIL import Image

    if name != "jpeg":
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    seen = image.convert("RGBA")
    page = Image.new("RGB", seen.size, "white")
    page.paste(seen, mask=seen.getchannel("A"))
    return page


def _within(image: "Image.Image", target: ImageTarget) -> bytes:
    """The image in as many bytes as are allowed: of less quality first, then smaller."""
    most = target.max_size or wire.MAX_IMAGE
    for _ in range(TRIES):
        for settings in _settings(target.format):
            data = io.BytesIO()
            image.save(data, target.format.upper(), **settings)
            if data.tell() <= most:
                return data.getvalue()
        sides = [max(1, round(side * SMALLER)) for side in image.size]
        image = image.resize((sides[0], sides[1]))
    raise ContentRefused(UploadFault.LENGTH)


def _settings(name: str) -> list[dict[str, Any]]:
    if name == "png":
        return [{"optimize": True}]
    return [{"quality": quality} for quality in QUALITIES]


def main() -> None:
    limit()
    size, name, most, width, height, fills = wire.IMAGE_TASK.unpack(
        sys.stdin.buffer.read(wire.IMAGE_TASK.size)
    )
    target = ImageTarget(name.rstrip(b"\0").decode(), most, width or None, height or None, fills)
    try:
        data = adapted(opened(size), target)
    except ContentRefused:
        data = b""
    reply(data)


if __name__ == "__main__":
    main()
