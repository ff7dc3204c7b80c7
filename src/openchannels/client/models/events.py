"""Events about accounts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from openchannels.client.results import Result


@dataclass(frozen=True, slots=True)
class Event(Result):
    """An event about an account; its `sequence` orders the events of an account."""

    id: str
    type: str
    timestamp: datetime
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sequence(self) -> int:
        return int(self.data["sequence"])


@dataclass(frozen=True, slots=True)
class EventPage(Result):
    """Events, oldest first."""

    has_next: bool
    list: tuple[Event, ...] = ()
