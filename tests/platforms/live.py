"""A service over a sandbox with accounts on every platform, and the calls that it makes."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.exceptions import ErrorCode, ServiceError
from openchannels.service.credentials.opened import open_credential
from openchannels.service.sealing import credential_row
from openchannels.store.queries import accounts, credentials
from openchannels.transport.app_tokens import SharedState, StoredValue
from openchannels.transport.cache import Cache
from openchannels.transport.client import Answer, Call, Send, clean
from openchannels.transport.platform_client import PlatformClient
from tests.harness.paths import ACCOUNTS, AUTH, PLUGINS, WORKS
from tests.harness.service import Service, running_service
from tests.harness.stores import sqlite_store
from tests.platforms.cases import BY_NAME
from tests.platforms.facts import PAGING

USER = "acme"
SCOPES = {
    "douyin": "user_info video.list.bind data.external.user renew_refresh_token video.data.bind"
    " data.external.item",
    "linkedin": "r_basicprofile r_organization_social rw_organization_admin"
    " r_member_profileAnalytics",
    "pinterest": "user_accounts:read pins:read boards:read boards:write",
    "threads": "threads_basic threads_manage_insights threads_location_tagging",
}
"""Scopes by platform, where all that it has for us are more than are asked for by default."""
EVERYTHING = {
    "OPENCHANNELS_PLATFORMS__YOUTUBE__ANALYTICS": "true",
    "OPENCHANNELS_PLATFORMS__TWITTER__PRIVATE_METRICS": "true",
    **{
        f"OPENCHANNELS_PLATFORMS__{platform.upper()}__{name}": value
        for platform, scopes in SCOPES.items()
        for name, value in (
            ("CLIENT_ID", f"sandbox-{platform}"),
            ("CLIENT_SECRET", f"sandbox-{platform}-secret"),
            ("SCOPES", scopes),
        )
    },
}
"""Settings by which platforms tell all that they can."""


@dataclass
class Recorder:
    """Passes calls on and keeps them with their answers."""

    send: Send
    calls: list[tuple[Call, Answer]] = field(default_factory=list)

    async def __call__(self, call: Call) -> Answer:
        answer = await self.send(call)
        self.calls.append((call, answer))
        return answer

    def hosts(self) -> set[str]:
        return {urlsplit(call.url).netloc for call, _ in self.calls}


def sent(call: Call) -> str:
    """All that a call carries, as one text."""
    parts = [call.url, *clean(call.params).values(), *clean(call.form or {}).values()]
    return "\n".join([*parts, *call.headers.values(), (call.body or b"").decode()])


class Borrowed:
    """The service's memory of a platform, used from the loop of a test."""

    def __init__(self, shared_state: SharedState, service: Service) -> None:
        self._memory, self._service = shared_state, service

    async def get(self, name: str) -> StoredValue | None:
        return self._service.run(self._memory.get(name))

    async def put(self, name: str, value: str, seconds: float) -> StoredValue:
        return self._service.run(self._memory.put(name, value, seconds))

    async def put_if_absent(self, name: str, value: str, seconds: float) -> StoredValue | None:
        return self._service.run(self._memory.put_if_absent(name, value, seconds))

    async def drop(self, name: str, version: int) -> None:
        self._service.run(self._memory.drop(name, version))


class Live:
    """What the tests of a module share."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.client = service.client_of(USER)
        self.platforms = service.services.context.platforms
        self.recorder = Recorder(self.platforms._send)
        self.platforms._send = self.recorder
        self._connected: dict[tuple[str, str], list[str]] = {}
        self.push_ticket()

    def push_ticket(self) -> None:
        """What WeChat pushes every ten minutes, and without which nobody can start there."""
        if "wxGzh" not in BY_NAME:
            return
        hook = f"{self.service.url}/api/v2/channels/platforms/wxGzh/webhooks"
        answer = self.service.sandbox.post("/_wxgzh/push_ticket", json={"to": hook})
        assert answer.json().get("status") == 200, answer.text

    # Connecting

    def start(self, platform: str) -> dict[str, Any]:
        """`data` of a fresh authorization."""
        answer = self.client.get(f"{AUTH}/{platform}").json()
        assert answer["code"] == 0, answer
        data: dict[str, Any] = answer["data"]
        return data

    def status(self, platform: str, session: str, **headers: str) -> dict[str, Any]:
        path = f"{AUTH}/{platform}/status/{session}"
        data: dict[str, Any] = self.client.get(path, headers=headers).json()["data"]
        return data

    def callback(self, platform: str, **params: str) -> Any:
        """What a browser gets that comes back with these parameters."""
        return self.service.client().get(f"{AUTH}/{platform}/callback", params=params)

    def connect(self, platform: str, person: str, **options: str) -> list[str]:
        """Connect every account behind a person's grant, afresh; returns their ids."""
        if platform in PLUGINS:
            return [str(self.service.hand_in(platform, person, user=USER)["id"])]
        status = self.service.connect(platform, person, choose=1000, user=USER, **options).status
        assert status["status"] == "completed", status
        return list(status["accountIds"])

    def accounts(self, platform: str, person: str = "ida") -> list[str]:
        """Ids of a person's accounts, connected once."""
        key = (platform, person)
        if key not in self._connected:
            self._connected[key] = self.connect(platform, person)
        return self._connected[key]

    def lister(self, platform: str, person: str = "ida", index: int = 0) -> str:
        """Id of an account whose works can be listed: at LinkedIn none of a member's own."""
        ids = self.accounts(platform, person)
        return [one for one in ids if platform != "linkedin" or ":organization:" in one][index]

    # Looking

    def account(self, account_id: str) -> Account:
        stored = self.service.run(
            self.service.services.context.db.read(accounts.get_account, account_id, USER)
        )
        assert stored is not None, account_id
        return stored

    def shown(self, account_id: str) -> dict[str, Any]:
        """An account as the API writes it."""
        answer = self.client.get(f"{ACCOUNTS}/{quote(account_id, safe='')}").json()
        assert answer["code"] == 0, answer
        data: dict[str, Any] = answer["data"]
        return data

    def auth_status(self, account_id: str) -> dict[str, Any]:
        answer = self.client.get(f"{AUTH.rsplit('/', 1)[0]}/{account_id}/auth-status").json()
        assert answer["code"] == 0, answer
        data: dict[str, Any] = answer["data"]
        return data

    def tokens(self, account_id: str) -> Tokens:
        context = self.service.services.context
        row = self.service.run(context.db.read(credentials.get_credential, account_id))
        assert row is not None
        return Tokens.from_json(context.vault.open(row.sealed, credential_row(account_id)))

    def refresh(self, account_id: str) -> ErrorCode[ServiceError]:
        """The error of a refresh that must fail."""
        context, account = self.service.services.context, self.account(account_id)
        row = self.service.run(context.db.read(credentials.get_credential, account_id))
        assert row is not None
        connector = BY_NAME[account.platform]
        opened = open_credential(context, account, connector, row)
        refreshing = self.service.services.credentials.refreshing
        with pytest.raises(ServiceError) as caught:
            self.service.run(refreshing.attempt(opened))
        return caught.value.code

    def world(self, platform: str, person: str = "ida") -> dict[str, Any]:
        told: dict[str, Any] = self.service.sandbox.get(f"/_world/{platform}/{person}").json()
        return told

    def platform_client(self, platform: str, send: Send) -> PlatformClient:
        """A connector's line over another way of sending, with memories of its own."""
        line = self.platforms.client(BY_NAME[platform])
        clock = self.service.clock
        shared_state = Borrowed(line.shared_state, self.service)
        return replace(
            line, send=send, cache=Cache(clock), shared_state=shared_state, rate_limits=None
        )

    # Works

    def page(self, platform: str, account_id: str, **query: Any) -> dict[str, Any]:
        """The whole answer to one request for works."""
        mode, default, *_ = PAGING.get(platform, ("cursor", 0))
        if mode == "page" and ("page" in query) is not ("pageSize" in query):
            # The two go together on the wire.
            query = {"page": 1, "pageSize": default, **query}
        params = {"accountId": account_id, **query}
        answer: dict[str, Any] = self.client.get(f"{WORKS}/{platform}", params=params).json()
        return answer

    def works(self, platform: str, account_id: str, **query: Any) -> dict[str, Any]:
        """`data` of a page that must come."""
        answer = self.page(platform, account_id, **query)
        assert answer["code"] == 0, answer
        data: dict[str, Any] = answer["data"]
        return data

    def walk(self, platform: str, account_id: str, size: int = 0, **query: Any) -> list[Any]:
        """Every page from the first to the last."""
        mode, _, largest, _ = PAGING[platform]
        name = "limit" if mode == "cursor" else "pageSize"
        query |= {name: size or largest}
        pages = [self.works(platform, account_id, **query)]
        while pages[-1]["pagination"]["hasNext"]:
            if mode == "cursor":
                query["cursor"] = pages[-1]["pagination"]["nextCursor"]
            else:
                query["page"] = pages[-1]["pagination"]["page"] + 1
            pages.append(self.works(platform, account_id, **query))
            assert len(pages) < 500, "the walk does not end"
        return pages

    # Counting

    def begin(self) -> None:
        """No faults, nothing counted, nothing recorded."""
        self.service.reset_sandbox()
        self.recorder.calls.clear()

    def upstream_calls(self) -> int:
        """Calls at the platforms since `begin`, without those of the person's browser."""
        return len(self.recorder.calls)

    def refill(self) -> None:
        """Let the time pass after which every bucket is full again."""
        for limits in self.platforms._limits.values():
            limits._empty.clear()


@contextlib.contextmanager
def running(directory: Path, *, works: int = 120, **environ: str) -> Iterator[Live]:
    """A service over SQLite and a sandbox in memory."""
    with running_service(
        sqlite_store(directory / "oc.db"), directory, works=works, environ=environ
    ) as service:
        yield Live(service)
