"""Which features of PostgreSQL the store needs: the list of `docs/scaling.md`, and nothing else.

All statements of the migrations and of the functions in `store/queries` are recorded and searched.
What distributed databases of PostgreSQL's kind commonly lack is looked for by name.
"""

import contextlib
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from sqlalchemy import Connection

from openchannels.store import write_gate
from openchannels.store.migrate import migrate
from tests.harness.schemas import on_store
from tests.harness.statements import recorded
from tests.store.tour import stops

PAGE = Path(__file__).parents[2] / "docs" / "scaling.md"
NEEDED = {
    "row locks": r"FOR (UPDATE|SHARE|KEY SHARE|NO KEY UPDATE)",
    "`SKIP LOCKED`": r"SKIP LOCKED",
    "`ON CONFLICT`": r"ON CONFLICT",
    "`RETURNING`": r"RETURNING",
    "foreign keys": r"FOREIGN KEY|REFERENCES",
    "partial indexes": r"CREATE (UNIQUE )?INDEX .* WHERE",
    "identity by sequence": r"\b(BIG)?SERIAL\b",
    "`JSON` columns": r"\bJSON\b",
    "triggers for rows": r"FOR EACH ROW",
    "a trigger for `TRUNCATE`": r"BEFORE TRUNCATE",
    "PL/pgSQL": r"LANGUAGE plpgsql",
    "advisory locks of transactions": r"pg_advisory_xact_lock",
    "`ALTER TABLE` within a transaction": r"ALTER TABLE|op\.add_column",
}
"""What is needed, as `docs/scaling.md` names it, and how a statement shows it."""
LACKED = {
    "locks of sessions": r"pg_(try_)?advisory_(un)?lock",
    "LISTEN and NOTIFY": r"\b(LISTEN|NOTIFY)\b|pg_notify",
    "settings of sessions": r"(?m)^SET \w|\bSET (SESSION|LOCAL) |set_config",
    "locks of tables": r"LOCK TABLE",
    "temporary tables": r"\b(TEMP|TEMPORARY)\b",
    "inheritance and partitions": r"\bINHERITS\b|PARTITION OF|PARTITION BY (RANGE|LIST|HASH)",
    "exclusion constraints": r"\bEXCLUDE\b",
    "deferrable constraints": r"\bDEFERRABLE\b",
    "generated columns": r"GENERATED ALWAYS AS \(",
    "indexes that are no B-tree": r"USING (gist|gin|brin|hash|spgist)",
    "indexes built beside writes": r"CONCURRENTLY",
    "extensions": r"CREATE EXTENSION",
    "own types": r"CREATE (TYPE|DOMAIN)|ALTER TYPE",
    "two-phase commit": r"PREPARE TRANSACTION",
    "cursors on the server": r"DECLARE \w+ .*CURSOR",
    "savepoints": r"\bSAVEPOINT\b",
    "system columns": r"\b(ctid|xmin|xmax)\b",
    "large objects": r"\blo_\w+\(",
}
"""What is not needed, though PostgreSQL has it."""


@pytest.fixture(scope="module")
def postgresql(request: pytest.FixtureRequest) -> str:
    server = request.getfixturevalue("postgres")
    url: str = server.database(empty=True)
    return url


async def test_needed_is_what_the_page_names_and_nothing_that_others_lack(
    postgresql: str,
) -> None:
    texts = {*await of_migrations(postgresql), *await on_store(postgresql, of_queries)}
    texts |= {write_gate.POSTGRES_ADMITTED, write_gate.POSTGRES_ALONE, write_gate.CHECK}
    assert len(texts) > 300
    assert found_in(texts, NEEDED) == set(NEEDED)
    assert found_in(texts, LACKED) == set()
    page = PAGE.read_text("utf-8")
    assert [name for name in NEEDED if f"| {name} |" not in page] == []


def found_in(texts: Iterable[str], features: dict[str, str]) -> set[str]:
    joined = "\n".join(" ".join(text.split()) for text in texts)
    return {name for name, pattern in features.items() if re.search(pattern, joined)}


async def of_migrations(url: str) -> set[str]:
    """The statements that make the schema, by Alembic's record of what it would run."""
    await migrate(url)
    scripts = Path(write_gate.__file__).parent / "migrations" / "versions"
    own = {path.read_text("utf-8") for path in scripts.glob("*.py")}
    return {*own, *await on_store(url, definitions)}


def definitions(connection: Connection) -> set[str]:
    """What the schema has become: columns, constraints, indexes."""
    columns = (
        "SELECT data_type || ' ' || coalesce(column_default, '') FROM information_schema.columns"
    )
    rows = connection.exec_driver_sql(f"{columns} WHERE table_schema = 'public'")
    texts = {str(row[0]).replace("nextval(", "SERIAL nextval(").upper() for row in rows}
    rows = connection.exec_driver_sql("SELECT pg_get_constraintdef(oid) FROM pg_constraint")
    texts |= {str(row[0]) for row in rows}
    rows = connection.exec_driver_sql("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'")
    return texts | {str(row[0]).replace("USING btree", "") for row in rows}


def of_queries(connection: Connection) -> set[str]:
    """The statements of each function below `store/queries`, on an empty store."""
    found: set[str] = set()
    for stop in stops():
        with recorded(connection) as statements:
            # Rows that are not there; what was asked is recorded.
            with contextlib.suppress(Exception):
                stop.call(connection)
            connection.rollback()
        found |= {text for text, _ in statements}
    return found
