"""Routes for browsers: the platform's callback, the account choice, the result, home and docs."""

from typing import Any

from litestar import Request, get, post
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from litestar.response.base import ASGIResponse, Response

from openchannels.api.guard import client_address, locale
from openchannels.core.errors import ServiceError, SessionError, TooManyRequests
from openchannels.core.platforms import Locale, Platform
from openchannels.core.sessions import AuthSession, Stage
from openchannels.service.choices import Pick
from openchannels.service.limits import Limit
from openchannels.service.services import Services
from openchannels.web import pages, programs, views
from openchannels.web.texts import text

BASE = "/api/v2/channels/accounts/auth"
HTML = "text/html; charset=utf-8"
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
    if platform and _services(request).callbacks.answers_json(platform):
        request_id = request.scope["state"]["request_id"]
        answer = programs.failed(refused, _locale(request), request_id)
    else:
        answer = _notice(request, refused, platform, "notice_wait")
    headers = {**dict(answer.headers.items()), "retry-after": str(refused.retry_after)}
    return Response(answer.body, status_code=429, headers=headers)


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
    posted = await programs.posted(request)
    return await _called_back(request, platform, {**posted, **dict(request.query_params)})


async def _called_back(request: AnyRequest, platform: str, params: dict[str, str]) -> ASGIResponse:
    """Finish the callback, then leave its address, which holds secrets, by a redirect."""
    services = _services(request)
    if services.callbacks.answers_json(platform):
        return await _called_by_program(request, platform, params)
    try:
        session = await services.callbacks.receive(platform, params)
    except ServiceError as error:
        return _notice(request, error, platform)
    proof = services.choices.browser_proof(session.id)
    lasting = services.context.rules.choice_seconds
    cookie = views.cookie(session.id, proof, secure=_secure(services), choice_seconds=lasting)
    headers = {"location": f"/connect/{session.id}", "set-cookie": cookie}
    return ASGIResponse(status_code=303, headers={**pages.security_headers(), **headers})


async def _called_by_program(
    request: AnyRequest, platform: str, params: dict[str, str]
) -> ASGIResponse:
    language, request_id = _locale(request), request.scope["state"]["request_id"]
    try:
        session = await _services(request).callbacks.receive(platform, params)
    except ServiceError as error:
        return programs.failed(error, language, request_id)
    return programs.finished(session, language, request_id)


@get("/connect/{session_id:str}/go", include_in_schema=False)
async def go(request: AnyRequest, session_id: FromPath[str]) -> ASGIResponse:
    """The way to a platform that wants people to come from a page of ours."""
    services = _services(request)
    try:
        state = request.query_params.get("state", "")
        session, address = await services.sessions.launch(session_id, state)
    except ServiceError as error:
        return _notice(request, error, None)
    if request.app.state.about.world == "sandbox":
        given = request.query_params.items()
        wishes = {name: value for name, value in given if name.startswith("sandbox_")}
        address = views.with_params(address, wishes)
        if "sandbox_decision" in wishes:
            headers = {**pages.security_headers(), "location": address}
            return ASGIResponse(status_code=303, headers=headers)
    language = _locale(request)
    page = pages.launch_page(views.launch(services, session, address, language), language)
    return _page(page, pages.launch_headers())


@get("/connect/{session_id:str}", include_in_schema=False)
async def connect(request: AnyRequest, session_id: FromPath[str]) -> ASGIResponse:
    """The choice among accounts, or how the connection ended."""
    try:
        session = await _session_of(request, session_id)
    except ServiceError as error:
        return _notice(request, error, None)
    if session.stage is Stage.CHOOSING:
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
    services = _services(request)
    form = await request.form()
    keys = [value for value in form.getall("account", []) if isinstance(value, str)]
    try:
        session = await _session_of(request, session_id)
        if not services.choices.is_form_token(session_id, form.get("csrf")):
            raise SessionError(15042)
    except ServiceError as error:
        return _notice(request, error, None)
    if session.stage is Stage.CHOOSING:
        picks = [Pick(uid, account) for uid, account in map(views.read_key, keys)]
        try:
            await services.choices.settle(session, picks)
        except ServiceError as error:
            return _choice(request, session, error, keys)
    headers = {**pages.security_headers(), "location": f"/connect/{session_id}"}
    return ASGIResponse(status_code=303, headers=headers)


@get("/", include_in_schema=False)
async def home(request: AnyRequest) -> ASGIResponse:
    """What runs here and where to go."""
    language = _locale(request)
    page = views.home(_services(request), request.app.state.about, language)
    return _page(pages.home_page(page, language))


@get("/reference", include_in_schema=False)
async def reference(request: AnyRequest) -> ASGIResponse:
    """The API reference, made from our own document."""
    return _page(pages.reference_page(request.app.state.openapi, _locale(request)))


@get("/assets/{name:str}", include_in_schema=False, sync_to_thread=False)
def assets(name: FromPath[str]) -> ASGIResponse:
    """Style sheet, script and icon."""
    found = pages.asset(name)
    if found is None:
        return ASGIResponse(body=b"not found", status_code=404, media_type="text/plain")
    content, media_type = found
    return ASGIResponse(body=content, media_type=media_type, headers=dict(pages.ASSET_HEADERS))


async def _session_of(request: AnyRequest, session_id: str) -> AuthSession:
    """The session, for the browser that came back with its secret state."""
    services = _services(request)
    # Under https only the `__Host-` cookie counts: any subdomain can plant one without the prefix.
    proof = request.cookies.get(views.cookie_name(session_id, secure=_secure(services)))
    if not services.choices.is_proof(session_id, proof):
        raise SessionError(15039)
    return await services.choices.session(session_id)


def _choice(
    request: AnyRequest,
    session: AuthSession,
    error: ServiceError | None = None,
    selected: list[str] | None = None,
) -> ASGIResponse:
    services, language = _services(request), _locale(request)
    page = views.choice(services, session, language, error, selected or [])
    return _page(pages.choice_page(page, language))


async def _result(request: AnyRequest, session: AuthSession) -> ASGIResponse:
    services, language = _services(request), _locale(request)
    relay = None
    if session.callback_url and session.stage.ended:
        relay = pages.Relay(session.callback_url, await services.results.form(session))
    redirect = services.results.redirect(session) if session.stage.ended else None
    request_id = request.scope["state"]["request_id"]
    result = views.result(services, session, language, relay, redirect, request_id)
    return _page(pages.result_page(result, language), pages.result_headers(result))


def _notice(
    request: AnyRequest,
    error: ServiceError,
    platform: str | None,
    advice: str = "notice_advice",
) -> ASGIResponse:
    language = _locale(request)
    known = Platform(platform) if platform in set(Platform) else None
    name = _services(request).context.platforms.name(known) if known else None
    notice = pages.Notice(
        title=text(language, "notice_title"),
        message=error.message(language),
        advice=text(language, advice),
        code=error.code.number,
        request_id=request.scope["state"]["request_id"],
        platform_id=known.value if known else None,
        platform_name=name.in_locale(language) if name else None,
    )
    return _page(pages.notice_page(notice, language))


def _page(html: str, headers: dict[str, str] | None = None) -> ASGIResponse:
    return ASGIResponse(
        body=html.encode(), media_type=HTML, headers=headers or pages.security_headers()
    )


def _secure(services: Services) -> bool:
    return services.context.rules.public_url.startswith("https:")


def _services(request: AnyRequest) -> Services:
    services: Services = request.app.state.services
    return services


def _locale(request: AnyRequest) -> Locale:
    return locale(request.scope["headers"])


ROUTES = [callback, callback_post, go, connect, choose, home, reference, assets]
