"""Parts of files: which bytes a request carries or asks for (RFC 9110, section 14)."""

import re
from dataclasses import dataclass

from openchannels.service.assets.uploads import Piece

NUMBER = r"(\d{1,19})"
CARRIED = re.compile(rf"bytes {NUMBER}-{NUMBER}/(?:{NUMBER}|\*)")
STATE = re.compile(rf"bytes \*/(?:{NUMBER}|\*)")
ASKED = re.compile(rf"bytes=(?:{NUMBER}-{NUMBER}?|-{NUMBER})")


class InvalidRange(Exception):
    """A header that names no range of bytes."""


class UnsatisfiableRange(Exception):
    """A range that begins behind the end of the file."""


@dataclass(frozen=True, slots=True)
class StateQuery:
    """A request that carries nothing and asks how much has arrived: `bytes */total`."""


def read_content_range(text: str | None, length: int | None) -> Piece | StateQuery:
    """Returns what a request with a body of `length` bytes carries. Raises InvalidRange."""
    if text is None:
        return Piece(0, length, length)
    if STATE.fullmatch(text):
        return StateQuery()
    found = CARRIED.fullmatch(text)
    if found is None:
        raise InvalidRange
    first, last = int(found[1]), int(found[2])
    total = int(found[3]) if found[3] else None
    carried = last - first + 1
    if carried < 1 or (length is not None and length != carried):
        raise InvalidRange
    if total is not None and last >= total:
        raise InvalidRange
    return Piece(first, carried, total, is_range=True)


def read_range(text: str | None, size: int) -> tuple[int, int] | None:
    """Returns first byte and length of the range that is asked for; None for the whole file.

    Several ranges, other units and malformed headers are ignored, as the standard allows. Raises
    UnsatisfiableRange.
    """
    found = ASKED.fullmatch(text.replace(" ", "")) if text else None
    if found is None:
        return None
    if found[3] is not None:
        length = min(int(found[3]), size)
        if length == 0:
            raise UnsatisfiableRange
        return size - length, length
    first = int(found[1])
    last = min(int(found[2]), size - 1) if found[2] else size - 1
    if found[2] and int(found[2]) < first:
        return None
    if first >= size:
        raise UnsatisfiableRange
    return first, last - first + 1
