"""Routes outside `/api` for whoever runs the service; their HTTP statuses are ordinary."""

from typing import Any

import msgspec
from litestar import MediaType, Request, get
from litestar.response import Response
from litestar.response.base import ASGIResponse

from openchannels.service.services import Services


@get("/health", media_type=MediaType.TEXT, sync_to_thread=False, include_in_schema=False)
def health() -> str:
    """Whether the process lives."""
    return "OK"


@get("/ready", include_in_schema=False)
async def ready(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    """Whether the service can do its work: 200, or 503 with what is wrong."""
    services: Services = request.app.state.services
    try:
        await services.ready()
    except Exception as error:
        return Response({"status": "unready", "database": type(error).__name__}, status_code=503)
    return Response({"status": "ready"})


UNWRITTEN = """\
# HELP openchannels_unwritten_tokens Refreshed tokens in memory only: the store takes no writes.
# TYPE openchannels_unwritten_tokens gauge
openchannels_unwritten_tokens {count}
"""


@get("/metrics", include_in_schema=False)
async def metrics(request: Request[Any, Any, Any]) -> ASGIResponse:
    """Prometheus metrics of this process."""
    # The library is loaded at the first scrape, so that a start does not wait for it.
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

    services: Services = request.app.state.services
    own = UNWRITTEN.format(count=len(services.credentials.refreshing.unwritten))
    # Litestar names the charset of texts itself.
    kind = CONTENT_TYPE_LATEST.removesuffix("; charset=utf-8")
    return ASGIResponse(body=generate_latest() + own.encode(), media_type=kind)


@get("/openapi.json", include_in_schema=False)
async def openapi_json(request: Request[Any, Any, Any]) -> ASGIResponse:
    """Our own OpenAPI 3.1 document."""
    body = msgspec.json.encode(request.app.state.openapi)
    headers = {"access-control-allow-origin": "*"}
    return ASGIResponse(body=body, media_type="application/json", headers=headers)


PROBES = [health, ready, metrics]
"""What also a process answers that serves no API."""
ROUTES = [*PROBES, openapi_json]
