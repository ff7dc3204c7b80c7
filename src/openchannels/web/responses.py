"""Helpers of the routes for browsers: reading a request, answering with a page."""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.response.base import ASGIResponse, Response

from openchannels.api.request import client_address, locale
from openchannels.core import errors
from openchannels.core.exceptions import RetryLater, ServiceError
from openchannels.core.platforms import Locale
from openchannels.core.rate_limits import Limit
from openchannels.core.sessions import AuthSession
from openchannels.service.services import Services
from openchannels.web import json_callback, pages, views
from openchannels.web.texts import text

HTML = "text/html"
AnyRequest = Request[Any, Any, Any]


def rate_limited(limit: Limit) -> dict[str, Any]:
    """Returns route options that limit the requests of each client address."""

    async def count(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        services: Services = connection.app.state.services
        address = client_address(connection.scope, services.context.rules.trusted_proxies)
        services.limits.count_request(limit, address)

    return {"guards": [count]}


def retry_later(request: AnyRequest, refused: RetryLater) -> Response[bytes]:
    """Answers what no route of a page has caught: over a limit, or without the store."""
    platform = request.path_params.get("platform")
    if platform and services_of(request).callbacks.answers_json(platform):
        request_id = request.scope["state"]["request_id"]
        answer = json_callback.error_response(refused, locale_of(request), request_id)
    else:
        answer = error_page(request, refused, platform)
    headers = dict(answer.headers.items())
    return Response(answer.body, status_code=answer.status_code, headers=headers)


def services_of(request: AnyRequest) -> Services:
    services: Services = request.app.state.services
    return services


def locale_of(request: AnyRequest) -> Locale:
    return locale(request.scope["headers"])


def is_secure(request: AnyRequest) -> bool:
    """Returns True if the public URL is https."""
    return services_of(request).context.rules.public_url.startswith("https:")


async def session_of(request: AnyRequest, session_id: str) -> AuthSession:
    """Returns the session if the browser holds its cookie. Raises SESSION_NOT_FOUND."""
    services = services_of(request)
    session = await services.sessions.get_session(session_id)
    cookie = views.session_cookie(request.cookies, secure=is_secure(request))(session_id)
    if not services.browser_binding.holds(session, cookie):
        raise errors.SESSION_NOT_FOUND()
    return session


def html(
    body: str, headers: dict[str, str] | None = None, *, status: int = 200, **more: str
) -> ASGIResponse:
    """Returns a page; `more` are further headers, with underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return ASGIResponse(
        body=body.encode(),
        media_type=HTML,
        status_code=status,
        headers={**(headers or pages.security_headers()), **named},
    )


def redirect(address: str, **more: str) -> ASGIResponse:
    """Returns a redirect that the browser follows with GET."""
    named = {name.replace("_", "-"): value for name, value in more.items()}
    headers = {**pages.security_headers(), "location": address, **named}
    return ASGIResponse(status_code=303, headers=headers)


def error_page(request: AnyRequest, error: ServiceError, platform: str | None) -> ASGIResponse:
    """Returns an error page; 403 for a browser other than the session's.

    What may succeed later has the error's own status, with Retry-After.
    """
    language = locale_of(request)
    connector = services_of(request).context.platforms.find(platform) if platform else None
    advice, status, more = "notice_advice", 200, {}
    if error.code is errors.OTHER_BROWSER:
        advice, status = "notice_browser", 403
    elif isinstance(error, RetryLater):
        advice, status = "notice_wait", error.code.number
        more = {"retry-after": str(error.retry_after)}
    page = pages.ErrorView(
        title=text(language, "notice_title"),
        message=error.message(language),
        advice=text(language, advice),
        code=error.code.number,
        request_id=request.scope["state"]["request_id"],
        platform_id=connector.id if connector else None,
        platform_name=connector.name.in_locale(language) if connector else None,
    )
    headers = {**pages.security_headers(), **more}
    return html(pages.error_page(page, language), headers, status=status)
