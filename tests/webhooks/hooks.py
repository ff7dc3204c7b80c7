"""Driving webhooks as a tool builder and as the background engine would."""

from typing import Any

from sqlalchemy import select

from openchannels.core.events import EventType
from openchannels.store.queries import events
from openchannels.store.tables import metadata
from tests.harness.paths import WEBHOOKS
from tests.harness.service import Service

DAY = 86_400.0


class Hooks:
    """A service, its webhooks and its background task."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.clock = service.clock
        self.task = service.services.deliveries

    def ask(self, method: str, path: str, user: str = "acme", **options: Any) -> dict[str, Any]:
        answer = self.service.client_of(user).request(method, path, **options)
        assert answer.status_code == 200
        body: dict[str, Any] = answer.json()
        return body

    def data(self, method: str, path: str, user: str = "acme", **options: Any) -> Any:
        body = self.ask(method, path, user, **options)
        assert body["code"] == 0, body
        return body["data"]

    def add(self, url: str, user: str = "acme", **more: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.data("POST", WEBHOOKS, user, json={"url": url, **more})
        return made

    def log(self, webhook_id: str, user: str = "acme", **query: Any) -> list[dict[str, Any]]:
        path = f"{WEBHOOKS}/{webhook_id}/deliveries"
        listed: list[dict[str, Any]] = self.data("GET", path, user, params=query)["list"]
        return listed

    def event(
        self,
        kind: EventType = EventType.OFFLINE,
        user: str = "acme",
        account: str = "youtube_1",
        **data: Any,
    ) -> str:
        """Write an event, as a change of the account would."""
        about, now = (account, "youtube"), self.clock()
        return self.write(lambda c: events.record_event(c, now, user, kind, about, **data))

    def write(self, fn: Any) -> Any:
        return self.service.run(self.service.services.context.db.write(fn))

    def rows(self, table: str, **where: Any) -> list[dict[str, Any]]:
        query = select(metadata.tables[table]).filter_by(**where)
        found = self.write(lambda c: c.execute(query).all())
        return [dict(row._mapping) for row in found]

    def turn(self) -> int:
        """One look of the background engine; how many deliveries it worked on."""
        batches = self.service.run(self.task.claim(16))
        for ids in batches:
            self.service.run(self.task.run(ids))
        return sum(len(ids) for ids in batches)

    def drain(self) -> int:
        """Work until nothing is due at this moment."""
        total = 0
        while done := self.turn():
            total += done
        return total
