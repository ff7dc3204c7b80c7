"""Values as requests carry them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote


def segment(text: str) -> str:
    """Returns a value as one segment of a path."""
    return quote(text, safe="")


def iso_time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
