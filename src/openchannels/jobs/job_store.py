"""The database in which DBOS records batches."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JobStore:
    """Address of the job store. `schema` names a PostgreSQL schema; None for a SQLite file."""

    url: str
    schema: str | None = None
