"""Places in lists that are ordered by time and then by id, and the cursors that name them.

A cursor holds the place itself, so it outlives the entry that was last given.
"""

from dataclasses import dataclass
from math import isfinite, nan

from openchannels.core import errors
from openchannels.core.exceptions import Issue
from openchannels.core.ids import OBJECT_ID


@dataclass(frozen=True, slots=True)
class Position:
    """The place of an entry: its time in Unix seconds, and its id."""

    at: float
    id: str

    @property
    def cursor(self) -> str:
        return f"{self.at.hex()}_{self.id}"


def read_position(cursor: str) -> Position:
    """Returns the place that a cursor names. Raises VALIDATION_FAILED for any other text."""
    written, _, entry_id = cursor.partition("_")
    try:
        at = float.fromhex(written)
    except (ValueError, OverflowError):
        at = nan
    if not isfinite(at) or not OBJECT_ID.fullmatch(entry_id):
        raise errors.validation_failed([Issue("cursor", "is not a cursor of this listing")])
    return Position(at, entry_id)
