"""Where a list that is ordered by time and then by id, newest first, goes on."""

from sqlalchemy import ColumnElement, and_, or_

from openchannels.core.positions import Position


def is_older(
    at: ColumnElement[float], own_id: ColumnElement[str], place: Position
) -> ColumnElement[bool]:
    """Whether a row comes after a place in such a list; an index is entered by the first part."""
    return and_(at <= place.at, or_(at < place.at, own_id < place.id))
