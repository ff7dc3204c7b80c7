"""Files of exported works: JSON lines, CSV or Parquet, written on after an interruption."""

import csv
import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from openchannels.cli.data.exits import CommandFailed, ExitCode
from openchannels.core.platforms import Text

if TYPE_CHECKING:
    from openchannels.client import Account, Work

BATCH = 5_000
"""Rows that are converted to Parquet at once."""
NEEDS_PYARROW = Text(
    'Parquet needs pyarrow: pip install "openchannels[parquet]"',
    'Parquet 需要 pyarrow：pip install "openchannels[parquet]"',
)
COUNTS = (
    "viewCount",
    "playCount",
    "impressionCount",
    "reachCount",
    "likeCount",
    "collectCount",
    "commentCount",
    "shareCount",
    "saveCount",
    "clickCount",
    "engagementCount",
)
COLUMNS = (
    "accountId",
    "platform",
    "accountName",
    "platformWorkId",
    "contentMode",
    "publishedAt",
    "title",
    "description",
    "url",
    "coverUrl",
    "status",
    "authorName",
    *COUNTS,
    "watchTimeSeconds",
)


class Format(StrEnum):
    """Form of the file."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


def format_of(path: Path, given: Format | None) -> Format:
    """Returns the form that was asked for, else that of the file's name, else JSON lines."""
    if given is not None:
        return given
    known = {".csv": Format.CSV, ".parquet": Format.PARQUET}
    return known.get(path.suffix.lower(), Format.JSONL)


def row_of(account: "Account", work: "Work") -> dict[str, Any]:
    """Returns a work and its figures as one flat object."""
    values = work.to_dict()
    metrics: Mapping[str, Any] = values.pop("metrics", {})
    named = {"accountId": account.id, "platform": account.type, "accountName": account.nickname}
    return {**named, **values, **metrics}


class RowFile:
    """A file of rows, complete up to `size` bytes; what was written behind that is dropped.

    `columns` are those of CSV; JSON lines hold whatever a row has.
    """

    def __init__(
        self, path: Path, form: Format, size: int, columns: Sequence[str] = COLUMNS
    ) -> None:
        self._csv = form is Format.CSV
        self._columns = columns
        self._file: IO[bytes] = path.open("r+b" if size else "wb")
        self._file.truncate(size)
        self._file.seek(size)
        if self._csv and not size:
            self._file.write(_csv_line(self._columns))

    def write(self, row: Mapping[str, Any]) -> None:
        values = [row.get(name) for name in self._columns]
        self._file.write(_csv_line(values) if self._csv else _json_line(row))

    def save(self) -> int:
        """Makes all rows survive a crash; returns the bytes written."""
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()

    def close(self) -> None:
        self._file.close()


def convert_to_parquet(rows: Path, target: Path) -> None:
    """Writes the rows of a file of JSON lines as Parquet."""
    pyarrow, parquet = load_pyarrow()
    schema = pyarrow.schema([(name, _arrow_type(pyarrow, name)) for name in COLUMNS])
    part = target.with_name(f"{target.name}.part")
    with parquet.ParquetWriter(part, schema) as writer:
        for batch in _batches(rows):
            writer.write_table(pyarrow.Table.from_pylist(batch, schema=schema))
    part.replace(target)


def load_pyarrow() -> tuple[Any, Any]:
    """Returns pyarrow and its Parquet module. Raises CommandFailed if it is not installed."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise CommandFailed(ExitCode.USAGE, NEEDS_PYARROW) from None
    return pyarrow, parquet


def _batches(rows: Path) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    with rows.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            batch.append({name: row.get(name) for name in COLUMNS})
            if len(batch) == BATCH:
                yield batch
                batch = []
    yield batch


def _arrow_type(pyarrow: Any, name: str) -> Any:
    if name in COUNTS:
        return pyarrow.int64()
    return pyarrow.float64() if name == "watchTimeSeconds" else pyarrow.string()


def _json_line(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"


def _csv_line(values: Sequence[Any]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue().encode()
