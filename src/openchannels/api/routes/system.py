"""Health, readiness, metrics and `/llms.txt`, with ordinary HTTP statuses."""

from typing import Any

from litestar import MediaType, Request, get
from litestar.response import Response
from litestar.response.base import ASGIResponse

from openchannels.api import llms
from openchannels.api.bounds import public
from openchannels.core.rate_limits import Limit
from openchannels.service.services import Services

TEXT_FORMAT = "text/plain; version=0.0.4"
"""Prometheus' text format; Litestar adds the charset itself."""


@get(
    "/health",
    media_type=MediaType.TEXT,
    sync_to_thread=False,
    include_in_schema=False,
    **public(Limit.PROBE),
)
def health() -> str:
    """Answers while the process is alive."""
    return "OK"


@get("/ready", include_in_schema=False, **public(Limit.PROBE))
async def ready(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    """Returns 200 if this process can work, or 503 with the reasons, within two seconds.

    Of a store that is moving reads go on: that is 200 too, with another status.
    """
    services: Services = request.app.state.services
    problems = await services.readiness.problems()
    if problems:
        return Response({"status": "unready", **problems}, status_code=503)
    return Response({"status": "moving" if services.readiness.moving else "ready"})


@get("/metrics", include_in_schema=False, **public(Limit.PROBE))
async def metrics(request: Request[Any, Any, Any]) -> ASGIResponse:
    """Returns Prometheus metrics of this process."""
    return ASGIResponse(body=await request.app.state.scrape(), media_type=TEXT_FORMAT)


@get("/llms.txt", include_in_schema=False, **public(Limit.PROBE))
async def llms_txt(request: Request[Any, Any, Any]) -> ASGIResponse:
    """Returns what a language model should read first: what is here, and where."""
    state = request.app.state
    text = llms.render(await state.openapi.get(), mcp=state.mcp is not None)
    return ASGIResponse(body=text.encode(), media_type=MediaType.TEXT)


PROBES = [health, ready, metrics]
"""Routes of a process that serves no API."""
ROUTES = [*PROBES, llms_txt]
