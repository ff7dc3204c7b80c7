"""Assembles the Litestar application: routes, shared state and exception handlers."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from litestar import Litestar, Request, Router
from litestar.datastructures import State
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.response import Response

from openchannels.api import openapi
from openchannels.api.bounds import check_bounds
from openchannels.api.cacheable import ANSWERS
from openchannels.api.endpoint import (
    bad_request,
    disconnected,
    internal_error,
    not_found,
    refused,
    retry_later,
    too_large,
    too_slow,
)
from openchannels.api.middleware import BodyTooLarge, BodyTooSlow
from openchannels.api.reading import ClientDisconnected
from openchannels.api.routes import (
    account_groups,
    accounts,
    assets,
    audit,
    auth,
    auth_sessions,
    engagement,
    inbound,
    insights,
    mcp,
    media,
    option_values,
    platforms,
    publish_records,
    publishing,
    system,
    webhooks,
    works,
)
from openchannels.api.uncached import route_uncached
from openchannels.core.exceptions import RequestRefused, RetryLater, ServiceError
from openchannels.service.services import Services

OPERATIONS: list[HTTPRouteHandler] = [
    *accounts.ROUTES,
    *option_values.ROUTES,
    *account_groups.ROUTES,
    *auth.ROUTES,
    *auth_sessions.ROUTES,
    *works.ROUTES,
    *engagement.ROUTES,
    *insights.ROUTES,
    *platforms.ROUTES,
    *publishing.ROUTES,
    *publish_records.ROUTES,
    *webhooks.ROUTES,
    *audit.ROUTES,
    *assets.ROUTES,
]
HANDLERS: dict[int | type[Exception], Any] = {
    NotFoundException: not_found,
    MethodNotAllowedException: not_found,
    HTTPException: bad_request,
    BodyTooLarge: too_large,
    BodyTooSlow: too_slow,
    ClientDisconnected: disconnected,
    RequestRefused: refused,
    RetryLater: retry_later,
    Exception: internal_error,
}
FailurePage = Callable[[Request[Any, Any, Any], ServiceError], Response[bytes]]
Scrape = Callable[[], Awaitable[bytes]]
Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def create_app(
    services: Services,
    *,
    pages: Sequence[Router],
    failure_page: FailurePage,
    scrape: Scrape,
    lifespan: Lifespan,
    version: str,
    state: dict[str, Any],
) -> Litestar:
    """Builds the application.

    `pages` are the web room's routes, `state` is what they need; `failure_page` renders what a
    browser sees instead of the envelope, `scrape` what `/metrics` answers.
    """
    public_url = services.context.rules.public_url
    document = openapi.Document(OPERATIONS, version=version, server=public_url)
    routes: list[HTTPRouteHandler | Router]
    routes = [*OPERATIONS, *system.ROUTES, *inbound.ROUTES, *media.ROUTES, *mcp.ROUTES, *pages]
    known = {ANSWERS: {}, "services": services, "openapi": document, "failure_page": failure_page}
    return _build(routes, {**known, "scrape": scrape, **state}, lifespan)


def create_probes(services: Services, scrape: Scrape, lifespan: Lifespan) -> Litestar:
    """Builds the application of a worker, which serves only health checks and metrics."""
    return _build(system.PROBES, {"services": services, "scrape": scrape}, lifespan)


def _build(
    routes: Sequence[HTTPRouteHandler | Router], state: dict[str, Any], lifespan: Lifespan
) -> Litestar:
    app = Litestar(
        route_handlers=routes,
        state=State(state),
        lifespan=[lifespan],
        guards=[check_bounds],
        openapi_config=None,
        logging_config=None,
        exception_handlers=HANDLERS,
    )
    route_uncached(app)
    return app
