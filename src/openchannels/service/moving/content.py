"""The content of an export: lines of JSON, a manifest first, then rows, then their numbers.

Sealed values are opened into it: the file is sealed as a whole, and the target seals them by its
own master key.
"""

import base64
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from openchannels.service.admin.key_rotation import PLACES
from openchannels.service.moving.refused import MoveRefused
from openchannels.store.migrate import REVISIONS
from openchannels.store.queries.transfer import MOVED, Values
from openchannels.store.tables import metadata
from openchannels.store.vault.vault import Vault, VaultError

FORMAT = 1
BATCH = 500
BYTES = "$bytes"
"""Marks a value that is bytes, in base64."""
SEALED = {(place.table.name, place.column): place.row for place in PLACES if place.only is None}
"""The name under which the vault seals a column's value, from the row's primary key."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Where an export comes from. `move` and `since` say that the source had stopped writing."""

    format: int
    schema: str
    environment: str | None
    store_tag: str | None
    move: str
    since: float


class Rows:
    """Rows as lines, with their secrets opened or sealed by a vault."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def line(self, table: str, row: Mapping[str, Any]) -> bytes:
        """Returns a row as a line. Raises MoveRefused for a secret that no key opens."""
        return _line([table, {name: self._shown(table, name, row) for name in row}])

    def _shown(self, table: str, name: str, row: Mapping[str, Any]) -> Any:
        value = row[name]
        if not isinstance(value, bytes):
            return value
        if (table, name) in SEALED:
            vault_row = _vault_row(table, name, row)
            try:
                value = self._vault.open(value, vault_row)
            except VaultError as error:
                raise MoveRefused(
                    f"No master key opens {vault_row}: {error}. Mend that after `openchannels"
                    " moving off`, and export again."
                ) from None
        return {BYTES: base64.b64encode(value).decode()}

    def row(self, table: str, values: Mapping[str, Any]) -> Values:
        """Returns the row of a line, its secrets sealed for this store."""
        row = {name: _plain(value) for name, value in values.items()}
        for name, value in row.items():
            if value is not None and (table, name) in SEALED:
                row[name] = self._vault.seal(value, _vault_row(table, name, row))
        return row

    def batches(self, lines: Iterator[bytes]) -> Iterator[tuple[str, list[Values]]]:
        """Yields tables with some of their rows each, up to the end's line.

        Raises MoveRefused where the rows are not those that the end's line counts.
        """
        counts, batch, current = Counter[str](), list[Values](), ""
        end: Mapping[str, Any] = {}
        for value in map(json.loads, lines):
            if isinstance(value, dict):
                end = value
                break
            table, values = value
            if batch and (table != current or len(batch) == BATCH):
                yield current, batch
                batch = []
            current = _known(table)
            batch.append(self.row(current, values))
            counts[current] += 1
        if batch:
            yield current, batch
        if end.get("rows") != counts or next(lines, None) is not None:
            raise MoveRefused("The file does not hold the rows that it counts at its end.")


def manifest_line(manifest: Manifest) -> bytes:
    return _line({"manifest": asdict(manifest)})


def end_line(counts: Mapping[str, int]) -> bytes:
    return _line({"rows": {name: count for name, count in counts.items() if count}})


def read_manifest(line: bytes) -> Manifest:
    """Returns the manifest of a first line.

    Raises MoveRefused for content of a newer version, and of a store that was not moving: its
    refresh tokens would be used by two stores.
    """
    try:
        manifest = Manifest(**json.loads(line)["manifest"])
    except (ValueError, KeyError, TypeError):
        raise MoveRefused("The file does not begin with a manifest that is known here.") from None
    if manifest.format != FORMAT or manifest.schema not in REVISIONS:
        raise MoveRefused("The file was made by a newer version of openchannels; upgrade first.")
    if not manifest.move or not manifest.since:
        raise MoveRefused("The file comes from a store that was not moving; export it again.")
    return manifest


def _known(table: str) -> str:
    if table not in {one.name for one in MOVED}:
        raise MoveRefused(f"The file holds rows of an unknown table {table!r}.")
    return table


def _vault_row(table: str, name: str, row: Mapping[str, Any]) -> str:
    keys = metadata.tables[table].primary_key.columns
    return SEALED[table, name](*(row[column.name] for column in keys))


def _plain(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {BYTES}:
        return base64.b64decode(value[BYTES])
    return value


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
