"""Helpers of the routes for browsers: reading a request, answering with a page."""

from typing import Any

from litestar.response.base import ASGIResponse, Response

from openchannels.api.bounds import public
from openchannels.api.reading import AnyRequest, read_cookies
from openchannels.api.request import locale
from openchannels.core import errors
from openchannels.core.exceptions import ServiceError, TooManyRequests
from openchannels.core.platforms import Locale
from openchannels.core.rate_limits import Limit
from openchannels.core.sessions import AuthSession
from openchannels.service.services import Services
from openchannels.web import json_callback, pages, views
from openchannels.web.texts import text

HTML = "text/html"


def for_browsers(rate: Limit = Limit.PAGE, *, body: int = 0) -> dict[str, Any]:
    """Returns the options of a route for browsers: its bounds, and a page if there are too many."""
    return {**public(rate, body=body), "exception_handlers": {TooManyRequests: _too_many}}


def _too_many(request: AnyRequest, refused: TooManyRequests) -> Response[bytes]:
    platform = request.path_params.get("platform")
    if platform and services_of(request).callbacks.answers_json(platform):
        request_id = request.scope["state"]["request_id"]
        answer = json_callback.error_response(refused, locale_of(request), request_id)
    else:
        answer = error_page(request, refused, platform, "notice_wait")
    headers = {**dict(answer.headers.items()), "retry-after": str(refused.retry_after)}
    return Response(answer.body, status_code=refused.code.number, headers=headers)


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
    cookie = views.session_cookie(read_cookies(request), secure=is_secure(request))(session_id)
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


def error_page(
    request: AnyRequest, error: ServiceError, platform: str | None, advice: str | None = None
) -> ASGIResponse:
    """Returns an error page; 403 for a browser other than the session's."""
    language = locale_of(request)
    connector = services_of(request).context.platforms.find(platform) if platform else None
    other_browser = error.code is errors.OTHER_BROWSER
    page = pages.ErrorView(
        title=text(language, "notice_title"),
        message=error.message(language),
        advice=text(language, advice or ("notice_browser" if other_browser else "notice_advice")),
        code=error.code.number,
        request_id=request.scope["state"]["request_id"],
        platform_id=connector.id if connector else None,
        platform_name=connector.name.in_locale(language) if connector else None,
    )
    return html(pages.error_page(page, language), status=403 if other_browser else 200)
