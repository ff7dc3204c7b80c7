"""Whether a file is plain text."""

import codecs
import re
from typing import IO

from openchannels.core.assets import ContentRefused, FileContent, UploadFault

MAX_TEXT = 10 * 1024 * 1024
PART = 64 * 1024
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
"""Control characters, without tab, line ends and form feed."""
MIME_TYPE = "text/plain; charset=utf-8"


def read_text(file: IO[bytes], size: int) -> FileContent:
    """Returns that the file is text. Raises ContentRefused: UTF-8 without control characters is."""
    if size > MAX_TEXT:
        raise ContentRefused(UploadFault.TYPE)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while True:
            part = file.read(PART)
            if CONTROLS.search(decoder.decode(part, final=not part)):
                raise ContentRefused(UploadFault.TYPE)
            if not part:
                return FileContent(MIME_TYPE, {})
    except UnicodeDecodeError:
        raise ContentRefused(UploadFault.TYPE) from None
