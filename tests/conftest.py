"""Fixtures for all tests; see `tests/support/server.py` for what a `Service` can do.

`service` runs the real service once over SQLite and once over PostgreSQL, afresh for each test.
`shared_service` is the same for a whole module, for tests that leave nothing others trip over.
`start_service` starts one with options of one's own over the `store` of the test.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.platforms.summary import (
    pytest_collection_modifyitems as pytest_collection_modifyitems,
)
from tests.platforms.summary import pytest_configure as pytest_configure
from tests.platforms.summary import pytest_terminal_summary as pytest_terminal_summary
from tests.support.postgres import Postgres
from tests.support.server import Service, running_service

STORES = ("sqlite", "postgresql")
StartService = Callable[..., Service]

# No test fails because the machine is busy.
hypothesis.settings.register_profile("openchannels", deadline=None)
hypothesis.settings.load_profile("openchannels")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The PostgreSQL server of this process, for tests that want databases of their own."""
    server = Postgres()
    yield server
    server.stop()


def new_store(kind: str, request: pytest.FixtureRequest, directory: Path) -> str:
    """URL of an empty database of a kind."""
    if kind == "sqlite":
        return f"sqlite:///{directory / 'openchannels.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.database()


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database, once per kind."""
    return new_store(request.param, request, tmp_path)


@pytest.fixture
def start_service(store: str, tmp_path: Path) -> Iterator[StartService]:
    """Start a service with the options of `running_service`; all stop with the test."""
    with ExitStack() as running:

        def start(url: str = store, **options: Any) -> Service:
            return running.enter_context(running_service(url, tmp_path, **options))

        yield start


@pytest.fixture
def service(start_service: StartService) -> Service:
    """A running service with an empty database, once per kind of store."""
    return start_service()


@pytest.fixture(scope="module", params=STORES)
def shared_service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A running service that the tests of a module share, once per kind of store."""
    directory = tmp_path_factory.mktemp("shared")
    with running_service(new_store(request.param, request, directory), directory) as running:
        yield running
