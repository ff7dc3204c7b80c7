"""Things that a platform shows and that cannot be used, with the reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from openchannels.core.platforms import Text


@dataclass(frozen=True, slots=True)
class Unusable:
    """Something seen at a platform that cannot be used: its name there, and why."""

    name: str
    reason: Text


def unusable_data(found: Iterable[Unusable]) -> dict[str, Any]:
    """Returns the field `unusable` in both languages; nothing if all can be used."""
    listed = [{"name": one.name, "reason": dict(one.reason.as_wire())} for one in found]
    return {"unusable": listed} if listed else {}
