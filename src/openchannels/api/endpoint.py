"""Turns a declared API operation into a route that decodes, authorizes and answers requests.

The same declaration also yields the operation's part of the OpenAPI document.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec
import structlog
from litestar import HttpMethod, Request, route
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.response import Response
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from openchannels.api import envelope
from openchannels.api.idempotency import (
    REPLAYED,
    idempotency_key,
    reply_once,
    request_digest,
)
from openchannels.api.query import UNSTORABLE, Query, decode, is_storable
from openchannels.api.reading import read_body
from openchannels.api.request import RECORD, WHOLE, RawHeaders, api_key, client_address, locale
from openchannels.api.segments import with_slashes
from openchannels.core import errors
from openchannels.core.exceptions import (
    ErrorCode,
    Issue,
    RequestRefused,
    RetryLater,
    ServiceError,
    Unauthorized,
    ValidationFailed,
)
from openchannels.core.idempotency import KeyedRequest
from openchannels.core.keys import Scope as KeyScope
from openchannels.core.keys import permits
from openchannels.core.names import camel
from openchannels.core.platforms import Locale
from openchannels.core.rate_limits import Limit
from openchannels.core.request_record import RequestRecord, note_code
from openchannels.service.context import Caller
from openchannels.service.services import Services

log = structlog.get_logger()
OPERATION = "operation"
RESPOND = "answer"
NO_QUERY = Query(b"")
CONTENT_TYPE = envelope.JSON.encode()


@dataclass(frozen=True, slots=True)
class Operation:
    """The declaration of an operation; `query`, `body` and `data` are the types on the wire.

    An operation without a `scope` needs no key: see `api/cacheable.py`.
    `limit` is the rate limit that the requests of a key count under. None is for operations that
    only read the store: they call nothing and write no audit entry.
    """

    method: HttpMethod
    path: str
    id: str
    tag: str
    summary: str
    description: str
    data: Any
    example: Any
    scope: KeyScope | None
    limit: Limit | None
    query: type[msgspec.Struct] | None = None
    body: type[msgspec.Struct] | None = None
    body_example: msgspec.Struct | dict[str, Any] | None = None
    acts: bool | None = None
    """Whether it changes something; None for all but GET."""
    free_query: str | None = None
    """What a query says whose parameters only the handler knows."""
    paged: bool = False
    codes: Sequence[ErrorCode[ServiceError]] = ()
    path_notes: dict[str, str] = field(default_factory=dict)

    @property
    def takes_idempotency_key(self) -> bool:
        """Whether a request may be sent again without acting again."""
        acts = self.method != HttpMethod.GET if self.acts is None else self.acts
        return acts and self.scope is not None


@dataclass(slots=True)
class OperationCall:
    """One authenticated and decoded request."""

    caller: Caller
    locale: Locale
    path: dict[str, Any]
    raw_query: Query
    query: Any = None
    body: Any = None
    raw_body: Any = None
    """The decoded JSON that `body` was read from."""


Handler = Callable[[Services, OperationCall], Awaitable[Any]]


class EnvelopeResponse:
    """Sends an encoded envelope with status 200; Litestar's Response takes 3 us longer."""

    __slots__ = ("_body", "_more")

    def __init__(self, body: bytes, more: Sequence[tuple[bytes, bytes]] = ()) -> None:
        """`more` are further headers."""
        self._body = body
        self._more = more

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [
            (b"content-type", CONTENT_TYPE),
            (b"content-length", str(len(self._body)).encode()),
            *self._more,
        ]
        message: Any = {"type": WHOLE, "headers": headers, "body": self._body}
        await send(message)


def endpoint(operation: Operation) -> Callable[[Handler], HTTPRouteHandler]:
    """Turns a handler into a route.

    Checks the key, then decodes the request, then calls the handler. Every ServiceError is answered
    in the envelope with HTTP status 200, except RetryLater.
    """
    takes_key, has_body = operation.takes_idempotency_key, operation.method != HttpMethod.GET

    def wrap(handler: Handler) -> HTTPRouteHandler:
        async def act(services: Services, scope: HTTPScope, caller: Caller, body: bytes) -> bytes:
            record: RequestRecord = scope["state"][RECORD]
            call = _decode_call(operation, scope, caller, body)
            _note_account(record, call)
            data = await handler(services, call)
            return envelope.success(data, record.request_id)

        async def respond(
            services: Services, scope: HTTPScope, receive: Receive
        ) -> EnvelopeResponse:
            record: RequestRecord = scope["state"][RECORD]
            record.operation, record.code = operation.id, 0
            try:
                caller = await _admit(operation, services, scope)
                key = idempotency_key(scope["headers"]) if takes_key else None
                body = await read_body(receive) if has_body else b""
                if key is None:
                    return EnvelopeResponse(await act(services, scope, caller, body))
                repeatable = KeyedRequest(caller.user_id, key, request_digest(scope, body))
                acting = partial(act, services, scope, caller, body)
                reply = await reply_once(services, scope, repeatable, acting)
                return EnvelopeResponse(reply.body, (REPLAYED,) if reply.is_replayed else ())
            except RetryLater:
                raise
            except ServiceError as error:
                record.code = error.code.number
                language, request_id = locale(scope["headers"]), record.request_id
                return EnvelopeResponse(envelope.failure(error, language, request_id))

        @route(
            operation.path,
            http_method=operation.method,
            status_code=200,
            name=operation.id,
            opt={OPERATION: operation, RESPOND: respond},
            include_in_schema=False,
        )
        async def serve(request: Request[Any, Any, Any]) -> ASGIApp:
            return await respond(request.app.state.services, request.scope, request.receive)

        return serve

    return wrap


async def _admit(operation: Operation, services: Services, scope: Scope) -> Caller:
    """Returns the caller. Raises Unauthorized, SCOPE_MISSING, or TooManyRequests.

    Refused keys are counted by address, all other requests by key.
    """
    caller = await authenticate(services, scope, api_key)
    if operation.scope is not None and not permits(caller.scopes, operation.scope):
        raise errors.SCOPE_MISSING({"scope": operation.scope.value})
    if operation.limit is not None:
        services.limits.count_request(operation.limit, caller.key_id)
    return caller


def _decode_call(
    operation: Operation, scope: HTTPScope, caller: Caller, body: bytes
) -> OperationCall:
    headers = scope["headers"]
    query = Query(scope["query_string"]) if scope["query_string"] else NO_QUERY
    path_params = with_slashes(scope)
    call = OperationCall(caller, locale(headers), path_params, query)
    issues = [] if is_storable(scope["path"]) else _unstorable(path_params)
    try:
        if operation.query is not None:
            call.query = decode(operation.query, query.scalars(), texts=True)
    except ValidationFailed as failed:
        issues += _issues_of(failed)
    try:
        if operation.body is not None:
            call.raw_body = _json(body)
            call.body = decode(operation.body, call.raw_body, texts=False)
    except ValidationFailed as failed:
        issues += _issues_of(failed)
    if issues:
        raise errors.validation_failed(issues)
    return call


def _unstorable(path_params: Mapping[str, str]) -> list[Issue]:
    return [
        Issue(camel(name), UNSTORABLE)
        for name, value in path_params.items()
        if not is_storable(value)
    ]


def _issues_of(failed: ValidationFailed) -> list[Issue]:
    return [Issue(**issue) for issue in failed.data["issues"]]


def _note_account(record: RequestRecord, call: OperationCall) -> None:
    """Notes for the log which account and platform a request names."""
    path = call.path
    record.platform = path.get("platform")
    account_id = path.get("account_id")
    for part in (call.query, call.body):
        if part is not None and account_id is None:
            account_id = getattr(part, "account_id", None) or None
    record.account_id = account_id


async def authenticate(
    services: Services, scope: Scope, read_key: Callable[[RawHeaders], str | None]
) -> Caller:
    """Returns the caller, whose key `read_key` finds in the headers.

    Raises Unauthorized, or TooManyRequests after too many failures.
    """
    try:
        caller = await services.api_keys.authenticate(read_key(scope["headers"]))
    except Unauthorized:
        address = client_address(scope, services.context.rules.trusted_proxies)
        services.limits.count_request(Limit.REFUSED_KEY, address)
        raise
    record: RequestRecord = scope["state"][RECORD]
    record.user_id, record.key_id = caller.user_id, caller.key_id
    return caller


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        raise errors.validation_failed([Issue("body", "must be a JSON object")]) from None


def not_found(request: Request[Any, Any, Any], _error: Exception) -> Response[bytes]:
    """Returns 404 for an unknown route or method."""
    path = request.scope["raw_path"].decode("latin-1").partition("?")[0]
    error = errors.ROUTE_NOT_FOUND(detail={"method": request.method, "path": path})
    return _failure_response(request, error)


def bad_request(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Returns 400 for what Litestar refuses before routing, such as an invalid Host header."""
    if error.status_code >= 500:
        return internal_error(request, error)
    answer = _failure_response(
        request, errors.validation_failed([Issue("request", str(error.detail))])
    )
    answer.status_code = 400
    return answer


def disconnected(request: Request[Any, Any, Any], _error: Exception) -> Response[bytes]:
    """Returns an answer for the access log only: the client has gone."""
    return Response(b"", status_code=400)


def refused(request: Request[Any, Any, Any], error: RequestRefused) -> Response[bytes]:
    """Returns the error with its own status, for a request that was not read to its end."""
    return _refuse_unread(request, error.code)


def too_large(request: Request[Any, Any, Any], _error: Exception) -> Response[bytes]:
    """Returns 413 for a body that exceeded the limit while it was read."""
    return _refuse_unread(request, errors.PAYLOAD_TOO_LARGE)


def too_slow(request: Request[Any, Any, Any], _error: Exception) -> Response[bytes]:
    """Returns 408 for a body that did not arrive in time."""
    return _refuse_unread(request, errors.REQUEST_TIMEOUT)


def _refuse_unread(request: Request[Any, Any, Any], code: ErrorCode[Any]) -> Response[bytes]:
    answer = _failure_response(request, code())
    answer.status_code = code.number
    answer.headers["connection"] = "close"
    return answer


def retry_later(request: Request[Any, Any, Any], refused: RetryLater) -> Response[bytes]:
    """Returns 429 over one of our rate limits and 503 while the store is away, with Retry-After."""
    answer = _failure_response(request, refused)
    answer.status_code = refused.code.number
    answer.headers["retry-after"] = str(refused.retry_after)
    return answer


def internal_error(request: Request[Any, Any, Any], fault: Exception) -> Response[bytes]:
    """Logs an unexpected exception and returns 500; the request id finds the log line."""
    log.error(
        "request failed",
        request_id=request.scope["state"]["request_id"],
        path=request.scope["path"],
        exc_info=fault,
    )
    return _failure_response(request, errors.INTERNAL_ERROR())


def _is_browser(request: Request[Any, Any, Any]) -> bool:
    """Whether a person's browser asks: it names HTML among what it accepts, and sends no key."""
    sent = dict(request.scope["headers"])
    return b"text/html" in sent.get(b"accept", b"") and b"x-api-key" not in sent


def _failure_response(request: Request[Any, Any, Any], error: RequestRefused) -> Response[bytes]:
    """Returns a page for a browser, else an error in the envelope.

    The envelope has HTTP 200 under `/api`, the error's status elsewhere.
    """
    note_code(error.code.number)
    # A worker, which answers health checks only, has no pages.
    failure_page = request.app.state.get("failure_page")
    if failure_page is not None and _is_browser(request):
        page: Response[bytes] = failure_page(request, error)
        return page
    body = envelope.failure(
        error, locale(request.scope["headers"]), request.scope["state"]["request_id"]
    )
    under_api = request.scope["path"].startswith("/api/")
    status = 200 if under_api else error.code.number
    return Response(body, media_type=envelope.JSON, status_code=status)
