"""A receiver of webhooks that goes down and up, and now and then refuses what it has taken."""

import json
import random
import threading
from collections import Counter
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from tests.harness import receiver
from tests.harness.receiver import Message

REFUSING = 0.02
"""Share of messages that are taken and refused all the same: they come again."""
ASKED_WHILE_DOWN = 100
"""The oldest events have been tried for a day: refused, they would come in many minutes only."""


class Receiver(receiver.Receiver):
    """Keeps what each id held, and how often it came."""

    def __init__(self) -> None:
        super().__init__()
        self.stop()
        self.answer = self._judge
        self.secret = ""
        self.bodies: dict[str, bytes] = {}
        self.arrivals: Counter[str] = Counter()
        self.order: list[str] = []
        self.unsigned = 0
        self.changed = 0
        self.steady = False
        self._judging = threading.Lock()

    def _judge(self, message: Message) -> int:
        with self._judging:
            try:
                Webhook(self.secret).verify(message.body, message.headers)
            except WebhookVerificationError:
                self.unsigned += 1
                return 401
            self.changed += self.bodies.setdefault(message.id, message.body) != message.body
            self.arrivals[message.id] += 1
            self.order.append(message.id)
            return 500 if self._refuses(message.id) else 204

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
