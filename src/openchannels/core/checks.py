"""What was found when an installation was looked at."""

from dataclasses import dataclass
from enum import StrEnum

from openchannels.core.platforms import Text


class CheckState(StrEnum):
    """How a check came out. A fault prevents serving; a warning will be trouble later."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check; its name is stable."""

    name: str
    state: CheckState
    text: Text
