"""Operations without a key, whose answer depends on this installation and the language alone.

Anybody may keep the answer: it says for how long, and a caller who has it already gets 304.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Request, route
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from openchannels.api import envelope
from openchannels.api.bounds import public
from openchannels.api.conditional import answer, weak_tag
from openchannels.api.endpoint import OPERATION, Operation
from openchannels.api.request import locale
from openchannels.core.platforms import Locale
from openchannels.core.rate_limits import Limit
from openchannels.core.request_record import note_code
from openchannels.service.services import Services

ANSWERS = "cacheable_answers"
"""Name in the application's state of the answers made so far, by operation and language."""

Render = Callable[[Services, Locale], Any]


def cacheable(operation: Operation, rate: Limit) -> Callable[[Render], HTTPRouteHandler]:
    """Turns a function into a public route, whose answer is made once for each language.

    `operation` has no scope; `rate` limits the requests of one client address.
    """
    options = public(rate)

    def wrap(render: Render) -> HTTPRouteHandler:
        @route(
            operation.path,
            http_method=operation.method,
            status_code=200,
            name=operation.id,
            opt={OPERATION: operation, **options["opt"]},
            include_in_schema=False,
        )
        async def serve(request: Request[Any, Any, Any]) -> ASGIApp:
            language = locale(request.scope["headers"])
            answers: dict[tuple[str, Locale], msgspec.Raw] = request.app.state[ANSWERS]
            data = answers.get((operation.id, language))
            if data is None:
                data = msgspec.Raw(
                    msgspec.json.encode(render(request.app.state.services, language))
                )
                answers[operation.id, language] = data

            def body() -> bytes:
                note_code(0)
                return envelope.success(data, request.scope["state"]["request_id"])

            return answer(request, weak_tag(data), envelope.JSON, body)

        return serve

    return wrap
