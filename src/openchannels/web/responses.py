"""What the routes for browsers share: reading a request, and answering with a page."""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.response.base import ASGIResponse, Response

from openchannels.api.request import client_address, locale
from openchannels.core import errors
from openchannels.core.exceptions import ServiceError, TooManyRequests
from openchannels.core.platforms import Locale, Platform
from openchannels.core.rate_limits import Limit
from openchannels.core.sessions import AuthSession
from openchannels.service.services import Services
from openchannels.web import json_callback, pages, views
from openchannels.web.texts import text

HTML = "text/html"
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
    return Response(answer.body, status_code=refused.code.number, headers=headers)


def services_of(request: AnyRequest) -> Services:
    services: Services = request.app.state.services
    return services


def locale_of(request: AnyRequest) -> Locale:
    return locale(request.scope["headers"])


def is_secure(request: AnyRequest) -> bool:
    """Whether people reach us by https."""
    return services_of(request).context.rules.public_url.startswith("https:")


async def session_of(request: AnyRequest, session_id: str) -> AuthSession:
    """The session, for its own browser only. Raises SESSION_NOT_FOUND."""
    services = services_of(request)
    session = await services.sessions.get_session(session_id)
    cookie = views.held(request.cookies, secure=is_secure(request))(session_id)
    if not services.browser_binding.holds(session, cookie):
        raise errors.SESSION_NOT_FOUND()
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
    known = Platform(platform) if platform in set(Platform) else None
    name = services_of(request).context.platforms.name(known) if known else None
    foreign = error.code is errors.OTHER_BROWSER
    page = pages.Notice(
        title=text(language, "notice_title"),
        message=error.message(language),
        advice=text(language, advice or ("notice_browser" if foreign else "notice_advice")),
        code=error.code.number,
        request_id=request.scope["state"]["request_id"],
        platform_id=known.value if known else None,
        platform_name=name.in_locale(language) if name else None,
    )
    return html(pages.notice_page(page, language), status=403 if foreign else 200)
