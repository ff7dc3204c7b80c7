"""Fixtures over the rig: the service on both stores, one per module and emptied for each test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.soak.rig import STORES, Rig, Tool, open_rig
from tests.support.postgres import Postgres

OpenRig = Callable[..., Awaitable[Rig]]


@pytest.fixture(scope="session")
def new_database(postgres: Postgres) -> Callable[[], str]:
    """Makes empty PostgreSQL databases."""
    return postgres.database


@pytest.fixture(scope="module", params=STORES)
def database(request: pytest.FixtureRequest) -> str | None:
    """None for SQLite, or the URL of an empty PostgreSQL database."""
    if request.param == "sqlite":
        return None
    url: str = request.getfixturevalue("new_database")()
    return url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(
    database: str | None, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Rig]:
    """The service of a module."""
    async with open_rig(tmp_path_factory.mktemp("rig"), database=database) as rig:
        yield rig


@pytest_asyncio.fixture(loop_scope="module")
async def rig(running: Rig) -> Rig:
    """The service of the module, emptied."""
    await running.fresh()
    return running


@pytest_asyncio.fixture(loop_scope="module")
async def tool(rig: Rig) -> Tool:
    """One workspace with its API key."""
    return await rig.tool()


@pytest_asyncio.fixture(loop_scope="module")
async def rig_with(tmp_path: Path) -> AsyncIterator[OpenRig]:
    """Opens a service of one's own, with other settings, on SQLite."""
    async with AsyncExitStack() as stack:

        async def opened(**options: Any) -> Rig:
            return await stack.enter_async_context(open_rig(tmp_path / "own", **options))

        yield opened
