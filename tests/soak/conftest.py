from collections.abc import Callable

import pytest

from tests.soak.fixtures import new_database
from tests.soak.rig import STORES

__all__ = ["new_database"]


@pytest.fixture(params=STORES)
def database(request: pytest.FixtureRequest) -> str | None:
    """None for SQLite, or the URL of an empty PostgreSQL database, for each test anew."""
    if request.param == "sqlite":
        return None
    new: Callable[[], str] = request.getfixturevalue("new_database")
    return new()
