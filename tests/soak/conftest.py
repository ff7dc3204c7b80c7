from collections.abc import Callable

import pytest

from tests.harness.stores import STORES


@pytest.fixture(params=STORES)
def database(request: pytest.FixtureRequest, new_database: Callable[[], str]) -> str | None:
    """None for SQLite, or the URL of a PostgreSQL database without rows, for each test anew."""
    return None if request.param == "sqlite" else new_database()
