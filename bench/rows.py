"""What a row takes on PostgreSQL, its entries in indexes included, by table.

Fills a store as `bench.growth` does and prints bytes by row, and all of it by account. TOAST and
free space count too. Rows are only added, so there is nothing to vacuum.
"""

import argparse
import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg

from bench.growth import grown
from bench.report import Line, plain, print_table
from openchannels.app import logging
from tests.harness.postgres import Postgres

SIZES = (
    "SELECT relname AS name, pg_total_relation_size(oid) AS bytes, reltuples AS rows"
    " FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples > 0"
    " ORDER BY bytes DESC"
)
LEAST_ROWS = 1_000
"""Of fewer rows the first page of each index would count for more than they do."""


def measure(accounts: int) -> list[Line]:
    server = Postgres()
    try:
        with grown(accounts, "postgresql", server.database()) as store:
            rows = asyncio.run(_sizes(store.url))
    finally:
        server.stop()
    total = sum(row["bytes"] for row in rows)
    return [
        *(
            plain(f"{row['name']}: {row['rows']:,.0f} rows", row["bytes"] / row["rows"], " bytes")
            for row in rows
            if row["rows"] >= LEAST_ROWS
        ),
        plain("all tables, by account", total / accounts, " bytes"),
    ]


async def _sizes(url: str) -> Sequence[Any]:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("ANALYZE")
        found: Sequence[Any] = await connection.fetch(SIZES)
        return found
    finally:
        await connection.close()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--accounts", type=int, default=20_000)
    given = options.parse_args()
    logging.configure_logging("critical", "console")
    print_table("Bytes of a row on PostgreSQL", measure(given.accounts))


if __name__ == "__main__":
    main()
