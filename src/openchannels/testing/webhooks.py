"""What a workspace's webhook receives, verified, for a test to wait for."""

import contextlib
from collections.abc import Callable, Iterator
from math import inf

from openchannels.client import Client, Event, verify_webhook
from openchannels.testing.receiver import Message, Receiver, ReceiverAnswer
from openchannels.testing.waiting import wait_until

WAIT_SECONDS = 60.0


class SettableReceiver(Receiver):
    """Answers every message with one status."""

    status = 204

    def receive(self, message: Message) -> ReceiverAnswer:
        # Read first: once a test sees the message, it may set another status.
        answer = ReceiverAnswer(self.status)
        super().receive(message)
        return answer


class ReceivedWebhooks:
    """The receiver at `url`. `status` is the HTTP status that it answers from now on."""

    def __init__(self, receiver: SettableReceiver, secret: str) -> None:
        self.url = receiver.origin
        self.secret = secret
        self._receiver = receiver

    @property
    def status(self) -> int:
        return self._receiver.status

    @status.setter
    def status(self, status: int) -> None:
        self._receiver.status = status

    @property
    def messages(self) -> list[Message]:
        """What arrived, oldest first: `headers` and `body`, for the handler of a tool."""
        return list(self._receiver.messages)

    @property
    def events(self) -> list[Event]:
        """The messages as events, their signatures verified. Raises VerificationError."""
        # A moved clock signs with its own time, so the time of a message is not compared.
        return [
            verify_webhook(self.secret, one.headers, one.body, tolerance=inf)
            for one in self.messages
        ]

    def wait(self, wanted: str | Callable[[Event], bool], seconds: float = WAIT_SECONDS) -> Event:
        """Returns the first event of a type, or of which a function says yes, once it is there.

        Fails with the types that arrived if none comes within `seconds`.
        """

        def is_wanted(event: Event) -> bool:
            return event.type == wanted if isinstance(wanted, str) else wanted(event)

        def found() -> Event | None:
            return next(filter(is_wanted, self.events), None)

        def otherwise() -> str:
            came = ", ".join(event.type for event in self.events) or "nothing"
            name = wanted if isinstance(wanted, str) else "event that was wanted"
            return f"no {name} in {seconds:.0f} s; what came: {came}"

        event = wait_until(found, seconds, otherwise)
        assert event is not None
        return event


@contextlib.contextmanager
def receiving(client: Client) -> Iterator[ReceivedWebhooks]:
    """Receives a workspace's webhooks. Raises ClientError."""
    receiver = SettableReceiver()
    receiver.start()
    try:
        secret = client.webhooks.create(receiver.origin).secret
        assert secret is not None
        yield ReceivedWebhooks(receiver, secret)
    finally:
        receiver.stop()
