"""The service over a sandbox, each on a socket, for tests that block.

    with running_service(f"sqlite:///{tmp_path}/oc.db", tmp_path) as service:
        client = service.client(service.api_key("acme").key)
        account_id = service.connect("youtube").account_id
        service.fault(host="www.googleapis.com", kind="rate_limit", times=1)
        page = client.get("/api/v2/channels/works/youtube", params={"accountId": account_id})

Both servers run in threads with loops of their own, so sync and async tests use them alike.
Service and sandbox follow one settable clock. Most tests take the fixtures of `conftest.py`.
"""

import contextlib
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from openchannels.app.runtime import Runtime
from openchannels.core.keys import Scope
from openchannels.service.services import Services
from openchannels.testing.clock import Clock
from openchannels.testing.local_service import LocalService
from openchannels.testing.web import NO_TLS
from tests.harness.paths import ACCOUNTS, AUTH, PLUGINS
from tests.harness.settings import COMMON, MASTER_KEY
from tests.harness.waiting import PATIENCE

T = TypeVar("T")


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

    def __init__(self, local: LocalService) -> None:
        self._local = local
        self.clock = local.clock
        self.url = local.server.url
        self.sandbox_url = local.sandbox.url
        self.runtime: Runtime = local.runtime
        self.app: Any = local.server.app
        """The ASGI application, for tests that need no socket."""
        self.sandbox_app: Any = local.sandbox.app
        """The same of the sandbox."""
        self._closing = contextlib.ExitStack()
        self._keys: dict[str, ApiKey] = {}
        self.sandbox = self._closing.enter_context(
            httpx2.Client(
                base_url=self.sandbox_url, timeout=PATIENCE, trust_env=False, verify=NO_TLS
            )
        )
        """Client of the sandbox: `/_faults`, `/_calls`, `/_clock`, `/_world/...`."""

    @property
    def services(self) -> Services:
        """The use cases behind the wire; call them through `run`."""
        return self.runtime.services

    def run(self, work: Awaitable[T]) -> T:
        """Await on the service's loop: `service.run(service.services.api_keys.list_keys())`."""
        return self._local.server.run(work)

    def run_in_sandbox(self, work: Awaitable[T]) -> T:
        """Await on the sandbox's loop."""
        return self._local.sandbox.run(work)

    def api_key(
        self,
        user: str = "acme",
        *,
        origins: tuple[str, ...] = (),
        expires_at: float | None = None,
        scopes: Sequence[Scope] | None = None,
    ) -> ApiKey:
        """A new API key of a user (a workspace); of all scopes unless some are named."""
        new = self.run(self.services.api_keys.create(user, "test", origins, expires_at, scopes))
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
        """Close the clients."""
        self._closing.close()


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
        environ: further settings under their environment names.
        clock: the time of both service and sandbox; a new one that runs with real time else.
        public_url: the address that links of the service bear, the listening one by default.
        works: how many works an ordinary account of the sandbox has.
    """
    local = LocalService(
        data_dir,
        {
            **COMMON,
            "OPENCHANNELS_DATABASE__URL": store,
            # What a request was refused for is logged later, maybe while no output is captured.
            "OPENCHANNELS_SERVER__LOG_LEVEL": "error",
            # PostgreSQL wants a master key; one for both stores keeps them alike.
            "OPENCHANNELS_VAULT__KEYS__TEST": MASTER_KEY,
            "OPENCHANNELS_PLATFORMS__WXSPH__LIST_WORKS": "true",
            **(environ or {}),
        },
        clock=clock,
        public_url=public_url,
        works=works,
    )
    with local.running(background=False):
        service = Service(local)
        try:
            yield service
        finally:
            service.close()
