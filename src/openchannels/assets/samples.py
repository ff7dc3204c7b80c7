"""Makes a small picture and a small video, for those who have none at hand.

Both are as large as platforms want them: some refuse sides below 540 pixels, and videos of less
than three seconds.
"""

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.container import OutputContainer
    from PIL import Image

PICTURE_SIDE = 1080
VIDEO_SIZE = 540, 960
VIDEO_SECONDS = 4
FRAMES_A_SECOND = 24
SOUND_RATE = 48_000
STRIPE = 90
COLOURS = "#0f4c5c", "#9a031e", "#e36414", "#fb8b24", "#5f0f40"


def sample_picture() -> bytes:
    """Returns a square WebP image of coloured stripes."""
    file = io.BytesIO()
    _stripes((PICTURE_SIDE, PICTURE_SIDE), 0).save(file, "WEBP", quality=90)
    return file.getvalue()


def sample_video() -> bytes:
    """Returns an upright MP4 of H.264 and AAC, in which the stripes move and nothing is heard."""
    import av

    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=FRAMES_A_SECOND, options={"preset": "ultrafast"})
        (stream.width, stream.height), stream.pix_fmt = VIDEO_SIZE, "yuv420p"
        _write_silence(out)
        for number in range(VIDEO_SECONDS * FRAMES_A_SECOND):
            picture = _stripes(VIDEO_SIZE, number * 4)
            frame = av.VideoFrame.from_image(picture)  # type: ignore[no-untyped-call]
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()


def _stripes(size: tuple[int, int], shift: int) -> "Image.Image":
    """Returns slanting stripes that are moved to the right by so many pixels."""
    from PIL import Image, ImageDraw

    width, height = size
    picture = Image.new("RGB", size)
    draw = ImageDraw.Draw(picture)
    period = STRIPE * len(COLOURS)
    for number, left in enumerate(range(-height - period + shift % period, width, STRIPE)):
        right = left + STRIPE
        corners = [(left, height), (right, height), (right + height, 0), (left + height, 0)]
        draw.polygon(corners, fill=COLOURS[number % len(COLOURS)])
    return picture


def _write_silence(out: "OutputContainer") -> None:
    import av

    stream = out.add_stream("aac", rate=SOUND_RATE)
    stream.layout = "mono"
    samples = stream.codec_context.frame_size or 1024
    for number in range(VIDEO_SECONDS * SOUND_RATE // samples):
        frame = av.AudioFrame(stream.codec_context.format.name, "mono", samples)
        frame.sample_rate, frame.pts = SOUND_RATE, number * samples
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))
