"""The metrics of one process: what the rooms report, counted."""

from collections.abc import Callable, Iterable

from openchannels.core.errors import CATALOGUE
from openchannels.core.metrics import FAULT, SUCCESS, ServiceMetrics
from openchannels.core.platform_errors import FailureKind
from openchannels.core.publication_outcomes import OUTCOMES
from openchannels.core.rate_limits import Limit
from openchannels.core.sessions import SessionStage
from openchannels.metrics import declared as metric
from openchannels.metrics.cells import Cells, OwnCells
from openchannels.metrics.labels import FirstNames, Known
from openchannels.metrics.series import counter, histogram

STATUSES = range(100, 600)
ERRORS = (SUCCESS, FAULT, *(code.name for code in CATALOGUE.values()))
NO_ANSWER = ("timeout", "network", "too_large")
WITHHELD = ("circuit_open", "busy", "waiting")
KINDS = ("read", "write")


class ProcessMetrics(ServiceMetrics):
    """Counts what one process does; `platforms` are the ids of those that exist.

    `cells` holds the numbers, also those of the other processes of the service.
    """

    def __init__(self, platforms: Iterable[str], cells: Cells | None = None) -> None:
        self.cells = cells = cells or OwnCells()
        platform, operation, task = Known(platforms), FirstNames(), FirstNames()
        error, call = Known(ERRORS), FirstNames()
        stage = Known((*ERRORS, *SessionStage))
        code = Known(map(str, (0, *CATALOGUE, *STATUSES)))
        made = Known((SUCCESS, *FailureKind, *NO_ANSWER))
        self._requests = counter(cells, metric.REQUESTS, operation, code)
        self._request_seconds = histogram(cells, metric.REQUEST_SECONDS, operation)
        self._limited = counter(cells, metric.LIMITED_REQUESTS, Known(Limit))
        self._starts = counter(cells, metric.STARTS, platform, error)
        self._callbacks = counter(cells, metric.CALLBACKS, platform, stage)
        self._connections = counter(cells, metric.CONNECTIONS, platform, error)
        self._refreshes = counter(cells, metric.REFRESHES, platform, error)
        self._calls = counter(cells, metric.CALLS_MADE, platform, call, made)
        self._call_seconds = histogram(cells, metric.CALL_SECONDS, platform, call)
        self._withheld = counter(cells, metric.WITHHELD_CALLS, platform, Known(WITHHELD))
        self._publications = counter(cells, metric.PUBLICATIONS, platform, Known(OUTCOMES))
        self._publication_bytes = counter(cells, metric.PUBLICATION_BYTES, platform)
        self._batches = counter(cells, metric.BATCHES_DONE, task, error)
        self._batch_seconds = histogram(cells, metric.BATCH_SECONDS, task)
        self._deliveries = counter(cells, metric.DELIVERIES, FirstNames())
        self._delivery_seconds = histogram(cells, metric.DELIVERY_SECONDS)
        self._statements = histogram(cells, metric.STATEMENT_SECONDS, Known(KINDS))

    def count_request(self, operation: str | None, code: int | None, seconds: float) -> None:
        self._requests.cell((operation, code)).add()
        self._request_seconds.cell((operation,)).observe(seconds)

    def count_limited_request(self, limit: str) -> None:
        self._limited.cell((limit,)).add()

    def count_call(self, platform: str, operation: str, outcome: str, seconds: float) -> None:
        self._calls.cell((platform, operation, outcome)).add()
        self._call_seconds.cell((platform, operation)).observe(seconds)

    def count_withheld_call(self, platform: str, reason: str) -> None:
        self._withheld.cell((platform, reason)).add()

    def statement_observer(self, kind: str) -> Callable[[float], None]:
        return self._statements.cell((kind,)).observe

    def count_start(self, platform: str, outcome: str) -> None:
        self._starts.cell((platform, outcome)).add()

    def count_callback(self, platform: str, outcome: str) -> None:
        self._callbacks.cell((platform, outcome)).add()

    def count_connection(self, platform: str, outcome: str) -> None:
        self._connections.cell((platform, outcome)).add()

    def count_refresh(self, platform: str, outcome: str) -> None:
        self._refreshes.cell((platform, outcome)).add()

    def count_publication(self, platform: str, outcome: str) -> None:
        self._publications.cell((platform, outcome)).add()

    def count_publication_bytes(self, platform: str, size: int) -> None:
        self._publication_bytes.cell((platform,)).add(size)

    def count_delivery(self, outcome: str, seconds: float) -> None:
        self._deliveries.cell((outcome,)).add()
        self._delivery_seconds.cell(()).observe(seconds)

    def count_batch(self, task: str, outcome: str, seconds: float) -> None:
        self._batches.cell((task, outcome)).add()
        self._batch_seconds.cell((task,)).observe(seconds)
