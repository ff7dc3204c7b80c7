"""Fixtures for all tests, by `tests/conftest.py`.

`service` runs the real service once over SQLite and once over PostgreSQL, afresh for each test.
`shared_service` is the same for a whole module, for tests that leave nothing others trip over.
`start_service` starts one with options of one's own over the `store` of the test. `rig`, with
`tool`, is one per module as well, emptied for each test, and lives in the loop of the tests.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from openchannels.store.database import Database, open_database
from tests.harness.postgres import Postgres
from tests.harness.receiver import Receiver, receiving
from tests.harness.rig import Rig, open_rig
from tests.harness.service import Service, running_service
from tests.harness.stores import STORES, sqlite_store
from tests.harness.tool import Tool

StartService = Callable[..., Service]
OpenRig = Callable[..., Awaitable[Rig]]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The PostgreSQL server of this run, for tests that want databases of their own."""
    server = Postgres()
    yield server
    server.stop()


def new_store(kind: str, request: pytest.FixtureRequest, directory: Path) -> str:
    """URL of a new database of a kind, with the present schema and without rows."""
    if kind == "sqlite":
        return sqlite_store(directory / "openchannels.db")
    server: Postgres = request.getfixturevalue("postgres")
    return server.database()


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a migrated database without rows, once per kind."""
    return new_store(request.param, request, tmp_path)


@pytest.fixture(params=STORES)
def empty_store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database without tables, once per kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'deep' / 'openchannels.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.database(empty=True)


@pytest.fixture
async def db(store: str) -> AsyncIterator[Database]:
    """The migrated store of the test, open."""
    database = open_database(store)
    yield database
    await database.close()


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


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest) -> Callable[[], str]:
    """Makes PostgreSQL databases without rows; the server starts with the first."""

    def made() -> str:
        server: Postgres = request.getfixturevalue("postgres")
        return server.database()

    return made


@pytest.fixture(scope="module", params=STORES)
def database(request: pytest.FixtureRequest, new_database: Callable[[], str]) -> str | None:
    """None for SQLite, or the URL of a PostgreSQL database without rows."""
    return None if request.param == "sqlite" else new_database()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(
    database: str | None, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Rig]:
    """The rig of a module."""
    async with open_rig(tmp_path_factory.mktemp("rig"), database=database) as rig:
        yield rig


@pytest_asyncio.fixture(loop_scope="module")
async def rig(running: Rig) -> Rig:
    """The rig of the module, emptied."""
    await running.fresh()
    return running


@pytest_asyncio.fixture(loop_scope="module")
async def tool(rig: Rig) -> Tool:
    """One workspace with its API key."""
    return await rig.tool()


@pytest_asyncio.fixture(loop_scope="module")
async def rig_with(tmp_path: Path) -> AsyncIterator[OpenRig]:
    """Opens a rig of one's own, with other settings, on SQLite."""
    async with AsyncExitStack() as stack:

        async def opened(**options: Any) -> Rig:
            return await stack.enter_async_context(open_rig(tmp_path / "own", **options))

        yield opened
