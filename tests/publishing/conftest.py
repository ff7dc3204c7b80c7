"""YouTube with a made-up platform's publishing, and a workspace with one account there."""

from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from openchannels.core import ids
from openchannels.core.platforms import Platform
from openchannels.core.publications import Content, Publication, PublishStatus, Stage
from openchannels.core.publishing import ContentLimits, Cost, PublishRules
from openchannels.core.works import ContentMode
from openchannels.service.publishing.engine import PublishDue
from openchannels.store.queries import publications as store
from tests.harness.rig import Rig
from tests.harness.tasks import run_due, task_named
from tests.harness.tool import Tool
from tests.publishing.made_up import PlayedPublisher, World

HOUR, DAY = 3600.0, 86_400.0
ANYTHING = PublishRules(
    content=ContentLimits(modes=tuple(ContentMode), title=100), cost=lambda _: (Cost(1, "uploads"),)
)
"""What the made-up platform accepts."""


@dataclass
class Desk:
    """A workspace that publishes: what it has asked for, and the platform's world."""

    rig: Rig
    tool: Tool
    world: World
    account: str
    user: str

    @property
    def task(self) -> PublishDue:
        found = task_named(self.rig.runtime.services, "publish")
        assert isinstance(found, PublishDue)
        return found

    async def add(self, title: str, at: float | None = None, **values: Any) -> str:
        """A publication for the account, due at a time (now, unless given)."""
        now = self.rig.clock()
        row = {
            "id": ids.new_object_id(),
            "flow_id": ids.new_object_id(),
            "user_id": self.user,
            "account_id": self.account,
            "platform": "youtube",
            "content": Content(title=title).as_json(),
            "option": {},
            "request_digest": bytes(32),
            "publish_at": now if at is None else at,
            "status": int(PublishStatus.WAITING),
            "stage": Stage.QUEUED.value,
            "warnings": [],
            "source": "api",
            "material": {},
            "reports": [],
            "stage_since": now,
            "due_at": now if at is None else at,
            "created_at": now,
            "updated_at": now,
            **values,
        }
        await self.rig.runtime.db.write(store.insert_one, row, [])
        return str(row["id"])

    async def work(self) -> None:
        """Do all that is due."""
        for _ in range(20):
            if not await run_due(self.rig.runtime.services, "publish"):
                return

    async def pass_time(self, seconds: float, step: float = 30.0) -> None:
        """Let time pass, with everything done that falls due in it."""
        end = self.rig.clock() + seconds
        while self.rig.clock() < end:
            self.rig.clock.hold(min(self.rig.clock() + step, end))
            await self.work()

    async def get(self, publication_id: str) -> Publication:
        found = await self.rig.runtime.db.read(store.get, publication_id)
        assert found is not None
        return found

    async def events(self, publication_id: str) -> list[str]:
        rows = await self.rig.rows("events", user_id=self.user)
        rows.sort(key=lambda row: row["sequence"])
        return [row["type"] for row in rows if row["data"].get("taskId") == publication_id]


@pytest.fixture
def world(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> World:
    made_up = World()
    connector = rig.runtime.services.context.platforms.connector(Platform("youtube"))
    monkeypatch.setattr(connector, "publisher", PlayedPublisher(made_up))
    monkeypatch.setattr(connector, "publishing", ANYTHING)
    rig.clock.hold()
    return made_up


@pytest_asyncio.fixture(loop_scope="module")
async def desk(rig: Rig, tool: Tool, world: World) -> Desk:
    account = await tool.connected("youtube")
    (row,) = await rig.rows("accounts", id=account)
    return Desk(rig, tool, world, account, row["user_id"])
