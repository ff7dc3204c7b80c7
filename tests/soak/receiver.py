"""A receiver of webhooks that goes down and up, and now and then refuses what it has taken."""

import json
import random
from collections import Counter
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

REFUSING = 0.02
"""Share of messages that are taken and refused all the same: they come again."""
ASKED_WHILE_DOWN = 100
"""The oldest events have been tried for a day: refused, they would come in many minutes only."""


class Receiver:
    """Keeps what each id held, and how often it came."""

    def __init__(self, port: int) -> None:
        self.secret = ""
        self.bodies: dict[str, bytes] = {}
        self.arrivals: Counter[str] = Counter()
        self.order: list[str] = []
        self.unsigned = 0
        self.changed = 0
        self.steady = False
        self.url = f"http://127.0.0.1:{port}/hook"
        self._port = port
        self._runner: web.AppRunner | None = None

    async def up(self) -> None:
        app = web.Application()
        app.router.add_post("/hook", self._receive)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

    async def down(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            Webhook(self.secret).verify(body, dict(request.headers))
        except WebhookVerificationError:
            self.unsigned += 1
            return web.Response(status=401)
        message_id = request.headers["webhook-id"]
        self.changed += self.bodies.setdefault(message_id, body) != body
        self.arrivals[message_id] += 1
        self.order.append(message_id)
        return web.Response(status=500 if self._refuses(message_id) else 204)

    def _refuses(self, message_id: str) -> bool:
        fresh = self.data(message_id)["number"] >= ASKED_WHILE_DOWN
        first = self.arrivals[message_id] == 1
        return fresh and first and not self.steady and random.random() < REFUSING

    def data(self, message_id: str) -> Any:
        return json.loads(self.bodies[message_id])["data"]

    def out_of_order(self) -> int:
        """Arrivals behind a later event of their account: what a receiver puts right itself."""
        latest: dict[str, int] = {}
        late = 0
        for message_id in self.order:
            data = self.data(message_id)
            account, sequence = data["accountId"], data["sequence"]
            late += sequence < latest.get(account, 0)
            latest[account] = max(sequence, latest.get(account, 0))
        return late

    def misplaced(self) -> int:
        """Events whose order key does not give the order in which they were written."""
        by_account: dict[str, list[Any]] = {}
        for message_id in self.bodies:
            data = self.data(message_id)
            by_account.setdefault(data["accountId"], []).append(data)
        wrong = 0
        for found in by_account.values():
            numbers = [one["number"] for one in sorted(found, key=lambda one: one["sequence"])]
            wrong += numbers != sorted(numbers)
        return wrong
