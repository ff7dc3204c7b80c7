"""The child that reads a file: it may use some processor time and memory, and open nothing.

Run as a script by `assets/probe.py`, with pipes as its only files.
"""

import json
import sys
from pathlib import Path
from typing import IO

sys.path.insert(0, str(Path(__file__).parents[2]))

from openchannels.assets import probe_wire as wire
from openchannels.assets.child_limits import limit, open_nothing, opened, reply
from openchannels.assets.read_image import read_image
from openchannels.assets.read_media import read_media
from openchannels.assets.read_text import read_text
from openchannels.core.assets import ContentRefused, FileContent, UploadFault
from openchannels.core.media_types import HEAD, Family, kind_of


def verdict(file: IO[bytes], size: int, text: bool) -> FileContent:
    """Returns what the file is. Raises ContentRefused."""
    if size == 0:
        raise ContentRefused(UploadFault.UNREADABLE)
    kind = kind_of(file.read(HEAD))
    file.seek(0)
    if kind is None:
        if not text:
            raise ContentRefused(UploadFault.TYPE)
        open_nothing()
        return read_text(file, size)
    if kind.family is Family.IMAGE:
        return read_image(file, kind, open_nothing)
    return read_media(file, kind, open_nothing)


def main() -> None:
    limit()
    size, text = wire.TASK.unpack(sys.stdin.buffer.read(wire.TASK.size))
    try:
        found = verdict(opened(size), size, text)
        said = {"mime": found.mime_type, "metadata": dict(found.metadata)}
    except ContentRefused as refused:
        said = {"fault": refused.fault.value}
    reply(json.dumps(said).encode())


if __name__ == "__main__":
    main()
