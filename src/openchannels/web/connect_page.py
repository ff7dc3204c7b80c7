"""Routes of the page from which a person starts for a platform."""

from litestar import get, post
from litestar.params import FromPath
from litestar.response.base import ASGIResponse

from openchannels.core import ids
from openchannels.core.errors import ServiceError, SessionError
from openchannels.core.rate_limits import Limit
from openchannels.core.sessions import AuthSession
from openchannels.service.authorization.browser_binding import form_token_of, same
from openchannels.web import pages, views
from openchannels.web.forms import form_of
from openchannels.web.responses import (
    AnyRequest,
    away,
    html,
    is_secure,
    limited,
    locale_of,
    notice,
    services_of,
    session_of,
)

SANDBOX_PARAM = "sandbox_"


@get("/connect/{session_id:str}/go", include_in_schema=False)
async def launch(request: AnyRequest, session_id: FromPath[str]) -> ASGIResponse:
    """The page. It changes nothing but the cookie, so that previews of links may open it too."""
    services, language = services_of(request), locale_of(request)
    ticket, wishes = request.query_params.get("ticket", ""), _wishes(request)
    secret = _secret(request, session_id) or ids.new_secret()
    try:
        session = await services.launches.look(session_id, ticket, secret)
        if f"{SANDBOX_PARAM}decision" in wishes:
            # A program over a sandbox presses no buttons.
            session, address = await services.launches.go(session_id, ticket, secret)
            address = views.with_params(address, wishes)
            return away(address, set_cookie=_cookie(request, session, secret))
    except ServiceError as error:
        return await _refused(request, session_id, error)
    fields = {"csrf": form_token_of(secret), "ticket": ticket, **wishes}
    page = pages.launch_page(views.launch(services, session, fields, language), language)
    return html(page, set_cookie=_cookie(request, session, secret))


@post(
    "/connect/{session_id:str}/go",
    include_in_schema=False,
    status_code=200,
    **limited(Limit.CHOICE),
)
async def start(request: AnyRequest, session_id: FromPath[str]) -> ASGIResponse:
    """Take the button. What leads on is a page: forms may not be redirected to other hosts."""
    services, language = services_of(request), locale_of(request)
    form = await form_of(request)
    secret, ticket = _secret(request, session_id), form.get("ticket")
    try:
        if secret is None or not same(form.get("csrf"), form_token_of(secret)):
            raise SessionError(15042)
        ticket = ticket if isinstance(ticket, str) else ""
        session, address = await services.launches.go(session_id, ticket, secret)
    except ServiceError as error:
        return await _refused(request, session_id, error)
    wishes = {k: v for k, v in form.items() if k.startswith(SANDBOX_PARAM) and isinstance(v, str)}
    if wishes and _in_sandbox(request):
        address = views.with_params(address, wishes)
    page = pages.leaving_page(views.leaving(services, session, address, language), language)
    checked = services.launches.checks_referrer(session)
    return html(page, pages.launch_headers() if checked else None)


async def _refused(request: AnyRequest, session_id: str, error: ServiceError) -> ASGIResponse:
    """Who comes back by the browser's own button is shown how the connection stands."""
    if error.code.number == 15039:
        try:
            await session_of(request, session_id)
        except SessionError:
            return notice(request, error, None)
        return away(f"/connect/{session_id}")
    return notice(request, error, None)


def _secret(request: AnyRequest, session_id: str) -> str | None:
    """The secret in this browser's cookie, if one of ours is there."""
    value = views.held(request.cookies, secure=is_secure(request))(session_id)
    return value if value is not None and ids.SECRET.fullmatch(value) else None


def _cookie(request: AnyRequest, session: AuthSession, secret: str) -> str:
    rules = services_of(request).context.rules
    lasting = rules.session_seconds + rules.choice_seconds
    return views.cookie(session.id, secret, secure=is_secure(request), choice_seconds=lasting)


def _in_sandbox(request: AnyRequest) -> bool:
    return bool(request.app.state.about.environment == "sandbox")


def _wishes(request: AnyRequest) -> dict[str, str]:
    """What is to be passed on to the sandbox; nothing over real platforms."""
    given = request.query_params.items() if _in_sandbox(request) else ()
    return {name: value for name, value in given if name.startswith(SANDBOX_PARAM)}
