"""Reads hostile files as the child of the probe does, each in a process of its own.

`python -m tests.assets.judge` prints a JSON object: the type of each file by its name, empty where
it is refused or the process dies of it. The processes are forks: the libraries are loaded once.
"""

import io
import json
import os
import sys

import av.subtitles.stream  # noqa: F401
from PIL import Image

from openchannels.assets import probe_child
from openchannels.core.assets import ContentRefused
from tests.assets.hostile import HOSTILE


def judge(content: bytes) -> str:
    """The type of a file, found in a fork with the limits of the child."""
    reading, writing = os.pipe()
    if not os.fork():
        os.dup2(writing, 1)
        os.closerange(3, 64)
        probe_child.limit()
        try:
            said = probe_child.verdict(io.BytesIO(content), len(content), False).mime_type
        except ContentRefused:
            said = ""
        os.write(1, said.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.wait()
    return said


if __name__ == "__main__":
    Image.init()
    json.dump({name: judge(make()) for name, _, make, _ in HOSTILE}, sys.stdout)
