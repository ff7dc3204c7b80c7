"""Helpers of the routes for browsers: reading a request, answering with a page."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from litestar.response.base import ASGIResponse, Response

from openchannels.api.reading import AnyRequest, read_cookies
from openchannels.core import errors
from openchannels.core.exceptions import ErrorCode, RetryLater, ServiceError
from openchannels.core.platforms import Locale
from openchannels.core.request_record import note_code
from openchannels.core.sessions import AuthSession
from openchannels.service.services import Services
from openchannels.web import json_callback, language, pages, views
from openchannels.web.language import locale_of_page
from openchannels.web.texts import text

HTML = "text/html"
V = TypeVar("V")
FAILURES: Final[dict[ErrorCode[Any], tuple[str, str | None, str]]] = {
    errors.ROUTE_NOT_FOUND: ("missing_title", "missing_text", "missing_advice"),
    errors.INTERNAL_ERROR: ("fault_title", "fault_text", "fault_advice"),
}
"""Title, message and advice of pages for refusals whose own message is not for people."""


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
    return locale_of_page(request.scope)


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


def page(
    request: AnyRequest,
    render: Callable[[V, str, str], str],
    view: V,
    headers: Mapping[str, str] | None = None,
    *,
    status: int = 200,
    here: str | None = None,
    set_cookie: str | None = None,
) -> ASGIResponse:
    """Returns a page in the person's language, and remembers a language just picked.

    `here` is where the page can be read again, by default its own address.
    """
    html = render(view, locale_of(request), here or language.own_address(request.scope))
    remembered = language.cookie(request.scope, secure=is_secure(request))
    cookies = [("set-cookie", value) for value in (set_cookie, remembered) if value]
    return ASGIResponse(
        body=html.encode(),
        media_type=HTML,
        status_code=status,
        headers=[*(headers or pages.security_headers()).items(), *cookies],
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
    note_code(error.code.number)
    locale = locale_of(request)
    connector = services_of(request).context.platforms.find(platform) if platform else None
    advice, status, more = "notice_advice", 200, {}
    if error.code is errors.OTHER_BROWSER:
        advice, status = "notice_browser", 403
    elif isinstance(error, RetryLater):
        advice, status = "notice_wait", error.code.number
        more = {"retry-after": str(error.retry_after)}
    view = pages.ErrorView(
        title=text(locale, "notice_title"),
        message=error.message(locale),
        advice=text(locale, advice),
        code=error.code.number,
        request_id=request.scope["state"]["request_id"],
        platform_id=connector.id if connector else None,
        platform_name=connector.name.in_locale(locale) if connector else None,
    )
    headers = {**pages.security_headers(), **more}
    return page(request, pages.error_page, view, headers, status=status)


def failure_page(request: AnyRequest, error: ServiceError) -> Response[bytes]:
    """Returns the page for a request outside of any connection, with the error's own status."""
    locale = locale_of(request)
    title, message, advice = FAILURES.get(error.code, ("notice_title", None, "notice_advice"))
    missing = error.code is errors.ROUTE_NOT_FOUND
    view = pages.ErrorView(
        title=text(locale, title),
        message=text(locale, message) if message else error.message(locale),
        advice=text(locale, advice),
        code=error.code.number,
        request_id=request.scope["state"]["request_id"],
        link=(text(locale, "home_title"), "/") if missing else None,
    )
    answer = page(request, pages.error_page, view)
    return Response(
        answer.body,
        media_type=HTML,
        status_code=error.code.number,
        headers=dict(answer.headers.items()),
    )


async def result_page(request: AnyRequest, session: AuthSession) -> ASGIResponse:
    """Returns the result of a connection, which leads back to the application."""
    relay = None
    if session.callback_url and session.stage.ended:
        form = await services_of(request).caller_redirects.form(session)
        relay = pages.Relay(session.callback_url, form)
    return await _outcome_page(request, session, relay)


async def expired_page(request: AnyRequest, session: AuthSession) -> ASGIResponse:
    """Returns the page of an expired session: it leads back, but posts no result."""
    return await _outcome_page(request, session, None)


async def _outcome_page(
    request: AnyRequest, session: AuthSession, relay: pages.Relay | None
) -> ASGIResponse:
    services, locale = services_of(request), locale_of(request)
    redirect = services.caller_redirects.redirect(session) if session.stage.ended else None
    opener = await services.caller_redirects.opener_message(session)
    request_id = request.scope["state"]["request_id"]
    view = views.result(services, session, locale, relay, redirect, opener, request_id)
    return page(request, pages.result_page, view, pages.result_headers(view))


async def refusal_page(
    request: AnyRequest, session_id: str, error: ServiceError, ticket: str = ""
) -> ASGIResponse:
    """Returns the page of an expired session if the browser belongs to it, else the error."""
    if error.code is errors.SESSION_NOT_FOUND:
        expired = services_of(request).expired_sessions
        cookie = views.session_cookie(read_cookies(request), secure=is_secure(request))(session_id)
        session = await expired.of_ticket(session_id, ticket) if ticket else None
        session = session or await expired.of_browser(session_id, cookie)
        if session is not None:
            return await expired_page(request, session)
    return error_page(request, error, None)
