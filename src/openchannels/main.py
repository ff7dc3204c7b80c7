"""The composition root: settings in, a running service out."""

import asyncio
import base64
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

import structlog

from openchannels import __version__
from openchannels.connectors.registry import CONNECTORS, DECLARED
from openchannels.core.clock import Clock, system_clock
from openchannels.core.platforms import AuthType, Platform
from openchannels.service import world
from openchannels.service.context import Context, Rules
from openchannels.service.platforms import Platforms
from openchannels.service.services import Services
from openchannels.service.usage import Usage
from openchannels.settings import Settings
from openchannels.store import facts
from openchannels.store.database import Database, open_database
from openchannels.store.migrate import migrate
from openchannels.store.vault import Keyring, Vault, VaultError, create_keyring, load_keyring
from openchannels.transport.http import HttpClient, Sandboxed
from openchannels.transport.upstream import App

if TYPE_CHECKING:
    from litestar import Litestar

CALLBACK = "/api/v2/channels/accounts/auth/{platform}/callback"
SANDBOX_MOUNT = "/sandbox"
SWEEP_SECONDS = 2.0

T = TypeVar("T")

log = structlog.get_logger()


class StartRefused(Exception):
    """The service cannot start with these settings and this data; the text says why."""


@dataclass(slots=True)
class Runtime:
    """Everything of one process."""

    settings: Settings
    public_url: str
    services: Services
    db: Database
    http: HttpClient

    async def close(self) -> None:
        await self.services.drain()
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
            apps[platform] = App(made_up, f"{made_up}-secret", redirect, scopes, own.options())
    return apps


def load_vault(settings: Settings) -> Vault:
    """The vault; on SQLite a master key is made where none is configured. Raises StartRefused."""
    keys = settings.vault.master_keys()
    if keys:
        return Vault(Keyring(keys, settings.vault.active_id or next(iter(keys))))
    path = settings.keyring_path
    keyring = load_keyring(path)
    if keyring is None:
        if settings.uses_postgresql:
            raise StartRefused(
                "PostgreSQL needs a master key that all machines share: set vault.keys"
                " or vault.keyring_file."
            )
        keyring = create_keyring(path)
        log.warning("made a master key; keep a copy apart from the database", file=str(path))
    return Vault(keyring)


async def check_vault(db: Database, vault: Vault) -> None:
    """Refuse a keyring that does not fit the data. Raises StartRefused."""
    fresh = base64.b64encode(vault.seal(b"openchannels", "facts:vault_check")).decode()
    stands = await db.write(facts.put_once, "vault_check", fresh)
    try:
        vault.open(base64.b64decode(stands), "facts:vault_check")
    except VaultError as error:
        raise StartRefused(f"The keyring does not open this database: {error}.") from None


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
    await migrate(settings.database_url)
    db = open_database(settings.database_url, pool_size=settings.database.pool_size)
    try:
        vault = load_vault(settings)
        await check_vault(db, vault)
        await world.settle(db, world_of(settings))
    except world.WrongWorld as wrong:
        await db.close()
        raise StartRefused(str(wrong)) from None
    except StartRefused:
        await db.close()
        raise
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
        declared=DECLARED,
        apps=build_apps(settings, public_url),
        send=http,
        address=Sandboxed(browser),
        clock=clock,
        usage=usage,
    )
    rules = Rules(
        public_url=public_url,
        session_seconds=settings.sessions.minutes * 60,
        choice_seconds=settings.sessions.choice_minutes * 60,
        retention_seconds=settings.sessions.retention_hours * 3600,
        takeover=settings.accounts.takeover,
    )
    services = Services(Context(db, vault, platforms, usage, rules, clock))
    return Runtime(settings, public_url, services, db, http)


def build_app(runtime: Runtime) -> Any:
    """The ASGI application of a runtime, with the sandbox mounted if the settings say so."""
    from openchannels.api.app import create_app
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

    @contextlib.asynccontextmanager
    async def lifespan(_app: "Litestar") -> AsyncIterator[None]:
        tasks = [asyncio.create_task(_sweep(runtime)), asyncio.create_task(_warm_up())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await runtime.close()

    app = create_app(
        runtime.services,
        pages=ROUTES,
        lifespan=lifespan,
        version=__version__,
        state={"about": about},
    )
    edge = Edge(cast("Any", app))
    return mount_sandbox(edge, settings) if mounted else edge


def mount_sandbox(app: Any, settings: Settings) -> Any:
    """Serve the imitation of the platforms below `/sandbox` of the same address."""
    from openchannels.sandbox import create_sandbox

    sandbox: Any = create_sandbox(state_file=settings.data_dir / "sandbox.db")

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


async def _warm_up() -> None:
    """Load what the first platform call needs, once the service already answers."""
    await asyncio.sleep(0.2)
    await asyncio.to_thread(__import__, "aiohttp")


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises StartRefused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise StartRefused(f"Cannot listen on {host}:{port}: {error.strerror}.") from None
    return listener


async def serve_app(
    app: Any, listener: socket.socket, shutdown_seconds: int, started: Callable[[], None]
) -> None:
    """Run an ASGI application until SIGTERM or SIGINT, then finish what is in flight."""
    import uvicorn

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=shutdown_seconds,
        h11_max_incomplete_event_size=16 * 1024,
    )

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                started()

    await Server(config).serve(sockets=[listener])


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the fastest event loop there is.

    `uvicorn.Server.serve` takes the loop it finds: under `asyncio.run` polls came to half.
    """
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    return uvloop.run(main)


async def serve(settings: Settings, started: Callable[[str], None]) -> None:
    """Run the service; `started` is told the public address once it answers."""
    listener = bind(settings.server.host, settings.server.port)
    port = listener.getsockname()[1]
    public_url = settings.server.base_url(port)
    host = "127.0.0.1" if settings.server.host in ("0.0.0.0", "::") else settings.server.host  # noqa: S104
    shown = f"[{host}]" if ":" in host else host
    inside = f"http://{shown}:{port}{SANDBOX_MOUNT}" if settings.sandbox.mounted else None
    runtime = await open_runtime(settings, public_url=public_url, sandbox_url=inside)
    seconds = int(settings.server.shutdown_seconds)
    await serve_app(build_app(runtime), listener, seconds, lambda: started(public_url))
