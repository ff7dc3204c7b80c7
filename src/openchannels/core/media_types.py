"""Which kind of file some bytes begin, by their signatures alone."""

from enum import Enum, auto

HEAD = 32
"""Bytes at the start of a file by which it is recognised."""
STILL_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1", b"avif", b"avis"})
"""Brands of images in the container of MP4, which are not accepted."""


class Family(Enum):
    """What reads a file."""

    IMAGE = auto()
    MEDIA = auto()


class FileKind(Enum):
    """A format that is accepted: the name that its reader knows, and who reads it."""

    JPEG = ("JPEG", Family.IMAGE)
    PNG = ("PNG", Family.IMAGE)
    GIF = ("GIF", Family.IMAGE)
    WEBP = ("WEBP", Family.IMAGE)
    BMP = ("BMP", Family.IMAGE)
    TIFF = ("TIFF", Family.IMAGE)
    MP4 = ("mp4", Family.MEDIA)
    MATROSKA = ("matroska", Family.MEDIA)
    AVI = ("avi", Family.MEDIA)
    WAV = ("wav", Family.MEDIA)
    MP3 = ("mp3", Family.MEDIA)
    AAC = ("aac", Family.MEDIA)
    FLAC = ("flac", Family.MEDIA)
    OGG = ("ogg", Family.MEDIA)

    @property
    def reader(self) -> str:
        return self.value[0]

    @property
    def family(self) -> Family:
        return self.value[1]


SIGNATURES = (
    (b"\xff\xd8\xff", FileKind.JPEG),
    (b"\x89PNG\r\n\x1a\n", FileKind.PNG),
    (b"GIF87a", FileKind.GIF),
    (b"GIF89a", FileKind.GIF),
    (b"BM", FileKind.BMP),
    (b"II*\x00", FileKind.TIFF),
    (b"MM\x00*", FileKind.TIFF),
    (b"\x1aE\xdf\xa3", FileKind.MATROSKA),
    (b"fLaC", FileKind.FLAC),
    (b"OggS", FileKind.OGG),
    (b"ID3", FileKind.MP3),
)
MOVIE_ATOMS = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})
"""What QuickTime files begin with; MP4 always with the first."""
RIFF = {b"WEBP": FileKind.WEBP, b"AVI ": FileKind.AVI, b"WAVE": FileKind.WAV}


def kind_of(head: bytes) -> FileKind | None:
    """Returns the format that the first bytes of a file announce; None for any other."""
    for signature, kind in SIGNATURES:
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF":
        return RIFF.get(head[8:12])
    if head[4:8] in MOVIE_ATOMS:
        return None if head[8:12] in STILL_BRANDS else FileKind.MP4
    return _raw_audio(head)


def _raw_audio(head: bytes) -> FileKind | None:
    """Frames without a container begin with eleven or twelve set bits."""
    if len(head) < 2 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    layer = head[1] & 0x06
    return FileKind.AAC if head[1] & 0xF0 == 0xF0 and not layer else FileKind.MP3


def may_begin(head: bytes, *, text: bool) -> bool:
    """Whether a file that is accepted can begin with these bytes; too few decide nothing."""
    if len(head) < HEAD or kind_of(head) is not None:
        return True
    return text and b"\x00" not in head
