"""Small files of each kind that is accepted, made by the libraries that read them."""

import io
import random
from collections.abc import Callable, Mapping
from functools import cache

import av
from PIL import Image

RATE = 48_000
SRT = "1\n00:00:01,000 --> 00:00:02,000\n你好, <b>world</b>\n".encode()


@cache
def image(kind: str = "PNG", width: int = 64, height: int = 48, orientation: int = 1) -> bytes:
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", (width, height), "teal").save(file, kind, exif=exif)
    return file.getvalue()


@cache
def video(container: str = "mp4", codec: str = "libx264", *, sound: bool = False) -> bytes:
    """Half a second of 64 x 48 pixels."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        if sound:
            _write_sound(out, "aac", 24)
        for _ in range(5):
            out.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        out.mux(stream.encode(None))
    return file.getvalue()


@cache
def film(seconds: int = 5, width: int = 720, height: int = 1280) -> bytes:
    """An MP4 file with sound, of the size that platforms take: 24 pictures a second."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=24, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        _write_sound(out, "aac", seconds * RATE // 1024)
        frame = av.VideoFrame(width, height, "yuv420p")
        # Platforms refuse files of less than some 75 KB.
        frame.planes[0].update(random.Random(0).randbytes(frame.planes[0].buffer_size))
        for _ in range(seconds * 24):
            out.mux(stream.encode(frame))
            frame = av.VideoFrame(width, height, "yuv420p")
        out.mux(stream.encode(None))
    return file.getvalue()


@cache
def audio(container: str, codec: str) -> bytes:
    """Half a second of silence."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        _write_sound(out, codec, 24)
    return file.getvalue()


def _write_sound(out: av.container.OutputContainer, codec: str, frames: int) -> None:
    stream = out.add_stream(codec, rate=RATE)
    stream.layout = "mono"
    samples = stream.codec_context.frame_size or 1024
    for number in range(frames):
        frame = av.AudioFrame(stream.codec_context.format.name, "mono", samples)
        frame.sample_rate, frame.pts = RATE, number * samples
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))


Made = tuple[Callable[[], bytes], str, Mapping[str, object]]
"""How a file is made, what its bytes are, and what is known of them besides its duration."""

SIZE = {"width": 64, "height": 48}
FILM = {**SIZE, "frameRate": 10.0}
ACCEPTED: dict[str, Made] = {
    "jpeg": (lambda: image("JPEG"), "image/jpeg", {**SIZE, "codec": "jpeg"}),
    "a photo held upright": (
        lambda: image("JPEG", orientation=6),
        "image/jpeg",
        {"width": 48, "height": 64, "codec": "jpeg"},
    ),
    "png": (lambda: image("PNG"), "image/png", {**SIZE, "codec": "png"}),
    "gif": (lambda: image("GIF"), "image/gif", {**SIZE, "codec": "gif"}),
    "webp": (lambda: image("WEBP"), "image/webp", {**SIZE, "codec": "webp"}),
    "bmp": (lambda: image("BMP"), "image/bmp", {**SIZE, "codec": "bmp"}),
    "tiff": (lambda: image("TIFF"), "image/tiff", {**SIZE, "codec": "tiff"}),
    "mp4": (
        lambda: video(sound=True),
        "video/mp4",
        {**FILM, "codec": "h264", "audioCodec": "aac"},
    ),
    "mov": (lambda: video("mov"), "video/quicktime", {**FILM, "codec": "h264"}),
    "mkv": (lambda: video("matroska"), "video/x-matroska", {**FILM, "codec": "h264"}),
    "webm": (lambda: video("webm", "libvpx-vp9"), "video/webm", {**FILM, "codec": "vp9"}),
    "avi": (lambda: video("avi", "mpeg4"), "video/x-msvideo", {**FILM, "codec": "mpeg4"}),
    "m4a": (lambda: audio("ipod", "aac"), "audio/mp4", {"codec": "aac"}),
    "mp3": (lambda: audio("mp3", "libmp3lame"), "audio/mpeg", {"codec": "mp3"}),
    "aac": (lambda: audio("adts", "aac"), "audio/aac", {"codec": "aac"}),
    "wav": (lambda: audio("wav", "pcm_s16le"), "audio/wav", {"codec": "pcm_s16le"}),
    "flac": (lambda: audio("flac", "flac"), "audio/flac", {"codec": "flac"}),
    "ogg": (lambda: audio("ogg", "libopus"), "audio/ogg", {"codec": "opus"}),
}
