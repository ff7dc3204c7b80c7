from collections.abc import Callable

import pytest

from tests.harness.stores import STORES


@pytest.fixture(params=STORES)
def database(request: pytest.FixtureRequest, new_database: Callable[[], str]) -> str | None:
    """None for SQLite, or the URL of a PostgreSQL database without rows, a new one for each test.

    Reduced sizes take this where rows are written by several at once or survive an end; what a
    program counts of pages, addresses and answers is the same over either store.
    """
    return None if request.param == "sqlite" else new_database()
