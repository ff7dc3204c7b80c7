"""Where platforms send what they have to say of their own accord: public, raw, in their terms."""

from typing import Any

from litestar import HttpMethod, Request, route
from litestar.exceptions import NotFoundException
from litestar.response.base import ASGIResponse

from openchannels.api import envelope
from openchannels.api.request import locale
from openchannels.core.exceptions import ServiceError
from openchannels.core.inbound import InboundMessage
from openchannels.service.services import Services

PATH = "/api/v2/channels/platforms/{platform:str}/webhooks"


@route(
    # Some platforms put the app of one account at the end of the address.
    [PATH, PATH + "/{app_id:str}"],
    http_method=[HttpMethod.GET, HttpMethod.POST],
    include_in_schema=False,
)
async def push(request: Request[Any, Any, Any]) -> ASGIResponse:
    """Hand a push to the platform's connector and answer as the platform expects."""
    services: Services = request.app.state.services
    headers = {name.lower(): value for name, value in request.headers.items()}
    sent = InboundMessage(request.method, dict(request.query_params), headers, await request.body())
    try:
        pushed = await services.platform_webhooks.receive(request.path_params["platform"], sent)
    except ServiceError as error:
        request_id = request.scope["state"]["request_id"]
        body = envelope.failure(error, locale(request.scope["headers"]), request_id)
        return ASGIResponse(body=body, media_type=envelope.JSON)
    if pushed is None:
        raise NotFoundException
    return ASGIResponse(body=pushed.body.encode(), media_type=pushed.media_type)


ROUTES = [push]
