"""What the rooms report about their work; the room `metrics` counts it.

Each part is a protocol of its own, so that a room names only what it reports. All members are
called on the event loop, cost about a microsecond and never raise. Times are in seconds.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from openchannels.core.exceptions import ServiceError

SUCCESS = "success"
FAULT = "fault"
"""The outcome of what ended with an error that is not in the catalogue."""


def outcome_of(error: Exception) -> str:
    """Returns the catalogue's name of an error, or `fault` for one that has none."""
    return error.code.name if isinstance(error, ServiceError) else FAULT


@contextmanager
def counting(count: Callable[[str], None]) -> Iterator[None]:
    """Reports the outcome of a block to `count`; nothing where the block is cancelled."""
    try:
        yield
    except Exception as error:
        count(outcome_of(error))
        raise
    count(SUCCESS)


class RequestMetrics(Protocol):
    """Reported by the API."""

    def count_request(self, operation: str | None, code: int | None, seconds: float) -> None:
        """Counts an answered request: its operation or route, and the code of its answer."""

    def count_limited_request(self, limit: str) -> None:
        """Counts a request over one of our own rate limits."""


class UpstreamMetrics(Protocol):
    """Reported by the platform clients."""

    def count_call(self, platform: str, operation: str, outcome: str, seconds: float) -> None:
        """Counts one attempt of a call to a platform."""

    def count_withheld_call(self, platform: str, reason: str) -> None:
        """Counts a call that was not sent."""


class StoreMetrics(Protocol):
    """Reported by the database."""

    def statement_observer(self, kind: str) -> Callable[[float], None]:
        """Returns what records how long a `read` or a `write` took, with its waits."""
        ...


class ConnectionMetrics(Protocol):
    """Reported by the use cases around accounts."""

    def count_start(self, platform: str, outcome: str) -> None:
        """Counts a start of an authorization."""

    def count_callback(self, platform: str, outcome: str) -> None:
        """Counts a callback: the stage of its session afterwards, or why it was refused."""

    def count_connection(self, platform: str, outcome: str) -> None:
        """Counts an authorization, or a plug-in's login, that stored accounts or failed."""

    def count_refresh(self, platform: str, outcome: str) -> None:
        """Counts a refresh of a credential."""


class PublishMetrics(Protocol):
    """Reported by the publications."""

    def count_publication(self, platform: str, outcome: str) -> None:
        """Counts what became of a publication; see `core.publication_outcomes`."""

    def count_publication_bytes(self, platform: str, size: int) -> None:
        """Counts bytes of files that a platform was given."""


class DeliveryMetrics(Protocol):
    """Reported by the deliveries of webhooks."""

    def count_delivery(self, outcome: str, seconds: float) -> None:
        """Counts one attempt to deliver an event to a webhook."""


class TaskMetrics(Protocol):
    """Reported by the background work."""

    def count_batch(self, task: str, outcome: str, seconds: float) -> None:
        """Counts a batch of a task that ended."""


class ServiceMetrics(
    RequestMetrics,
    UpstreamMetrics,
    StoreMetrics,
    ConnectionMetrics,
    PublishMetrics,
    DeliveryMetrics,
    TaskMetrics,
    Protocol,
):
    """All that one process reports."""


class NoMetrics(ServiceMetrics):
    """Counts nothing: for commands, and for parts that are built alone."""

    def count_request(self, operation: str | None, code: int | None, seconds: float) -> None:
        return

    def count_limited_request(self, limit: str) -> None:
        return

    def count_call(self, platform: str, operation: str, outcome: str, seconds: float) -> None:
        return

    def count_withheld_call(self, platform: str, reason: str) -> None:
        return

    def statement_observer(self, kind: str) -> Callable[[float], None]:
        return lambda _seconds: None

    def count_start(self, platform: str, outcome: str) -> None:
        return

    def count_callback(self, platform: str, outcome: str) -> None:
        return

    def count_connection(self, platform: str, outcome: str) -> None:
        return

    def count_refresh(self, platform: str, outcome: str) -> None:
        return

    def count_publication(self, platform: str, outcome: str) -> None:
        return

    def count_publication_bytes(self, platform: str, size: int) -> None:
        return

    def count_delivery(self, outcome: str, seconds: float) -> None:
        return

    def count_batch(self, task: str, outcome: str, seconds: float) -> None:
        return


NO_METRICS: ServiceMetrics = NoMetrics()
