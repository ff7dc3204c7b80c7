"""The composition root: settings in, a running service out."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_network
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import structlog

from openchannels import __version__
from openchannels.connectors.registry import CONNECTORS
from openchannels.core.clock import Clock, system_clock
from openchannels.core.platforms import AuthType, Platform
from openchannels.listening import bind as bind
from openchannels.listening import run as run
from openchannels.listening import serve_app as serve_app
from openchannels.listening import shown_host
from openchannels.logs import AccessLog
from openchannels.opening import StartRefused as StartRefused
from openchannels.opening import inspect_store, open_store
from openchannels.opening import migrate_store as migrate_store
from openchannels.opening import open_keys as open_keys
from openchannels.opening import open_rotation as open_rotation
from openchannels.service import origins, world
from openchannels.service.context import Context, Rules
from openchannels.service.keys import Keys as Keys
from openchannels.service.keys import NewKey as NewKey
from openchannels.service.limits import Rates
from openchannels.service.memory import StoredMemory
from openchannels.service.platforms import Platforms, PlatformView, platform_views
from openchannels.service.rotation import Rewrapped as Rewrapped
from openchannels.service.rotation import Rotation as Rotation
from openchannels.service.rotation import Standing as Standing
from openchannels.service.services import Services
from openchannels.service.usage import Usage
from openchannels.settings import Settings
from openchannels.store.condition import Condition
from openchannels.store.database import Database
from openchannels.transport.http import HttpClient, Sandboxed
from openchannels.transport.upstream import App

if TYPE_CHECKING:
    from litestar import Litestar

    from openchannels.api.edge import Edge

CALLBACK = "/api/v2/channels/accounts/auth/{platform}/callback"
SANDBOX_MOUNT = "/sandbox"
SWEEP_SECONDS = 2.0
KEYRING_SECONDS = 1.0
"""Between two looks at the keyring's file; the command that changes it waits some of these."""
SANDBOX_SHUTDOWN_SECONDS = 2
FINISH_POLL_SECONDS = 0.02
LAST_WRITES_SECONDS = 0.5
"""What remains, after all time is used up, for writes that no request waits for."""

log = structlog.get_logger()


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


@dataclass(slots=True)
class Runtime:
    """Everything of one process."""

    settings: Settings
    public_url: str
    services: Services
    db: Database
    http: HttpClient
    edge: "Edge | None" = None
    """The outermost layer of the application, once that is built."""
    stop_by: float | None = None
    """When work in progress is given up, in the event loop's time; None while serving."""

    @property
    def needs_connections(self) -> bool:
        """Whether work in progress calls a sandbox that this very server plays."""
        return self.settings.sandbox.mounted

    def refuse(self) -> None:
        """Answer requests that arrive from now on with 503; a signal handler may call this."""
        if self.edge is not None:
            self.edge.draining = True

    async def finish(self) -> None:
        """Let what is in progress end, for as long as the settings allow."""
        self.refuse()
        now = asyncio.get_running_loop().time
        self.stop_by = now() + self.settings.server.shutdown_seconds
        # Asked again and again: an event would be set at the end of every request.
        while self.edge and self.edge.in_flight and now() < self.stop_by:  # noqa: ASYNC110
            await asyncio.sleep(FINISH_POLL_SECONDS)
        await self.services.drain(self._seconds_left())

    def _seconds_left(self) -> float:
        if self.stop_by is None:
            return self.settings.server.shutdown_seconds
        left = self.stop_by - asyncio.get_running_loop().time()
        return max(LAST_WRITES_SECONDS, left)

    async def close(self) -> None:
        await self.services.drain(self._seconds_left())
        await self.http.close()
        await self.db.close()


def world_of(settings: Settings) -> str:
    return "sandbox" if settings.sandbox.enabled else "real"


def build_apps(settings: Settings, public_url: str) -> dict[Platform, App]:
    """The operator's apps; over a sandbox, made-up ones where none is configured."""
    apps: dict[Platform, App] = {}
    for platform, connector in CONNECTORS.items():
        own = settings.platforms.by_id()[platform.value]
        registration = own.registration()
        scopes = connector.oauth.scopes if connector.oauth else ()
        redirect = public_url + CALLBACK.format(platform=platform.value)
        if registration is not None:
            apps[platform] = App(
                client_id=registration.client_id,
                client_secret=registration.client_secret,
                redirect_uri=registration.redirect_uri or redirect,
                scopes=scopes if registration.scopes is None else registration.scopes,
                options=own.options(),
            )
        elif connector.auth_type is AuthType.PLUGIN:
            apps[platform] = App("", "", "", (), own.options())
        elif settings.sandbox.enabled:
            made_up = f"sandbox-{platform.value}"
            options = {**connector.sandbox_settings, **own.options()}
            apps[platform] = App(made_up, f"{made_up}-secret", redirect, scopes, options)
    return apps


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
    return origins.origin(value)


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
    upstream = settings.upstream
    http = HttpClient(
        sandbox=sandbox_url or settings.sandbox.url,
        timeout=upstream.timeout_seconds,
        max_body=upstream.max_body_bytes,
        connections=upstream.connections,
        proxy=upstream.proxy.get_secret_value() if upstream.proxy else None,
    )
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
    services = Services(Context(db, vault, platforms, usage, rules, clock))
    return Runtime(settings, public_url, services, db, http)


def build_app(runtime: Runtime, near: str | None = None) -> Any:
    """The ASGI application of a runtime, with the sandbox mounted if the settings say so.

    `near` is where this process reaches itself: a mounted sandbox pushes there.
    """
    from openchannels.api.app import create_app
    from openchannels.api.direct import Direct
    from openchannels.api.edge import Edge
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
            work = (_sweep(runtime), _watch_keyring(runtime), _warm_up())
            tasks = [asyncio.create_task(task) for task in work]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await runtime.close()
                if access is not None:
                    access.flush()

    app = create_app(
        runtime.services,
        pages=ROUTES,
        lifespan=lifespan,
        version=__version__,
        state={"about": about},
    )
    runtime.edge = edge = Edge(cast("Any", Direct(app)), access)
    return mount_sandbox(edge, sandbox) if sandbox else edge


def _sandbox(settings: Settings, push_to: str | None) -> Any:
    from openchannels.sandbox import create_sandbox

    return create_sandbox(state_file=settings.data_dir / "sandbox.db", push_to=push_to)


def mount_sandbox(app: Any, sandbox: Any) -> Any:
    """Serve the imitation of the platforms below `/sandbox` of the same address."""

    async def dispatch(scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        if scope["type"] == "http" and path.startswith(SANDBOX_MOUNT + "/"):
            raw = scope.get("raw_path", path.encode())
            inner = {
                **scope,
                "path": path.removeprefix(SANDBOX_MOUNT),
                "raw_path": raw.removeprefix(SANDBOX_MOUNT.encode()),
                "root_path": SANDBOX_MOUNT,
            }
            await sandbox(inner, receive, send)
        else:
            await app(scope, receive, send)

    return dispatch


async def _sweep(runtime: Runtime) -> None:
    """Take up, again and again, what processes that died have left behind."""
    while True:
        try:
            await runtime.services.callbacks.sweep()
            await runtime.services.context.usage.flush()
        except Exception:
            log.exception("the sweep of sessions failed")
        await asyncio.sleep(SWEEP_SECONDS)


async def _watch_keyring(runtime: Runtime) -> None:
    """Seal by the new master key soon after another process has made one."""
    keyring = runtime.services.context.vault.keyring
    while keyring.path is not None:
        await asyncio.sleep(KEYRING_SECONDS)
        if keyring.refresh():
            log.info("the master keys changed", active=keyring.active, keys=len(keyring.ids))


async def _warm_up() -> None:
    """Load what the first platform call needs, once the service already answers."""
    await asyncio.sleep(0.2)
    await asyncio.to_thread(__import__, "aiohttp")
    # What stands now stays: collections need not look through the modules again and again.
    gc.freeze()


async def serve(settings: Settings, started: Callable[[str], None]) -> None:
    """Run the service; `started` is told the public address once it answers."""
    listener = bind(settings.server.host, settings.server.port)
    port = listener.getsockname()[1]
    public_url = settings.server.base_url(port)
    near = f"http://{shown_host(settings.server.host)}:{port}"
    inside = near + SANDBOX_MOUNT if settings.sandbox.mounted else None
    runtime = await open_runtime(settings, public_url=public_url, sandbox_url=inside)
    app, seconds = build_app(runtime, near), ceil(settings.server.shutdown_seconds)
    await serve_app(app, listener, seconds, lambda: started(public_url), runtime)


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
    url = f"http://{shown_host(host)}:{listener.getsockname()[1]}"
    try:
        app = create_sandbox(state_file=state_file, works=works, push_to=push_to)
    except ValueError as error:
        raise StartRefused(f"{error}.") from None
    await serve_app(app, listener, SANDBOX_SHUTDOWN_SECONDS, lambda: started(url))
