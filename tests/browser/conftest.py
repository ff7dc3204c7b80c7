from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.harness.rig import Rig, open_rig
from tests.harness.waiting import PATIENCE

TIMEOUT_MS = 1000 * PATIENCE
"""The viewer's script takes seconds where the processor is busy."""
expect.set_options(timeout=TIMEOUT_MS)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    """A service over SQLite."""
    async with open_rig(tmp_path_factory.mktemp("rig")) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def rig(running: Rig) -> Rig:
    """The service of the module, emptied."""
    await running.fresh()
    return running
