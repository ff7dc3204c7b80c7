"""The composition root: settings in, a running service out."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_network
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from openchannels import __version__
from openchannels.app import store
from openchannels.app.erase import EraseRefused as EraseRefused
from openchannels.app.erase import EraseReport as EraseReport
from openchannels.app.erase import erase_user as erase_user
from openchannels.app.lifespan import build_engine
from openchannels.app.logging import AccessLog
from openchannels.app.platforms import CALLBACK, build_apps, http_client, protection
from openchannels.app.runtime import Runtime as Runtime
from openchannels.app.runtime import living
from openchannels.app.sandbox_mount import SANDBOX_MOUNT as SANDBOX_MOUNT
from openchannels.app.sandbox_mount import mount_sandbox
from openchannels.app.store import inspect_store, open_store
from openchannels.app.store import migrate_store as migrate_store
from openchannels.app.store import must_exist as must_exist
from openchannels.app.store import open_audit as open_audit
from openchannels.app.store import open_keys as open_keys
from openchannels.app.store import open_rotation as open_rotation
from openchannels.connectors.registry import CONNECTORS
from openchannels.core.audit import AuditEntry as AuditEntry
from openchannels.core.audit import AuditFilter as AuditFilter
from openchannels.core.clock import Clock, system_clock
from openchannels.core.errors import StartRefused as StartRefused
from openchannels.core.keys import Scope as Scope
from openchannels.core.platforms import AuthType, Platform
from openchannels.core.rate_limits import Rates
from openchannels.core.sessions import Binding as Binding
from openchannels.core.webhooks import LogFilter as LogFilter
from openchannels.core.webhooks import Selection as Selection
from openchannels.core.webhooks import Webhook as Webhook
from openchannels.server.serve import bind as bind
from openchannels.server.serve import near_address
from openchannels.server.serve import run as run
from openchannels.server.serve import serve_app as serve_app
from openchannels.server.timeouts import Patience
from openchannels.service.admin import environment as world
from openchannels.service.admin.key_rotation import Rewrapped as Rewrapped
from openchannels.service.admin.key_rotation import Rotation as Rotation
from openchannels.service.admin.key_rotation import Standing as Standing
from openchannels.service.api_keys import Keys as Keys
from openchannels.service.api_keys import NewKey as NewKey
from openchannels.service.authorization import return_urls
from openchannels.service.context import Context, Rules
from openchannels.service.events.log import EventLog as EventLog
from openchannels.service.events.webhooks import Shown as Shown
from openchannels.service.events.webhooks import Webhooks as Webhooks
from openchannels.service.platforms.catalog import Platforms, PlatformView, platform_views
from openchannels.service.platforms.shared_state import StoredMemory
from openchannels.service.platforms.usage import Usage
from openchannels.service.services import Services
from openchannels.settings import Settings
from openchannels.store.inspect import Condition
from openchannels.transport.client import Sandboxed
from openchannels.transport.webhook_client import OutboundClient

if TYPE_CHECKING:
    from litestar import Litestar

SANDBOX_SHUTDOWN_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Examination:
    """What a start would find.

    `problems` prevent a start, by what they concern: `database`, `keyring`. `redirects` are the
    addresses to register at the platforms.
    """

    problems: dict[str, str]
    database: Condition
    world: str | None
    has_keyring: bool
    platforms: list[PlatformView]
    redirects: dict[Platform, str]


def world_of(settings: Settings) -> str:
    return "sandbox" if settings.sandbox.enabled else "real"


async def examine(settings: Settings) -> Examination:
    """Look at what a start would find; makes and changes nothing."""
    database, has_keyring, problems = await inspect_store(settings)
    public_url = settings.server.base_url()
    apps = build_apps(settings, public_url)
    redirects = {
        platform: apps[platform].redirect_uri
        if platform in apps
        else public_url + CALLBACK.format(platform=platform.value)
        for platform, connector in CONNECTORS.items()
        if connector.auth_type is not AuthType.PLUGIN
    }
    return Examination(
        problems=problems,
        database=database,
        world=database.facts.get(world.FACT),
        has_keyring=has_keyring,
        platforms=platform_views(CONNECTORS, apps),
        redirects=redirects,
    )


def key_origin(value: str) -> str | None:
    """An origin as keys keep it, `scheme://host[:port]`; None if the text is no http(s) one."""
    return return_urls.origin(value)


async def open_runtime(
    settings: Settings,
    *,
    public_url: str,
    sandbox_url: str | None = None,
    clock: Clock = system_clock,
) -> Runtime:
    """Migrate and open the store, then put the service together.

    `sandbox_url` is where this process reaches a mounted sandbox. Raises StartRefused.
    """
    db, vault = await open_store(settings)
    try:
        await world.settle(db, world_of(settings))
    except world.WrongWorld as wrong:
        await db.close()
        raise StartRefused(str(wrong)) from None
    http = http_client(settings, sandbox_url)
    browser = public_url + SANDBOX_MOUNT if settings.sandbox.mounted else settings.sandbox.url
    usage = Usage(db, clock)
    platforms = Platforms(
        connectors=CONNECTORS,
        apps=build_apps(settings, public_url),
        send=http,
        address=Sandboxed(browser),
        clock=clock,
        usage=usage,
        memory=partial(StoredMemory, db, vault, clock),
        protection=protection(settings),
    )
    rules = Rules(
        public_url=public_url,
        session_seconds=settings.sessions.minutes * 60,
        choice_seconds=settings.sessions.choice_minutes * 60,
        retention_seconds=settings.sessions.retention_hours * 3600,
        takeover=settings.accounts.takeover,
        rates=Rates(
            start=settings.limits.start_per_minute,
            callback=settings.limits.callback_per_minute,
            choice=settings.limits.choice_per_minute,
            refused_keys=settings.limits.refused_keys_per_minute,
        ),
        trusted_proxies=tuple(map(ip_network, settings.server.trusted_proxies)),
    )
    outbound = _outbound(settings)
    services = Services(Context(db, vault, platforms, usage, outbound, rules, clock))
    return Runtime(settings, public_url, services, db, http, outbound)


def _outbound(settings: Settings) -> OutboundClient:
    return OutboundClient(tuple(map(ip_network, settings.webhooks.allowed_networks)))


@contextlib.asynccontextmanager
async def open_webhooks(settings: Settings) -> AsyncIterator[tuple[Webhooks, EventLog]]:
    """The webhooks of a store, and their log; see `opening.open_webhooks`."""
    outbound = _outbound(settings)
    try:
        async with store.open_webhooks(settings, outbound) as found:
            yield found
    finally:
        await outbound.close()


def build_app(runtime: Runtime, near: str | None = None) -> Any:
    """The ASGI application of a runtime, with the sandbox mounted if the settings say so.

    `near` is where this process reaches itself: a mounted sandbox pushes there.
    """
    from openchannels.api.app import create_app
    from openchannels.api.fast_path import Direct
    from openchannels.api.middleware import Edge
    from openchannels.web.routes import ROUTES
    from openchannels.web.views import About

    settings = runtime.settings
    mounted = settings.sandbox.mounted
    about = About(
        version=__version__,
        world="sandbox" if settings.sandbox.enabled else "real",
        database=runtime.db.kind,
        sandbox_url=SANDBOX_MOUNT + "/" if mounted else settings.sandbox.url,
    )

    heard = settings.server.log_level in ("debug", "info")
    access = AccessLog(settings.server.log_format) if heard else None
    sandbox = _sandbox(settings, near) if mounted else None

    @contextlib.asynccontextmanager
    async def lifespan(_app: "Litestar") -> AsyncIterator[None]:
        async with sandbox.lifespan() if sandbox else contextlib.nullcontext():
            try:
                async with living(runtime):
                    yield
            finally:
                if access is not None:
                    access.flush()

    app = create_app(
        runtime.services,
        pages=ROUTES,
        lifespan=lifespan,
        version=__version__,
        state={"about": about},
    )
    runtime.edge = edge = Edge(cast("Any", Direct(app)), access, settings.limits.body_seconds)
    return mount_sandbox(edge, sandbox) if sandbox else edge


def _sandbox(settings: Settings, push_to: str | None) -> Any:
    from openchannels.sandbox import create_sandbox

    return create_sandbox(state_file=settings.data_dir / "sandbox.db", push_to=push_to)


async def serve(settings: Settings, started: Callable[[str], None]) -> None:
    """Run the service; `started` is told the public address once it answers."""
    listener = bind(settings.server.host, settings.server.port)
    public_url = settings.server.base_url(listener.getsockname()[1])
    near = near_address(listener)
    inside = near + SANDBOX_MOUNT if settings.sandbox.mounted else None
    runtime = await open_runtime(settings, public_url=public_url, sandbox_url=inside)
    if settings.jobs.embedded:
        runtime.jobs = build_engine(settings, runtime.services)
    await _listen(build_app(runtime, near), listener, runtime, lambda: started(public_url))


async def _listen(
    app: Any, listener: socket.socket, runtime: Runtime, started: Callable[[], None]
) -> None:
    """Serve an application of a runtime until a signal."""
    settings, limits = runtime.settings, runtime.settings.limits
    patience = Patience(
        head=limits.head_seconds,
        body=limits.body_seconds,
        read=limits.read_seconds,
        idle=limits.idle_seconds,
        connections=limits.connections,
    )
    seconds = ceil(settings.server.shutdown_seconds)
    await serve_app(app, listener, seconds, started, runtime, patience)


async def work(settings: Settings, started: Callable[[str | None], None]) -> None:
    """Do background work alone until a signal; `started` is called once it is looked for.

    With `jobs.health_port` it can be asked whether it lives, at the address that `started` is
    told. Raises StartRefused.
    """
    if settings.sandbox.mounted:
        raise StartRefused("A worker plays no sandbox: name the server's as sandbox.url.")
    port = settings.jobs.health_port
    listener = None if port is None else bind(settings.server.host, port)
    url = None if listener is None else near_address(listener)
    runtime = await open_runtime(settings, public_url=settings.server.base_url())
    runtime.jobs = jobs = build_engine(settings, runtime.services)
    life = living(runtime, _tell(jobs.up, lambda: started(url)))
    if listener is None:
        async with life:
            await _signal()
            await runtime.finish()
    else:
        from openchannels.api.app import create_probes

        app = create_probes(runtime.services, lambda _app: life)
        await _listen(app, listener, runtime, lambda: None)


async def _signal() -> None:
    """Wait until this process is to end."""
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    await stopping.wait()


async def _tell(up: asyncio.Event, started: Callable[[], None]) -> None:
    await up.wait()
    started()


async def serve_sandbox(
    host: str,
    port: int,
    state_file: Path,
    works: int,
    started: Callable[[str], None],
    push_to: str | None = None,
) -> None:
    """Run the imitation of the platforms alone, which push to `push_to`. Raises StartRefused."""
    from openchannels.sandbox import create_sandbox

    listener = bind(host, port)
    try:
        state_file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartRefused(f"Cannot write {state_file.parent}: {error.strerror}.") from None
    url = near_address(listener)
    try:
        app = create_sandbox(state_file=state_file, works=works, push_to=push_to)
    except ValueError as error:
        raise StartRefused(f"{error}.") from None
    await serve_app(app, listener, SANDBOX_SHUTDOWN_SECONDS, lambda: started(url))
