"""The database in which DBOS records batches."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class JobStore:
    """Address of the job store. `schema` names a PostgreSQL schema; None for a SQLite file.

    `pooled_engine` makes an engine of so many connections for a pooler in transaction mode; None
    where there is none, and DBOS makes its own.
    """

    url: str
    schema: str | None = None
    pooled_engine: Callable[[int], Any] | None = None
