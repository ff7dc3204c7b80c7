"""Public routes that receive the platforms' own webhooks."""

from typing import Any

from litestar import HttpMethod, Request, route
from litestar.exceptions import NotFoundException
from litestar.response.base import ASGIResponse

from openchannels.api import envelope
from openchannels.api.bounds import FORM, public
from openchannels.api.reading import read_body, read_query
from openchannels.api.request import locale
from openchannels.core.exceptions import RetryLater, ServiceError
from openchannels.core.inbound import InboundMessage
from openchannels.core.rate_limits import Limit
from openchannels.core.request_record import note_code
from openchannels.service.services import Services

PATH = "/api/v2/channels/platforms/{platform:str}/webhooks"


@route(
    # Some platforms append the app id of the account to the URL.
    [PATH, PATH + "/{app_id:str}"],
    http_method=[HttpMethod.GET, HttpMethod.POST],
    include_in_schema=False,
    **public(Limit.PLATFORM_WEBHOOK, body=FORM),
)
async def receive_webhook(request: Request[Any, Any, Any]) -> ASGIResponse:
    """Passes a webhook to the platform's connector and answers as the platform expects."""
    services: Services = request.app.state.services
    headers = {
        name.decode("latin-1"): value.decode("latin-1") for name, value in request.scope["headers"]
    }
    query = read_query(request).first_values()
    body, app_id = await read_body(request.receive), request.path_params.get("app_id")
    sent = InboundMessage(request.method, query, headers, body, app_id)
    try:
        response = await services.platform_webhooks.receive(request.path_params["platform"], sent)
    except RetryLater:
        # The platform sends again what was not answered with success.
        raise
    except ServiceError as error:
        note_code(error.code.number)
        request_id = request.scope["state"]["request_id"]
        body = envelope.failure(error, locale(request.scope["headers"]), request_id)
        return ASGIResponse(body=body, media_type=envelope.JSON)
    if response is None:
        raise NotFoundException
    return ASGIResponse(body=response.body.encode(), media_type=response.media_type)


ROUTES = [receive_webhook]
