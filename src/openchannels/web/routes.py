"""Routes for browsers: platform callback, account choice, result, home and API reference."""

from litestar import Router, get, post
from litestar.params import FromPath
from litestar.response.base import ASGIResponse

from openchannels.api.bounds import FORM, public
from openchannels.api.reading import AnyRequest, read_cookies, read_form, read_query
from openchannels.core import errors
from openchannels.core.exceptions import RetryLater, ServiceError
from openchannels.core.rate_limits import Limit
from openchannels.core.sessions import AuthSession, SessionStage
from openchannels.service.authorization.selection import SelectedAccount
from openchannels.service.platforms.registered import LOGOS
from openchannels.service.services import Services
from openchannels.web import connect_page, doctor, hand_over, json_callback, logos, pages, views
from openchannels.web.docs import routes as docs
from openchannels.web.responses import (
    error_page,
    expired_page,
    is_secure,
    locale_of,
    page,
    redirect,
    refusal_page,
    result_page,
    retry_later,
    services_of,
    session_of,
)
from openchannels.web.security_headers import isolated_headers

BASE = "/api/v2/channels/accounts/auth"


@get(BASE + "/{platform:str}/callback", include_in_schema=False, **public(Limit.CALLBACK))
async def callback(request: AnyRequest, platform: FromPath[str]) -> ASGIResponse:
    """Handles the redirect from a platform."""
    return await _finish_callback(request, platform, read_query(request).first_values())


@post(
    BASE + "/{platform:str}/callback",
    include_in_schema=False,
    status_code=200,
    **public(Limit.CALLBACK, body=FORM),
)
async def callback_post(request: AnyRequest, platform: FromPath[str]) -> ASGIResponse:
    """The same for platforms that post; query parameters override form fields."""
    query = read_query(request).first_values()
    posted = await json_callback.read_fields(request)
    return await _finish_callback(request, platform, {**posted, **query})


async def _finish_callback(
    request: AnyRequest, platform: str, params: dict[str, str]
) -> ASGIResponse:
    """Finishes the callback, then redirects, because its URL holds secrets."""
    services = services_of(request)
    if services.callbacks.answers_json(platform):
        return await _finish_json_callback(request, platform, params)
    secure = is_secure(request)
    cookie_of = views.session_cookie(read_cookies(request), secure=secure)
    try:
        session, proof = await services.callbacks.receive(platform, params, cookie_of)
    except ServiceError as error:
        return await _refused_callback(request, platform, params, error)
    address = f"/connect/{session.id}"
    if proof is None:
        return redirect(address)
    choice_seconds = services.context.rules.choice_seconds
    cookie = views.cookie(session.id, proof, secure=secure, choice_seconds=choice_seconds)
    return redirect(address, set_cookie=cookie)


async def _refused_callback(
    request: AnyRequest, platform: str, params: dict[str, str], error: ServiceError
) -> ASGIResponse:
    """Shows the error; leads back from a session that has expired."""
    if error.code is errors.SESSION_NOT_FOUND:
        services = services_of(request)
        cookie_of = views.session_cookie(read_cookies(request), secure=is_secure(request))
        session = await services.expired_sessions.of_callback(platform, params, cookie_of)
        if session is not None:
            return await expired_page(request, session)
    return error_page(request, error, platform)


async def _finish_json_callback(
    request: AnyRequest, platform: str, params: dict[str, str]
) -> ASGIResponse:
    language, request_id = locale_of(request), request.scope["state"]["request_id"]
    try:
        session, _ = await services_of(request).callbacks.receive(platform, params)
    except ServiceError as error:
        return json_callback.error_response(error, language, request_id)
    return json_callback.session_response(session, language, request_id)


@get("/connect/{session_id:str}", include_in_schema=False, **public(Limit.PAGE))
async def connect(request: AnyRequest, session_id: FromPath[str]) -> ASGIResponse:
    """Shows the choice among accounts, or the result of the connection."""
    try:
        session = await session_of(request, session_id)
    except ServiceError as error:
        return await refusal_page(request, session_id, error)
    if session.stage.asks:
        return _choice(request, session)
    return await result_page(request, session)


@post(
    "/connect/{session_id:str}",
    include_in_schema=False,
    status_code=200,
    **public(Limit.CHOICE, body=FORM),
)
async def choose(request: AnyRequest, session_id: FromPath[str]) -> ASGIResponse:
    """Handles the choice posted by our own page."""
    services = services_of(request)
    try:
        session = await session_of(request, session_id)
    except ServiceError as error:
        return await refusal_page(request, session_id, error)
    fields, size = views.form_bounds(session)
    form = await read_form(request, fields=fields, size=size)
    if not services.browser_binding.is_form_token(session_id, form.first("csrf")):
        return await refusal_page(request, session_id, errors.SECURITY_CHECK_FAILED())
    keys = form.texts("account")
    if session.stage.asks:
        try:
            await _apply_decision(services, session, keys, form.first("decision"))
        except ServiceError as error:
            return await _choice_with_error(request, session_id, error, keys)
    return redirect(f"/connect/{session_id}")


async def _choice_with_error(
    request: AnyRequest, session_id: str, refused: ServiceError, keys: list[str]
) -> ASGIResponse:
    """Shows the choice again with the error, or the result if it has ended meanwhile."""
    try:
        session = await session_of(request, session_id)
    except ServiceError as error:
        return await refusal_page(request, session_id, error)
    if session.stage.asks:
        return _choice(request, session, refused, keys)
    return redirect(f"/connect/{session_id}")


async def _apply_decision(
    services: Services, session: AuthSession, keys: list[str], decision: object
) -> None:
    """Applies the person's decision; only a session that asks for confirmation can be declined."""
    if session.stage is SessionStage.CONFIRMING and decision == "decline":
        await services.confirmations.decline(session)
    else:
        picks = [
            SelectedAccount(uid, account) for uid, account in map(views.read_account_key, keys)
        ]
        await services.selections.connect_selected(session, picks)


@get("/", include_in_schema=False, **public(Limit.PAGE))
async def home(request: AnyRequest) -> ASGIResponse:
    """Shows the home page."""
    view = views.home(services_of(request), request.app.state.about, locale_of(request))
    return page(request, pages.home_page, view, isolated_headers())


@get("/assets/{name:str}", include_in_schema=False, sync_to_thread=False, **public(Limit.PAGE))
def assets(name: FromPath[str]) -> ASGIResponse:
    """Serves style sheet, scripts and icon."""
    found = pages.asset(name)
    if found is None:
        return ASGIResponse(body=b"not found", status_code=404, media_type="text/plain")
    content, media_type = found
    return ASGIResponse(body=content, media_type=media_type, headers=pages.asset_headers(name))


@get(LOGOS + "/{name:str}", include_in_schema=False, sync_to_thread=False, **public(Limit.PAGE))
def logo(name: FromPath[str]) -> ASGIResponse:
    """Serves the logo of a platform."""
    drawn = logos.logo(name)
    if drawn is None:
        return ASGIResponse(body=b"not found", status_code=404, media_type="text/plain")
    return ASGIResponse(body=drawn, media_type=logos.MEDIA_TYPE, headers=dict(logos.HEADERS))


def _choice(
    request: AnyRequest,
    session: AuthSession,
    error: ServiceError | None = None,
    selected: list[str] | None = None,
) -> ASGIResponse:
    services, locale = services_of(request), locale_of(request)
    view = views.choice(services, session, locale, error, selected or [])
    return page(request, pages.choice_page, view)


ROUTES = [
    Router(
        path="/",
        route_handlers=[
            callback,
            callback_post,
            connect_page.show_page,
            connect_page.follow_button,
            connect,
            choose,
            home,
            doctor.doctor,
            hand_over.hand_over,
            assets,
            logo,
            *docs.ROUTES,
        ],
        exception_handlers={RetryLater: retry_later},
    )
]
