"""Files that calls send: their bytes are counted and summed, and never kept."""

import zlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """What has come of a file: its bytes and their CRC-32."""

    size: int = 0
    checksum: int = 0

    def with_part(self, part: bytes) -> "ReceivedFile":
        """The same file with more bytes at its end."""
        return ReceivedFile(self.size + len(part), zlib.crc32(part, self.checksum))
