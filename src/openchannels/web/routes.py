"""Routes for browsers: the platform's callback, the account choice, the result, home and docs."""

from litestar import get, post
from litestar.params import FromPath
from litestar.response.base import ASGIResponse

from openchannels.core import errors
from openchannels.core.exceptions import ServiceError
from openchannels.core.rate_limits import Limit
from openchannels.core.sessions import AuthSession, Stage
from openchannels.service.authorization.selection import SelectedAccount
from openchannels.service.services import Services
from openchannels.web import connect_page, json_callback, pages, views
from openchannels.web.docs import routes as docs
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

BASE = "/api/v2/channels/accounts/auth"


@get(BASE + "/{platform:str}/callback", include_in_schema=False, **limited(Limit.CALLBACK))
async def callback(request: AnyRequest, platform: FromPath[str]) -> ASGIResponse:
    """Where a platform sends the person back."""
    return await _called_back(request, platform, dict(request.query_params))


@post(
    BASE + "/{platform:str}/callback",
    include_in_schema=False,
    status_code=200,
    **limited(Limit.CALLBACK),
)
async def callback_post(request: AnyRequest, platform: FromPath[str]) -> ASGIResponse:
    """The same for platforms that post; what stands in the query wins."""
    posted = await json_callback.posted(request)
    return await _called_back(request, platform, {**posted, **dict(request.query_params)})


async def _called_back(request: AnyRequest, platform: str, params: dict[str, str]) -> ASGIResponse:
    """Finish the callback, then leave its address, which holds secrets, by a redirect."""
    services = services_of(request)
    if services.callbacks.answers_json(platform):
        return await _called_by_program(request, platform, params)
    secure = is_secure(request)
    held = views.held(request.cookies, secure=secure)
    try:
        session, proof = await services.callbacks.receive(platform, params, held)
    except ServiceError as error:
        return notice(request, error, platform)
    address = f"/connect/{session.id}"
    if proof is None:
        return away(address)
    lasting = services.context.rules.choice_seconds
    cookie = views.cookie(session.id, proof, secure=secure, choice_seconds=lasting)
    return away(address, set_cookie=cookie)


async def _called_by_program(
    request: AnyRequest, platform: str, params: dict[str, str]
) -> ASGIResponse:
    language, request_id = locale_of(request), request.scope["state"]["request_id"]
    try:
        session, _ = await services_of(request).callbacks.receive(platform, params)
    except ServiceError as error:
        return json_callback.failed(error, language, request_id)
    return json_callback.finished(session, language, request_id)


@get("/connect/{session_id:str}", include_in_schema=False)
async def connect(request: AnyRequest, session_id: FromPath[str]) -> ASGIResponse:
    """The choice among accounts, or how the connection ended."""
    try:
        session = await session_of(request, session_id)
    except ServiceError as error:
        return notice(request, error, None)
    if session.stage.asks:
        return _choice(request, session)
    return await _result(request, session)


@post(
    "/connect/{session_id:str}",
    include_in_schema=False,
    status_code=200,
    **limited(Limit.CHOICE),
)
async def choose(request: AnyRequest, session_id: FromPath[str]) -> ASGIResponse:
    """Take the choice posted by our own page."""
    services = services_of(request)
    form = await form_of(request)
    keys = [value for value in form.getall("account", []) if isinstance(value, str)]
    try:
        session = await session_of(request, session_id)
        if not services.browser_binding.is_form_token(session_id, form.get("csrf")):
            raise errors.SECURITY_CHECK_FAILED()
    except ServiceError as error:
        return notice(request, error, None)
    if session.stage.asks:
        try:
            await _settle(services, session, keys, form.get("decision"))
        except ServiceError as error:
            return await _asked_again(request, session_id, error, keys)
    return away(f"/connect/{session_id}")


async def _asked_again(
    request: AnyRequest, session_id: str, refused: ServiceError, keys: list[str]
) -> ASGIResponse:
    """The question with what was wrong; or the result, where a second click came too late."""
    try:
        session = await session_of(request, session_id)
    except ServiceError as error:
        return notice(request, error, None)
    if session.stage.asks:
        return _choice(request, session, refused, keys)
    return away(f"/connect/{session_id}")


async def _settle(
    services: Services, session: AuthSession, keys: list[str], decision: object
) -> None:
    """Do what the person decided; only one who is asked to confirm can decline."""
    if session.stage is Stage.CONFIRMING and decision == "decline":
        await services.confirmations.decline(session)
    else:
        picks = [SelectedAccount(uid, account) for uid, account in map(views.read_key, keys)]
        await services.selections.connect_selected(session, picks)


@get("/", include_in_schema=False)
async def home(request: AnyRequest) -> ASGIResponse:
    """What runs here and where to go."""
    language = locale_of(request)
    page = views.home(services_of(request), request.app.state.about, language)
    return html(pages.home_page(page, language))


@get("/assets/{name:str}", include_in_schema=False, sync_to_thread=False)
def assets(name: FromPath[str]) -> ASGIResponse:
    """Style sheet, script and icon."""
    found = pages.asset(name)
    if found is None:
        return ASGIResponse(body=b"not found", status_code=404, media_type="text/plain")
    content, media_type = found
    return ASGIResponse(body=content, media_type=media_type, headers=dict(pages.ASSET_HEADERS))


def _choice(
    request: AnyRequest,
    session: AuthSession,
    error: ServiceError | None = None,
    selected: list[str] | None = None,
) -> ASGIResponse:
    services, language = services_of(request), locale_of(request)
    page = views.choice(services, session, language, error, selected or [])
    return html(pages.choice_page(page, language))


async def _result(request: AnyRequest, session: AuthSession) -> ASGIResponse:
    services, language = services_of(request), locale_of(request)
    relay = None
    if session.callback_url and session.stage.ended:
        relay = pages.Relay(session.callback_url, await services.caller_redirects.form(session))
    redirect = services.caller_redirects.redirect(session) if session.stage.ended else None
    request_id = request.scope["state"]["request_id"]
    result = views.result(services, session, language, relay, redirect, request_id)
    return html(pages.result_page(result, language), pages.result_headers(result))


ROUTES = [
    callback,
    callback_post,
    connect_page.launch,
    connect_page.start,
    connect,
    choose,
    home,
    assets,
    *docs.ROUTES,
]
