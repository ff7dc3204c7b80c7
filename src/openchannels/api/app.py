"""Assembles the Litestar application: routes, shared state and exception handlers."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from litestar import Litestar, Request, Router
from litestar.datastructures import State
from litestar.exceptions import MethodNotAllowedException, NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.response import Response

from openchannels.api import openapi
from openchannels.api.endpoint import internal_error, not_found, retry_later, too_large, too_slow
from openchannels.api.middleware import BodyTooLarge, BodyTooSlow
from openchannels.api.routes import (
    accounts,
    audit,
    auth,
    auth_sessions,
    inbound,
    platforms,
    system,
    webhooks,
    works,
)
from openchannels.core.exceptions import RetryLater, ServiceError
from openchannels.service.services import Services

OPERATIONS: list[HTTPRouteHandler] = [
    *accounts.ROUTES,
    *auth.ROUTES,
    *auth_sessions.ROUTES,
    *works.ROUTES,
    *platforms.ROUTES,
    *webhooks.ROUTES,
    *audit.ROUTES,
]
FailurePage = Callable[[Request[Any, Any, Any], ServiceError], Response[bytes]]
Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def create_app(
    services: Services,
    *,
    pages: Sequence[Router],
    failure_page: FailurePage,
    lifespan: Lifespan,
    version: str,
    state: dict[str, Any],
) -> Litestar:
    """Builds the application.

    `pages` are the web room's routes, `state` is what they need; `failure_page` renders what a
    browser sees instead of the envelope.
    """
    handlers: dict[int | type[Exception], Any] = {
        NotFoundException: not_found,
        MethodNotAllowedException: not_found,
        BodyTooLarge: too_large,
        BodyTooSlow: too_slow,
        RetryLater: retry_later,
        Exception: internal_error,
    }
    public_url = services.context.rules.public_url
    document = openapi.build_document(OPERATIONS, version=version, server=public_url)
    return Litestar(
        route_handlers=[*OPERATIONS, *system.ROUTES, *inbound.ROUTES, *pages],
        state=State(
            {
                "services": services,
                "openapi": document,
                "failure_page": failure_page,
                **state,
            }
        ),
        lifespan=[lifespan],
        openapi_config=None,
        logging_config=None,
        exception_handlers=handlers,
    )


def create_probes(services: Services, lifespan: Lifespan) -> Litestar:
    """Builds the application of a worker, which serves only health checks and metrics."""
    return Litestar(
        route_handlers=[*system.PROBES],
        state=State({"services": services}),
        lifespan=[lifespan],
        openapi_config=None,
        logging_config=None,
    )
