"""The real service on a real socket, over a sandbox on another, for tests of any kind.

    with running_service(f"sqlite:///{tmp_path}/oc.db", tmp_path) as service:
        client = service.client(service.api_key("acme").key)
        account_id = service.connect("youtube").account_id
        service.fault(host="www.googleapis.com", kind="rate_limit", times=1)
        page = client.get("/api/v2/channels/works/youtube", params={"accountId": account_id})

Both servers run in threads with loops of their own, so sync and async tests use them alike.
Service and sandbox follow one settable clock. Most tests take the fixtures of `conftest.py`.
"""

import asyncio
import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import uvicorn

from openchannels.app.bootstrap import build_app, open_runtime
from openchannels.app.runtime import Runtime
from openchannels.sandbox import create_sandbox
from openchannels.server.serve import bind
from openchannels.service.services import Services
from openchannels.settings import load_settings

T = TypeVar("T")
AUTH = "/api/v2/channels/accounts/auth"
ACCOUNTS = "/api/v2/channels/accounts"
WORKS = "/api/v2/channels/works"
PLUGINS = ("xhs", "wxSph")
STARTING_SECONDS = 30
UNLIMITED = {
    f"LIMITS__{name}_PER_MINUTE": "0" for name in ("START", "CALLBACK", "CHOICE", "REFUSED_KEYS")
}
"""All requests of a test come from one address; tests of the limits set their own."""
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing here speaks TLS, and reading the system's certificates for each client takes long."""


class Clock:
    """Time that a test can move, or hold still; thread-safe enough for one mover."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._held: float | None = None

    def __call__(self) -> float:
        return (time.time() if self._held is None else self._held) + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += seconds

    def hold(self, moment: float | None = None) -> None:
        """Stand still, now or at a moment given in Unix seconds."""
        self._held, self._ahead = (self() if moment is None else moment), 0.0


class Hosted:
    """An ASGI application under uvicorn in a thread of its own, on a free port."""

    def __init__(self) -> None:
        self._listener = bind("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._up = threading.Event()
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None
        self._server: uvicorn.Server | None = None
        self.loop: asyncio.AbstractEventLoop | None = None

    def start(self, make: Callable[[], Awaitable[Any]]) -> None:
        """Serve what `make` returns; it runs on the server's own loop."""
        self._thread = threading.Thread(target=self._run, args=(make,), daemon=True)
        self._thread.start()
        if not self._up.wait(STARTING_SECONDS) or self._failure is not None:
            raise RuntimeError("the server did not start") from self._failure

    def _run(self, make: Callable[[], Awaitable[Any]]) -> None:
        try:
            asyncio.run(self._serve(make))
        except BaseException as failure:
            self._failure = failure
        finally:
            self._up.set()

    async def _serve(self, make: Callable[[], Awaitable[Any]]) -> None:
        self.loop = asyncio.get_running_loop()
        # The options of main.serve_app, which offers no handle to stop a server by.
        config = uvicorn.Config(
            await make(),
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=5,
            h11_max_incomplete_event_size=16 * 1024,
        )
        up = self._up

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                if self.started:
                    up.set()

        self._server = Server(config)
        await self._server.serve(sockets=[self._listener])

    def run(self, work: Awaitable[T], timeout: float = 30) -> T:
        """Await something on the server's loop, from the test's thread."""
        assert self.loop is not None

        async def awaited() -> T:
            return await work

        return asyncio.run_coroutine_threadsafe(awaited(), self.loop).result(timeout)

    def stop(self) -> None:
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(STARTING_SECONDS)
        self._listener.close()


@dataclass(frozen=True)
class ApiKey:
    """A key as it was made: the secrets are shown this once."""

    id: str
    user: str
    key: str
    signing_secret: str


@dataclass(frozen=True)
class Connected:
    """What came of one authorization, from start to status."""

    start: dict[str, Any]
    """`data` of the start answer."""
    browser: httpx2.Client
    """The person's browser, cookies and all."""
    page: httpx2.Response
    """The page on which the browser ended."""
    status: dict[str, Any]
    """`data` of the status answer."""

    @property
    def session_id(self) -> str:
        return str(self.start["sessionId"])

    @property
    def account_id(self) -> str:
        """Id of the first connected account; fails, showing the status, if there is none."""
        assert "accountId" in self.status, self.status
        return str(self.status["accountId"])


class Service:
    """A running service and its sandbox, as tests drive them."""

    def __init__(self, hosted: Hosted, sandbox: Hosted, clock: Clock) -> None:
        self._hosted, self._sandbox = hosted, sandbox
        self.clock = clock
        self.url = hosted.url
        self.sandbox_url = sandbox.url
        self.runtime: Runtime
        self.app: Any = None
        """The ASGI application, for tests that need no socket."""
        self._closing = contextlib.ExitStack()
        self._keys: dict[str, ApiKey] = {}
        self.sandbox = self._closing.enter_context(
            httpx2.Client(base_url=sandbox.url, timeout=30, trust_env=False, verify=NO_TLS)
        )
        """Client of the sandbox: `/_faults`, `/_calls`, `/_clock`, `/_world/...`."""

    @property
    def services(self) -> Services:
        """The use cases behind the wire; call them through `run`."""
        return self.runtime.services

    def run(self, work: Awaitable[T]) -> T:
        """Await on the service's loop: `service.run(service.services.api_keys.list_keys())`."""
        return self._hosted.run(work)

    def api_key(
        self,
        user: str = "acme",
        *,
        origins: tuple[str, ...] = (),
        expires_at: float | None = None,
    ) -> ApiKey:
        """A new API key of a user (a workspace)."""
        new = self.run(self.services.api_keys.create(user, "test", origins, expires_at))
        return ApiKey(new.id, user, new.key, new.signing_secret)

    def key_of(self, user: str = "acme") -> ApiKey:
        """The user's key, made at first use."""
        if user not in self._keys:
            self._keys[user] = self.api_key(user)
        return self._keys[user]

    def client(self, key: str | None = None, **options: Any) -> httpx2.Client:
        """A client of the service with an API key, or without one; closed with the service."""
        headers = {**({"X-Api-Key": key} if key else {}), **options.pop("headers", {})}
        options = {
            "base_url": self.url,
            "timeout": 60,
            "trust_env": False,
            "verify": NO_TLS,
            **options,
        }
        return self._closing.enter_context(httpx2.Client(headers=headers, **options))

    def client_of(self, user: str = "acme", **options: Any) -> httpx2.Client:
        return self.client(self.key_of(user).key, **options)

    def browser(self) -> httpx2.Client:
        """A browser: it follows redirects and keeps cookies."""
        return self.client(follow_redirects=True)

    def connect(
        self,
        platform: str,
        person: str = "ida",
        *,
        user: str = "acme",
        decision: str = "approve",
        choose: int = 1,
        query: Mapping[str, str] | None = None,
        **sandbox: str,
    ) -> Connected:
        """Authorize on a platform as a person would, up to the final status.

        Where several accounts are offered the first `choose` are taken, none for 0. `query`
        goes to the start, further arguments to the consent page: `scopes="a b"`, `pages=...`.
        """
        client = self.client_of(user)
        start = client.get(f"{AUTH}/{platform}", params=dict(query or {})).json()
        assert start["code"] == 0, start
        browser = self.browser()
        named = {f"sandbox_{name}": value for name, value in sandbox.items()}
        page = browser.get(
            start["data"]["url"]
            + "&"
            + str(
                httpx2.QueryParams(
                    {"sandbox_decision": decision, "sandbox_person": person, **named}
                )
            )
        )
        status = client.get(f"{AUTH}/{platform}/status/{start['data']['sessionId']}").json()
        assert status["code"] == 0, status
        if choose and status["data"]["requiresSelection"]:
            picks = [
                {name: offer[name] for name in ("platformUid", "account") if name in offer}
                for offer in status["data"]["selectableAccounts"][:choose]
            ]
            body = {"sessionId": start["data"]["sessionId"], "accounts": picks}
            status = client.post(f"{AUTH}/selections", json=body).json()
            assert status["code"] == 0, status
        return Connected(start["data"], browser, page, status["data"])

    def plugin_body(self, platform: str, person: str = "ida") -> dict[str, Any]:
        """What the browser plug-in hands in for a person: the body of POST accounts."""
        world = self.sandbox.get(f"/_world/{platform}/{person}").json()
        body = {"type": platform, "loginCookie": world["cookie"]}
        if platform == "xhs":
            body |= {"uid": world["userId"], "nickname": f"{person} on xhs"}
        return body

    def hand_in(self, platform: str, person: str = "ida", *, user: str = "acme") -> dict[str, Any]:
        """Connect a plug-in account (xhs, wxSph); returns the account."""
        answer = self.client_of(user).post(ACCOUNTS, json=self.plugin_body(platform, person)).json()
        assert answer["code"] == 0, answer
        account: dict[str, Any] = answer["data"]
        return account

    def account(self, platform: str, person: str = "ida", *, user: str = "acme") -> str:
        """Id of a freshly connected account of any platform."""
        if platform in PLUGINS:
            return str(self.hand_in(platform, person, user=user)["id"])
        return self.connect(platform, person, user=user).account_id

    def fault(self, **rule: Any) -> None:
        """Put a fault in force: `host`, `kind`, and `times`, `path`, `status`, ... (camelCase)."""
        answer = self.sandbox.post("/_faults", json=rule)
        assert answer.status_code == 201, answer.text

    def calls(self) -> dict[str, int]:
        """How often each platform address was called, by `METHOD host/path`."""
        calls: dict[str, int] = self.sandbox.get("/_calls").json()["calls"]
        return calls

    def reset_sandbox(self) -> None:
        """No faults, and calls counted from zero."""
        self.sandbox.delete("/_faults")
        self.sandbox.delete("/_calls")

    def close(self) -> None:
        self._closing.close()
        self._hosted.stop()
        self._sandbox.stop()


@contextlib.contextmanager
def running_service(
    store: str,
    data_dir: Path,
    *,
    environ: Mapping[str, str] | None = None,
    clock: Clock | None = None,
    public_url: str | None = None,
    works: int = 240,
) -> Iterator[Service]:
    """Run the service over a store, given as a database URL, and over a fresh sandbox.

    Args:
        data_dir: where keyring and SQLite file live; the sandbox keeps its memory in itself.
        environ: settings by the rest of their variable: `{"ACCOUNTS__TAKEOVER": "true"}`.
        clock: the time of both service and sandbox; a new one that runs with real time else.
        public_url: the address that links of the service bear, the listening one by default.
        works: how many works an ordinary account of the sandbox has.
    """
    clock = clock or Clock()
    hosted, sandbox = Hosted(), Hosted()
    service = Service(hosted, sandbox, clock)
    variables = {
        "DATABASE__URL": store,
        # PostgreSQL wants a master key; one for both stores keeps them alike.
        "SERVER__LOG_LEVEL": "warning",
        "VAULT__KEYS__TEST": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "PLATFORMS__WXSPH__LIST_WORKS": "true",
        "WEBHOOKS__ALLOWED_NETWORKS": "127.0.0.0/8",
        **UNLIMITED,
        **(environ or {}),
    }
    settings = load_settings(
        data_dir=data_dir,
        overrides={"sandbox_url": sandbox.url},
        environ={f"OPENCHANNELS_{name}": value for name, value in variables.items()},
    )

    async def imitation() -> Any:
        return create_sandbox(works=works, clock=clock)

    async def real() -> Any:
        address = public_url or hosted.url
        service.runtime = await open_runtime(settings, public_url=address, clock=clock)
        service.app = build_app(service.runtime)
        return service.app

    try:
        sandbox.start(imitation)
        hosted.start(real)
        yield service
    finally:
        service.close()
