"""Several calls in one.

https://developers.facebook.com/docs/graph-api/batch-requests
"""

from collections.abc import Callable
from typing import Any

import msgspec

from openchannels.sandbox.http import Fields, Reply, Request, Route
from openchannels.sandbox.platforms.meta.graph import HOST, VERSION, GraphError

MOST_PARTS = 50


def answer_batch(
    request: Request, routes: list[Route], not_found: Callable[[Request], Reply]
) -> Reply:
    """The answers of up to 50 calls to the routes, each with its own status.

    Raises:
        GraphError: 100 if the batch is no list, is empty or too long.
    """
    try:
        parts = msgspec.json.decode(request.parameter("batch"), type=list[dict[str, str]])
    except msgspec.DecodeError as error:
        raise GraphError(100, "(#100) batch must be a JSON array of requests") from error
    if not 0 < len(parts) <= MOST_PARTS:
        raise GraphError(100, f"(#100) Too many requests in batch: 1 to {MOST_PARTS}")
    answers = [_part(request, part, routes, not_found) for part in parts]
    if request.parameter("include_headers").lower() != "false":
        answers = [{**answer, "headers": []} for answer in answers]
    return Reply.json(answers)


def _part(
    request: Request,
    part: dict[str, str],
    routes: list[Route],
    not_found: Callable[[Request], Reply],
) -> dict[str, Any]:
    path, _, query = part.get("relative_url", "").partition("?")
    fields = Fields.parse(query)
    if "access_token" not in fields:
        fields = Fields([*fields.pairs(), ("access_token", request.access_token)])
    path = VERSION.sub("", "/" + path.strip("/"), 1)
    method = part.get("method", "GET").upper()
    inner = Request(method, HOST, path, fields, {}, b"", request.now)
    for route in routes:
        params = route.match(method, path)
        if params is not None and path != "/":
            inner.params = params
            reply = route.answer(inner)
            return {"code": reply.status, "body": reply.body.decode()}
    return {"code": 404, "body": not_found(inner).body.decode()}
