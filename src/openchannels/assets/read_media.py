"""Reads video and audio with PyAV: https://pyav.basswood-io.com/docs/stable/"""

from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any

from openchannels.assets.decoding import refusing_damage
from openchannels.core.assets import ContentRefused, FileContent, UploadFault
from openchannels.core.media_types import FileKind

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.stream import VideoStream
    from PIL import Image

MAX_SIDE = 16_384
MAX_PIXELS = 64_000_000
MAX_STREAMS = 64
MICROSECONDS = 1_000_000
SHOWN_SECONDS = 1.0
QUICKTIME = b"qt  "
AUDIO = {
    FileKind.WAV: "audio/wav",
    FileKind.MP3: "audio/mpeg",
    FileKind.AAC: "audio/aac",
    FileKind.FLAC: "audio/flac",
}
"""Formats that hold audio only; a picture in them is a cover."""
CONTAINERS = {
    FileKind.MP4: "mp4",
    FileKind.MATROSKA: "x-matroska",
    FileKind.AVI: "x-msvideo",
    FileKind.OGG: "ogg",
}


def read_media(file: IO[bytes], kind: FileKind, imported: Callable[[], None]) -> FileContent:
    """Reads the streams and decodes a frame of the first.

    Metadata: width and height in pixels, duration in seconds, frames a second, codecs by FFmpeg's
    names. `imported` is called before anything of the file is read. Raises ContentRefused.
    """
    head = file.read(64)
    file.seek(0)
    with refusing_damage(), _opened(file, kind, imported) as container:
        return _described(container, kind, head)


def read_frame(file: IO[bytes], kind: FileKind, imported: Callable[[], None]) -> "Image.Image":
    """Reads the frame that a video shows after a second, upright; of a shorter one the last.

    `imported` is called before anything of the file is read. Raises ContentRefused.
    """
    import PIL.Image

    PIL.Image.init()
    with refusing_damage(), _opened(file, kind, imported) as container:
        video = _video(container)
        if video is None or kind in AUDIO:
            raise ContentRefused(UploadFault.TYPE)
        _check_sides(video)
        video.codec_context.thread_count = 1
        shown = None
        for shown in container.decode(video):
            if shown.time is None or shown.time >= SHOWN_SECONDS:
                break
        if shown is None:
            raise ContentRefused(UploadFault.UNREADABLE)
        image: Image.Image = shown.to_image()  # type: ignore[no-untyped-call]
        return image.rotate(shown.rotation, expand=True)


def _opened(file: IO[bytes], kind: FileKind, imported: Callable[[], None]) -> "InputContainer":
    import av
    import av.subtitles.stream  # PyAV imports it with the first file, which is too late.

    imported()
    # A named format: FFmpeg must not take the file for a playlist of other addresses.
    container = av.open(file, "r", format=kind.reader, metadata_errors="ignore")
    if len(container.streams) > MAX_STREAMS:
        container.close()
        raise ContentRefused(UploadFault.UNREADABLE)
    return container


def _video(container: "InputContainer") -> "VideoStream | None":
    return next((s for s in container.streams.video if not _is_cover(s)), None)


def _check_sides(video: "VideoStream") -> tuple[int, int]:
    """Returns width and height. Raises ContentRefused for those that take too much memory."""
    width, height = video.codec_context.width, video.codec_context.height
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= MAX_PIXELS):
        raise ContentRefused(UploadFault.DIMENSIONS)
    return width, height


def _described(container: "InputContainer", kind: FileKind, head: bytes) -> FileContent:
    video = _video(container)
    audio = next(iter(container.streams.audio), None)
    metadata: dict[str, Any] = {}
    shown: VideoStream | AudioStream
    if video is not None and kind not in AUDIO:
        width, height = _check_sides(video)
        metadata |= {"width": width, "height": height, "codec": _codec(video)}
        if video.average_rate:
            metadata["frameRate"] = round(float(video.average_rate), 3)
        if audio is not None:
            metadata["audioCodec"] = _codec(audio)
        shown = video
    elif audio is not None:
        metadata["codec"] = _codec(audio)
        shown = audio
    else:
        raise ContentRefused(UploadFault.UNREADABLE)
    _decode_one(container, shown)
    if container.duration is not None and container.duration > 0:
        metadata["duration"] = round(container.duration / MICROSECONDS, 3)
    return FileContent(_mime_type(kind, shown.type == "video", head), metadata)


def _codec(stream: Any) -> str:
    return str(stream.codec_context.codec.canonical_name)


def _is_cover(stream: Any) -> bool:
    from av.stream import Disposition

    return bool(stream.disposition & Disposition.attached_pic)


def _decode_one(container: "InputContainer", stream: Any) -> None:
    """Raises ContentRefused if the stream has no frame that can be decoded."""
    stream.codec_context.thread_count = 1
    if next(iter(container.decode(stream)), None) is None:
        raise ContentRefused(UploadFault.UNREADABLE)


def _mime_type(kind: FileKind, is_video: bool, head: bytes) -> str:
    if kind in AUDIO:
        return AUDIO[kind]
    name = CONTAINERS[kind]
    if kind is FileKind.MATROSKA and b"webm" in head:
        name = "webm"
    if kind is FileKind.MP4 and is_video and (head[4:8] != b"ftyp" or head[8:12] == QUICKTIME):
        name = "quicktime"
    return f"{'video' if is_video else 'audio'}/{name}"
