"""Where batches are recorded."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JobStore:
    """`schema` is within a PostgreSQL database; None for a SQLite file."""

    url: str
    schema: str | None = None
