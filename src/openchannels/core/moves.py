"""A store's move to another installation."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Move:
    """A move: its id, when it began (Unix seconds), and whether writes have ended."""

    id: str
    since: float
    closed: bool
