"""Images turned into others by a child process."""

import io

import pytest
from PIL import Image

from openchannels.assets.adapt import ChildAdapter
from openchannels.core.assets import ContentRefused, ImageTarget
from tests.assets.files import audio, image, video


async def adapted(data: bytes, target: ImageTarget) -> Image.Image:
    async def read(start: int, length: int) -> bytes:
        return data[start : start + length]

    made = await ChildAdapter().adapt(read, len(data), target)
    assert target.max_size is None or len(made) <= target.max_size
    return Image.open(io.BytesIO(made))


async def test_what_is_transparent_is_white_in_a_jpeg() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (40, 30), (0, 0, 0, 0)).save(file, "PNG")
    made = await adapted(file.getvalue(), ImageTarget("jpeg"))
    assert (made.format, made.size) == ("JPEG", (40, 30))
    assert made.getpixel((5, 5)) == (255, 255, 255)


async def test_turned_and_made_smaller() -> None:
    photo = image("JPEG", 800, 400, orientation=6)
    made = await adapted(photo, ImageTarget("webp", max_width=200, max_height=200))
    assert (made.format, made.size) == ("WEBP", (100, 200))


async def test_within_bytes() -> None:
    noise = Image.effect_noise((600, 600), 90)
    file = io.BytesIO()
    noise.save(file, "BMP")
    made = await adapted(file.getvalue(), ImageTarget("png", max_size=60_000))
    assert made.format == "PNG"
    assert made.width < 600


async def test_a_frame_of_a_video_fills_the_target() -> None:
    made = await adapted(video(), ImageTarget("jpeg", 20_000, 320, 100, fills=True))
    assert (made.format, made.size) == ("JPEG", (320, 100))


@pytest.mark.parametrize("data", [b"no image", image("PNG")[:60], audio("wav", "pcm_s16le")])
async def test_what_cannot_be_read_is_refused(data: bytes) -> None:
    with pytest.raises(ContentRefused):
        await adapted(data, ImageTarget("jpeg"))
