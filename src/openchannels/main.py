"""The composition root: settings in, a running service out."""

import asyncio
import base64
import contextlib
import gc
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import structlog

from openchannels import __version__
from openchannels.connectors.registry import CONNECTORS, DECLARED
from openchannels.core.clock import Clock, system_clock
from openchannels.core.platforms import AuthType, Platform
from openchannels.logs import AccessLog
from openchannels.service import origins, world
from openchannels.service.context import Context, Rules
from openchannels.service.keys import Keys as Keys
from openchannels.service.keys import NewKey as NewKey
from openchannels.service.memory import StoredMemory
from openchannels.service.platforms import Platforms, PlatformView, platform_views
from openchannels.service.services import Services
from openchannels.service.usage import Usage
from openchannels.settings import Settings
from openchannels.store import facts
from openchannels.store.condition import Condition, explain, look
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
SANDBOX_SHUTDOWN_SECONDS = 2
VAULT_CHECK = "vault_check"

T = TypeVar("T")

log = structlog.get_logger()


class StartRefused(Exception):
    """The service cannot start with these settings and this data; the text says why."""


@dataclass(frozen=True, slots=True)
class KeysOnly:
    """The part of a context that API keys need."""

    db: Database
    vault: Vault
    clock: Clock


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
            options = {**connector.sandbox_settings, **own.options()}
            apps[platform] = App(made_up, f"{made_up}-secret", redirect, scopes, options)
    return apps


def load_vault(settings: Settings, *, may_create: bool) -> Vault:
    """The vault; on SQLite a master key is made where none is configured. Raises StartRefused."""
    keys = settings.vault.master_keys()
    if keys:
        return Vault(Keyring(keys, settings.vault.active_id or next(iter(keys))))
    path = settings.keyring_path
    keyring = _read_keyring(path)
    if keyring is None:
        if not may_create:
            raise _keyring_lost(path)
        if settings.uses_postgresql:
            raise StartRefused(
                "PostgreSQL needs a master key that all machines share: set vault.keys"
                " or vault.keyring_file."
            )
        try:
            keyring = create_keyring(path)
        except OSError as error:
            raise StartRefused(f"Cannot write {path}: {error.strerror}.") from None
        log.warning("made a master key; keep a copy apart from the database", file=str(path))
    return Vault(keyring)


def _read_keyring(path: Path) -> Keyring | None:
    try:
        return load_keyring(path)
    except OSError as error:
        raise StartRefused(f"The keyring {path} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError, AttributeError, VaultError):
        raise StartRefused(
            f"The keyring {path} holds no usable master keys; put a copy of it back."
        ) from None


def _keyring_lost(path: Path) -> StartRefused:
    return StartRefused(f"The master keys of this database are missing; put a copy of {path} back.")


async def check_vault(db: Database, vault: Vault) -> None:
    """Refuse a keyring that does not fit the data. Raises StartRefused."""
    fresh = base64.b64encode(vault.seal(b"openchannels", f"facts:{VAULT_CHECK}")).decode()
    _prove_keyring(vault, await db.write(facts.put_once, VAULT_CHECK, fresh))


def _prove_keyring(vault: Vault, stands: str) -> None:
    try:
        vault.open(base64.b64decode(stands), f"facts:{VAULT_CHECK}")
    except VaultError as error:
        raise StartRefused(f"The keyring does not open this database: {error}.") from None


async def open_store(settings: Settings) -> tuple[Database, Vault]:
    """Migrate and open the store under its keyring. Raises StartRefused."""
    await migrate_store(settings)
    db = open_database(settings.database_url, pool_size=settings.database.pool_size)
    try:
        in_use = await db.read(facts.get, VAULT_CHECK) is not None
        vault = load_vault(settings, may_create=not in_use)
        await check_vault(db, vault)
    except StartRefused:
        await db.close()
        raise
    return db, vault


async def migrate_store(settings: Settings) -> bool:
    """Bring the schema up to date; whether there was anything to do. Raises StartRefused."""
    try:
        migrated = await migrate(settings.database_url)
    except Exception as error:
        log.debug("the database cannot be used", exc_info=True)
        raise StartRefused(f"The database cannot be used: {explain(error)}.") from None
    if migrated:
        log.info("brought the database's schema up to date")
    return migrated


@contextlib.asynccontextmanager
async def open_keys(settings: Settings, *, create: bool) -> AsyncIterator[Keys]:
    """The API keys of a store, which is bound to no world by this; beside a server too.

    Unless it may `create` a store there must be one already. Raises StartRefused.
    """
    if not create and not (await _look(settings)).exists:
        raise StartRefused(f"There is no database in {settings.data_dir} yet.")
    db, vault = await open_store(settings)
    try:
        yield Keys(KeysOnly(db, vault, system_clock))
    finally:
        await db.close()


async def _look(settings: Settings) -> Condition:
    try:
        return await look(settings.database_url)
    except Exception as error:
        log.debug("the database cannot be used", exc_info=True)
        raise StartRefused(f"The database cannot be used: {explain(error)}.") from None


def _find_keyring(settings: Settings, in_use: str | None) -> bool:
    """Whether there are master keys, proved where a store is in use. Raises StartRefused."""
    keys = settings.vault.master_keys()
    if keys:
        keyring: Keyring | None = Keyring(keys, settings.vault.active_id or next(iter(keys)))
    else:
        keyring = _read_keyring(settings.keyring_path)
    if in_use is not None:
        if keyring is None:
            raise _keyring_lost(settings.keyring_path)
        _prove_keyring(Vault(keyring), in_use)
    return keyring is not None


async def examine(settings: Settings) -> Examination:
    """Look at what a start would find; makes and changes nothing."""
    problems: dict[str, str] = {}
    database, has_keyring = Condition(exists=False), False
    try:
        database = await _look(settings)
    except StartRefused as refused:
        problems["database"] = str(refused)
    try:
        has_keyring = _find_keyring(settings, database.facts.get(VAULT_CHECK))
    except StartRefused as refused:
        problems["keyring"] = str(refused)
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
        platforms=platform_views(CONNECTORS, DECLARED, apps),
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
        declared=DECLARED,
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
    )
    services = Services(Context(db, vault, platforms, usage, rules, clock))
    return Runtime(settings, public_url, services, db, http)


def build_app(runtime: Runtime) -> Any:
    """The ASGI application of a runtime, with the sandbox mounted if the settings say so."""
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

    @contextlib.asynccontextmanager
    async def lifespan(_app: "Litestar") -> AsyncIterator[None]:
        tasks = [asyncio.create_task(_sweep(runtime)), asyncio.create_task(_warm_up())]
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
    edge = Edge(cast("Any", Direct(app)), access)
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
    # What stands now stays: collections need not look through the modules again and again.
    gc.freeze()


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises StartRefused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named asyncio switches off Nagle's algorithm: else 40 ms an answer.
    # Only with the protocol named does asyncio switch Nagle's algorithm off on what is accepted:
    # an answer in two pieces would wait 40 ms for the client's acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
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


def shown_host(host: str) -> str:
    """A listening host as it stands in an address for this machine."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"[{near}]" if ":" in near else near


async def serve(settings: Settings, started: Callable[[str], None]) -> None:
    """Run the service; `started` is told the public address once it answers."""
    listener = bind(settings.server.host, settings.server.port)
    port = listener.getsockname()[1]
    public_url = settings.server.base_url(port)
    shown = shown_host(settings.server.host)
    inside = f"http://{shown}:{port}{SANDBOX_MOUNT}" if settings.sandbox.mounted else None
    runtime = await open_runtime(settings, public_url=public_url, sandbox_url=inside)
    seconds = int(settings.server.shutdown_seconds)
    await serve_app(build_app(runtime), listener, seconds, lambda: started(public_url))


async def serve_sandbox(
    host: str, port: int, state_file: Path, works: int, started: Callable[[str], None]
) -> None:
    """Run the imitation of the platforms alone. Raises StartRefused."""
    from openchannels.sandbox import create_sandbox

    listener = bind(host, port)
    try:
        state_file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartRefused(f"Cannot write {state_file.parent}: {error.strerror}.") from None
    url = f"http://{shown_host(host)}:{listener.getsockname()[1]}"
    app = create_sandbox(state_file=state_file, works=works)
    await serve_app(app, listener, SANDBOX_SHUTDOWN_SECONDS, lambda: started(url))
