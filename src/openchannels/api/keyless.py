"""Operations without a key, whose answer depends on their path alone."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request, route
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from openchannels.api import envelope
from openchannels.api.bounds import public
from openchannels.api.endpoint import OPERATION, EnvelopeResponse, Operation
from openchannels.api.request import RECORD, locale
from openchannels.api.segments import with_slashes
from openchannels.core.exceptions import RetryLater, ServiceError
from openchannels.core.rate_limits import Limit
from openchannels.core.request_record import RequestRecord
from openchannels.service.services import Services

Answer = Callable[[Services, dict[str, Any]], Awaitable[Any]]
"""Returns the data for the parameters of a path."""


def keyless(operation: Operation, rate: Limit) -> Callable[[Answer], HTTPRouteHandler]:
    """Turns a function into a public route.

    `operation` has no scope; `rate` limits the requests of one client address. Every ServiceError
    is answered in the envelope with HTTP status 200, except RetryLater.
    """
    options = public(rate)

    def wrap(answer: Answer) -> HTTPRouteHandler:
        @route(
            operation.path,
            http_method=operation.method,
            status_code=200,
            name=operation.id,
            opt={OPERATION: operation, **options["opt"]},
            include_in_schema=False,
        )
        async def serve(request: Request[Any, Any, Any]) -> ASGIApp:
            record: RequestRecord = request.scope["state"][RECORD]
            record.operation, record.code = operation.id, 0
            try:
                data = await answer(request.app.state.services, with_slashes(request.scope))
            except RetryLater:
                raise
            except ServiceError as error:
                record.code = error.code.number
                language = locale(request.scope["headers"])
                return EnvelopeResponse(envelope.failure(error, language, record.request_id))
            return EnvelopeResponse(envelope.success(data, record.request_id))

        return serve

    return wrap
