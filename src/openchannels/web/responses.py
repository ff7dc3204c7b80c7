"""What the routes for browsers share: reading a request, and answering with a page."""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.response.base import ASGIResponse, Response

from openchannels.api.request import client_address, locale
from openchannels.core.errors import ServiceError, SessionError, TooManyRequests
from openchannels.core.platforms import Locale
from openchannels.core.rate_limits import Limit
from openchannels.core.sessions import AuthSession
from openchannels.service.services import Services
from openchannels.web import json_callback, pages, views
from openchannels.web.texts import text

HTML = "text/html"
OTHER_BROWSER = 15201
AnyRequest = Request[Any, Any, Any]


def limited(limit: Limit) -> dict[str, Any]:
    """Options of a route that counts the requests of each address before it reads them."""

    async def count(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        services: Services = connection.app.state.services
        address = client_address(connection.scope, services.context.rules.trusted_proxies)
        services.limits.spend(limit, address)

    return {"guards": [count], "exception_handlers": {TooManyRequests: _too_many}}


def _too_many(request: AnyRequest, refused: TooManyRequests) -> Response[bytes]:
    platform = request.path_params.get("platform")
    if platform and services_of(request).callbacks.answers_json(platform):
        request_id = request.scope["state"]["request_id"]
        answer = json_callback.failed(refused, locale_of(request), request_id)
    else:
        answer = notice(request, refused, platform, "notice_wait")
    headers = {**dict(answer.headers.items()), "retry-after": str(refused.retry_after)}
    return Response(answer.body, status_code=429, headers=headers)


def services_of(request: AnyRequest) -> Services:
    services: Services = request.app.state.services
    return services


def locale_of(request: AnyRequest) -> Locale:
    return locale(request.scope["headers"])


def is_secure(request: AnyRequest) -> bool:
    """Whether people reach us by https."""
    return services_of(request).context.rules.public_url.startswith("https:")


async def session_of(request: AnyRequest, session_id: str) -> AuthSession:
    """The session, for its own browser only. Raises SessionError (15039)."""
    services = services_of(request)
    session = await services.sessions.found(session_id)
    cookie = views.held(request.cookies, secure=is_secure(request))(session_id)
    if not services.proofs.holds(session, cookie):
        raise SessionError(15039)
    return session


def html(
    body: str, headers: dict[str, str] | None = None, *, status: int = 200, **more: str
) -> ASGIResponse:
    """A page; `more` are further headers, in the spelling of Python names."""
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return ASGIResponse(
        body=body.encode(),
        media_type=HTML,
        status_code=status,
        headers={**(headers or pages.security_headers()), **named},
    )


def away(address: str, **more: str) -> ASGIResponse:
    """A redirect that a browser follows by GET."""
    named = {name.replace("_", "-"): value for name, value in more.items()}
    headers = {**pages.security_headers(), "location": address, **named}
    return ASGIResponse(status_code=303, headers=headers)


def notice(
    request: AnyRequest, error: ServiceError, platform: str | None, advice: str | None = None
) -> ASGIResponse:
    """A page that tells an error; 403 for another browser than the session's."""
    language = locale_of(request)
    connector = services_of(request).context.platforms.find(platform) if platform else None
    foreign = error.code.number == OTHER_BROWSER
    page = pages.Notice(
        title=text(language, "notice_title"),
        message=error.message(language),
        advice=text(language, advice or ("notice_browser" if foreign else "notice_advice")),
        code=error.code.number,
        request_id=request.scope["state"]["request_id"],
        platform_id=connector.id if connector else None,
        platform_name=connector.name.in_locale(language) if connector else None,
    )
    return html(pages.notice_page(page, language), status=403 if foreign else 200)
