"""Sends calls to one service with one key, and sends them again where that is safe."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from openchannels.client.address import Target, leaves_machine
from openchannels.client.answers import foreign_answer, read_answer
from openchannels.client.errors import ApiError, ClientError, ConnectionFailed, PlatformUnavailable
from openchannels.client.operations import Operation
from openchannels.client.requests import Request, request_of
from openchannels.client.results import decode
from openchannels.client.retries import Attempts, RetryPolicy

if TYPE_CHECKING:
    import httpx2

T = TypeVar("T")
SERVICE_HEADER = "x-service"
"""Sent by this service, which honours idempotency keys, and not by others with the same API."""
PROBE = Request("GET", "/api/", {})
"""Any address of the API: it is asked for nothing but that header."""


class Connection:
    """Every method raises ApiError and ConnectionFailed."""

    def __init__(
        self,
        target: Target,
        retries: RetryPolicy,
        timeout: float,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        """`timeout` is in seconds, for each request."""
        # Imported with the first client, since it takes longer than everything else here.
        import httpx2

        self.timeout = timeout
        self._failures = (httpx2.HTTPError, httpx2.InvalidURL)
        self._passing = httpx2.TransportError
        self._not_sent = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.InvalidURL)
        self._retries = retries
        self._takes_keys: bool | None = None
        self._http = httpx2.Client(
            base_url=target.url,
            headers=target.headers,
            timeout=timeout,
            transport=transport,
            # A proxy from the environment cannot reach services on this machine.
            trust_env=leaves_machine(target.url),
        )

    def call(
        self,
        operation: Operation,
        shape: type[T],
        *segments: str,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> T:
        """Returns an operation's result; `segments` are the parameters of its path."""
        data = self.send(request_of(operation, segments, query, body))
        with contextlib.suppress(AttributeError, KeyError, TypeError, ValueError):
            return decode(shape, data)
        raise foreign_answer(200)

    def send(self, request: Request) -> Any:
        """Returns the data of the answer to a request."""
        attempts = Attempts(self._retries)
        while True:
            try:
                return self._attempt(request)
            except ClientError as error:
                pause = attempts.pause_after(error)
                if pause is None or not self._may_repeat(request, error):
                    raise
            time.sleep(pause)

    def close(self) -> None:
        """Closes the connections; the client cannot be used afterwards."""
        self._http.close()

    def _attempt(self, request: Request) -> Any:
        response = self._exchange(request)
        answer = read_answer(response.status_code, response.headers, response.content)
        self._takes_keys = SERVICE_HEADER in response.headers
        if isinstance(answer, ApiError):
            raise answer
        return answer.data

    def _exchange(self, request: Request) -> httpx2.Response:
        try:
            return self._http.request(
                request.method,
                request.path,
                headers=dict(request.headers),
                content=request.content,
            )
        except self._failures as error:
            failure = ConnectionFailed(
                f"{type(error).__name__}: {error}",
                sent=not isinstance(error, self._not_sent),
                retryable=isinstance(error, self._passing),
            )
        # Raised outside of the handler: the library's exception holds the request with the key.
        raise failure

    def _may_repeat(self, request: Request, error: ClientError) -> bool:
        """Whether a second request can have no second effect."""
        if not request.acts or (isinstance(error, ConnectionFailed) and not error.sent):
            return True
        # The platform may have acted before it failed, and it knows nothing of our keys.
        if isinstance(error, PlatformUnavailable):
            return False
        return self._service_takes_keys()

    def _service_takes_keys(self) -> bool:
        """Whether the service honours idempotency keys, as any of its answers shows."""
        if self._takes_keys is None:
            with contextlib.suppress(ClientError):
                self._attempt(PROBE)
        return bool(self._takes_keys)
