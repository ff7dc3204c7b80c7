"""Builds the runtime and its ASGI application from the settings."""

import contextlib
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, cast

from openchannels import __version__
from openchannels.app.access_log import AccessLog
from openchannels.app.assets import build_asset_store
from openchannels.app.doctor_page import DoctorPage
from openchannels.app.lifespan import lifespan
from openchannels.app.mcp import build_mcp, mcp_state
from openchannels.app.platforms import (
    build_apps,
    build_http_client,
    build_protection,
    build_remote_files,
    build_webhook_client,
)
from openchannels.app.rules import build_rules
from openchannels.app.runtime import Runtime
from openchannels.app.sandbox_mount import SANDBOX_MOUNT, mount_sandbox
from openchannels.app.scrape import build_scrape
from openchannels.app.siblings import Siblings
from openchannels.app.store import open_store, refuse_unusable
from openchannels.app.tracing import open_tracing
from openchannels.assets.adapt import ChildAdapter
from openchannels.assets.probe import ChildProbe
from openchannels.connectors.registry import CONNECTORS
from openchannels.core.clock import Clock, system_clock
from openchannels.core.exceptions import StartRefused
from openchannels.metrics.process import ProcessMetrics
from openchannels.service.admin import environment
from openchannels.service.context import Context
from openchannels.service.platforms.catalog import Platforms
from openchannels.service.platforms.shared_state import StoredState
from openchannels.service.platforms.usage import Usage
from openchannels.service.services import Services
from openchannels.service.shared_clock import SharedClock
from openchannels.settings import Settings
from openchannels.store.database import Database
from openchannels.transport.client import SandboxUrls
from openchannels.transport.forwarder import Forwarder

if TYPE_CHECKING:
    from litestar import Litestar

    from openchannels.mcp.http import McpOverHttp


def environment_of(settings: Settings) -> Literal["real", "sandbox"]:
    return "sandbox" if settings.sandbox.enabled else "real"


async def open_runtime(
    settings: Settings,
    *,
    public_url: str,
    sandbox_url: str | None = None,
    clock: Clock = system_clock,
    siblings: Siblings | None = None,
) -> Runtime:
    """Migrates and opens the store and builds the services.

    `sandbox_url` is where this process reaches a mounted sandbox, `siblings` are the processes
    that it serves with. Raises StartRefused.
    """
    asset_store = build_asset_store(settings)
    metrics = ProcessMetrics(CONNECTORS, siblings.cells if siblings else None)
    tracing = open_tracing(settings, environment_of(settings))
    db, vault = await open_store(settings, metrics)
    await _claim_environment(settings, db)
    clock = await _shared_clock(db, clock)
    http = build_http_client(settings, sandbox_url)
    browser = public_url + SANDBOX_MOUNT if settings.sandbox.mounted else settings.sandbox.url
    usage = Usage(db, clock)
    platforms = Platforms(
        connectors=CONNECTORS,
        apps=build_apps(settings, public_url),
        send=http,
        address=SandboxUrls(browser),
        clock=clock,
        usage=usage,
        shared_state=partial(StoredState, db, vault, clock),
        protection=build_protection(settings),
        metrics=metrics,
        tracing=tracing,
    )
    webhook_client = build_webhook_client(settings, sandbox=settings.sandbox.enabled)
    services = Services(
        Context(
            db=db,
            vault=vault,
            platforms=platforms,
            usage=usage,
            webhook_client=webhook_client,
            asset_store=asset_store,
            content_probe=ChildProbe(),
            image_adapter=ChildAdapter(),
            remote_files=build_remote_files(settings),
            rules=build_rules(settings, public_url),
            clock=clock,
            metrics=metrics,
            tracing=tracing,
        )
    )
    scrape = build_scrape(metrics, services, environment_of(settings), siblings)
    return Runtime(
        *(settings, public_url, services, db, http, webhook_client, scrape),
        sandbox_url=sandbox_url,
        siblings=siblings,
    )


async def _shared_clock(db: Database, clock: Clock) -> Clock:
    """The database's clock in place of this machine's, where other machines may share the store."""
    if db.kind == "sqlite" or clock is not system_clock:
        return clock
    shared = SharedClock(db)
    await shared.ask()
    return shared


async def _claim_environment(settings: Settings, db: Database) -> None:
    """Let the store be of this environment; one of the other is closed and refused."""
    try:
        with refuse_unusable(settings):
            await environment.claim_environment(db, environment_of(settings))
    except environment.WrongEnvironment as wrong:
        await db.close()
        raise StartRefused(str(wrong)) from None


def build_app(runtime: Runtime, own_url: str | None = None, process: str | None = None) -> Any:
    """Returns the ASGI application, with the sandbox mounted if the settings say so.

    `own_url` is where this process reaches itself; a mounted sandbox sends its webhooks there.
    `process` is its name in logs, among those that serve with it.
    """
    from openchannels.api.app import create_app
    from openchannels.api.fast_path import FastPath
    from openchannels.api.middleware import Middleware
    from openchannels.web.docs.routes import DOCUMENTS
    from openchannels.web.responses import failure_page
    from openchannels.web.routes import ROUTES
    from openchannels.web.views import About

    settings = runtime.settings
    mounted = settings.sandbox.mounted
    where = SANDBOX_MOUNT + "/" if mounted else settings.sandbox.url
    about = About(__version__, environment_of(settings), runtime.db.kind, where)
    doctor = DoctorPage(settings, runtime.public_url, runtime.services.readiness)
    access = AccessLog(settings.server.log_format, settings.server.log_level, process)
    sandbox = _sandbox(runtime, own_url) if mounted else None

    async def own_app(scope: Any, receive: Any, send: Any) -> None:
        await middleware(scope, receive, send)

    mcp = build_mcp(settings, runtime.public_url, own_app)

    app = create_app(
        runtime.services,
        pages=ROUTES,
        failure_page=failure_page,
        scrape=runtime.scrape,
        lifespan=_app_lifespan(runtime, sandbox, mcp, access),
        version=__version__,
        state={
            "about": about,
            "doctor": doctor.checks,
            DOCUMENTS: {},
            **mcp_state(settings, mcp),
        },
    )
    runtime.middleware = middleware = Middleware(
        cast("Any", FastPath(app)),
        runtime.services.context.metrics,
        access,
        tracing=runtime.services.context.tracing,
        body_seconds=settings.limits.body_seconds,
        trusted_proxies=runtime.services.context.rules.trusted_proxies,
    )
    return mount_sandbox(middleware, sandbox) if sandbox else middleware


def _app_lifespan(
    runtime: Runtime, sandbox: Any, mcp: "McpOverHttp | None", access: AccessLog
) -> Callable[["Litestar"], contextlib.AbstractAsyncContextManager[None]]:
    """Returns what runs as long as the application; pending lines are logged after all else."""

    @contextlib.asynccontextmanager
    async def run(_app: "Litestar") -> AsyncIterator[None]:
        async with sandbox.lifespan() if sandbox else contextlib.nullcontext():
            try:
                async with lifespan(runtime), mcp.running() if mcp else contextlib.nullcontext():
                    yield
            finally:
                access.flush()

    return run


def _sandbox(runtime: Runtime, push_to: str | None) -> Any:
    """Returns the sandbox to mount: several processes share that of another one."""
    if runtime.siblings is None:
        return mounted_sandbox(runtime.settings, push_to)
    assert runtime.sandbox_url is not None
    return Forwarder(runtime.sandbox_url)


def mounted_sandbox(settings: Settings, push_to: str | None) -> Any:
    """Returns the sandbox that is mounted; it sends its webhooks to `push_to`."""
    from openchannels.sandbox import create_sandbox

    return create_sandbox(state_file=settings.data_dir / "sandbox.db", push_to=push_to)
