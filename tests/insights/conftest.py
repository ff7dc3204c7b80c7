"""YouTube with a made-up platform's figures, bilibili without any, and an account on YouTube."""

from dataclasses import dataclass

import pytest
import pytest_asyncio

from openchannels.core.platforms import Platform
from tests.harness.paths import ACCOUNTS, WORKS
from tests.harness.rig import Rig
from tests.harness.tool import Answer, Tool
from tests.insights.made_up import Played, PlayedAccount, PlayedDetails, PlayedWork


@dataclass
class Scene:
    """A workspace with an account, and what the platform tells it."""

    tool: Tool
    played: Played
    account: str

    async def figures(self, **params: str) -> Answer:
        return await self.tool.get(f"{ACCOUNTS}/{self.account}/analytics", **params)

    async def work(self, rest: str, platform: str = "youtube", **params: str | int) -> Answer:
        return await self.tool.get(f"{WORKS}/{platform}/{rest}", **params)


@pytest.fixture
def played(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Played:
    made_up = Played()
    platforms = rig.runtime.services.context.platforms
    there, without = (platforms.connector(Platform(name)) for name in ("youtube", "bilibili"))
    for name, capability in (
        ("account_insights", PlayedAccount(made_up)),
        ("work_insights", PlayedWork(made_up)),
        ("details", PlayedDetails(made_up)),
    ):
        monkeypatch.setattr(there, name, capability)
        monkeypatch.setattr(without, name, None)
    rig.clock.hold()
    return made_up


@pytest_asyncio.fixture(loop_scope="module")
async def scene(tool: Tool, played: Played) -> Scene:
    return Scene(tool, played, await tool.connected("youtube"))
