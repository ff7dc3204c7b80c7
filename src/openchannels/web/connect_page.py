"""Routes of the connect page, from which a person goes to the platform."""

from litestar import get, post
from litestar.params import FromPath
from litestar.response.base import ASGIResponse

from openchannels.api.bounds import FORM, public
from openchannels.api.query import Query
from openchannels.api.reading import AnyRequest, read_cookies, read_form, read_query
from openchannels.core import errors, ids
from openchannels.core.exceptions import ServiceError, SessionError
from openchannels.core.rate_limits import Limit
from openchannels.core.sessions import AuthSession
from openchannels.service.authorization.browser_binding import form_token_of, same
from openchannels.web import pages, views
from openchannels.web.responses import (
    error_page,
    is_secure,
    locale_of,
    page,
    redirect,
    refusal_page,
    services_of,
    session_of,
)

SANDBOX_PARAM = "sandbox_"


@get("/connect/{session_id:str}/go", include_in_schema=False, **public(Limit.PAGE))
async def show_page(request: AnyRequest, session_id: FromPath[str]) -> ASGIResponse:
    """Shows the connect page. Sets only a cookie, so link previews may load it too."""
    services, locale = services_of(request), locale_of(request)
    query = read_query(request)
    ticket, sandbox_params = query.first("ticket") or "", _sandbox_params(request, query)
    secret = _browser_secret(request, session_id) or ids.new_secret()
    try:
        session = await services.connect_page.get_session(session_id, ticket, secret)
        if f"{SANDBOX_PARAM}decision" in sandbox_params:
            # Programs that test against a sandbox do not click buttons.
            session, address = await services.connect_page.start_authorization(
                session_id, ticket, secret
            )
            address = views.with_params(address, sandbox_params)
            return redirect(address, set_cookie=_cookie(request, session, secret))
    except ServiceError as error:
        return await _refused(request, session_id, error, ticket)
    fields = {"csrf": form_token_of(secret), "ticket": ticket, **sandbox_params}
    view = views.launch(services, session, fields, locale)
    return page(request, pages.connect_page, view, set_cookie=_cookie(request, session, secret))


@post(
    "/connect/{session_id:str}/go",
    include_in_schema=False,
    status_code=200,
    **public(Limit.CHOICE, body=FORM),
)
async def follow_button(request: AnyRequest, session_id: FromPath[str]) -> ASGIResponse:
    """Handles the button; answers with a page, because forms may not redirect to other hosts."""
    services, locale = services_of(request), locale_of(request)
    form = await read_form(request)
    secret, ticket = _browser_secret(request, session_id), form.first("ticket") or ""
    try:
        if secret is None or not same(form.first("csrf"), form_token_of(secret)):
            raise errors.SECURITY_CHECK_FAILED()
        session, address = await services.connect_page.start_authorization(
            session_id, ticket, secret
        )
    except ServiceError as error:
        return await _refused(request, session_id, error, ticket)
    sandbox_params = _sandbox_params(request, form)
    if sandbox_params:
        address = views.with_params(address, sandbox_params)
    view = views.leaving(services, session, address, locale)
    headers = None
    if services.connect_page.checks_referrer(session):
        headers = pages.connect_page_headers()
    again = views.with_params(request.scope["path"], {"ticket": ticket})
    return page(request, pages.leaving_page, view, headers, here=again)


async def _refused(
    request: AnyRequest, session_id: str, error: ServiceError, ticket: str
) -> ASGIResponse:
    """Shows the session's result if the browser has its cookie, else the error."""
    if error.code is errors.SESSION_NOT_FOUND:
        try:
            await session_of(request, session_id)
        except SessionError:
            return await refusal_page(request, session_id, error, ticket)
        return redirect(f"/connect/{session_id}")
    return error_page(request, error, None)


def _browser_secret(request: AnyRequest, session_id: str) -> str | None:
    """Returns the secret from this browser's cookie, if it is a valid one."""
    value = views.session_cookie(read_cookies(request), secure=is_secure(request))(session_id)
    return value if value is not None and ids.SECRET.fullmatch(value) else None


def _cookie(request: AnyRequest, session: AuthSession, secret: str) -> str:
    rules = services_of(request).context.rules
    choice_seconds = rules.session_seconds + rules.choice_seconds
    return views.cookie(
        session.id, secret, secure=is_secure(request), choice_seconds=choice_seconds
    )


def _sandbox_params(request: AnyRequest, sent: Query) -> dict[str, str]:
    """Returns the parameters meant for the sandbox; none over real platforms."""
    if request.app.state.about.environment != "sandbox":
        return {}
    given = sent.first_values().items()
    return {name: value for name, value in given if name.startswith(SANDBOX_PARAM)}
