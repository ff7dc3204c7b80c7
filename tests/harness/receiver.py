"""A receiver of webhooks and of platforms' pushes on a real socket, answering as it is set to."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from openchannels.testing import receiver
from openchannels.testing.receiver import Message as Message
from openchannels.testing.receiver import ReceiverAnswer
from tests.harness.waiting import wait_until


class Receiver(receiver.Receiver):
    """`answer` is a status, or a function from a message to one; `delay` is in seconds."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.url = f"{self.origin}/hook?token=hidden-in-logs"
        self.answer: int | Callable[[Message], int] = 204
        self.body = b""
        self.location = ""
        self.delay = 0.0
        self.most_at_once = 0
        self._open = 0

    @property
    def ids(self) -> list[str]:
        return [message.id for message in self.messages]

    @property
    def types(self) -> list[str]:
        return [message.payload["type"] for message in self.messages]

    def take(self) -> list[Message]:
        """What has arrived since the last look."""
        with self.lock:
            taken, self.messages = self.messages, []
        return taken

    def wait(self, count: int, wanted: Callable[[Message], bool] = lambda _: True) -> list[Message]:
        """The first `count` messages of those wanted, once they are there."""

        def enough() -> list[Message] | None:
            found = list(filter(wanted, self.messages))
            return found[:count] if len(found) >= count else None

        found = wait_until(enough)
        assert found is not None
        return found

    def receive(self, message: Message) -> ReceiverAnswer:
        super().receive(message)
        with self.lock:
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)
        time.sleep(self.delay)
        with self.lock:
            self._open -= 1
        status = self.answer if isinstance(self.answer, int) else self.answer(message)
        headers = {"location": self.location} if self.location else {}
        return ReceiverAnswer(status, self.body, headers)


def in_turn(*statuses: int) -> Callable[[Message], int]:
    """Answers one after the other, the last one for good."""
    left = list(statuses)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.stop()
