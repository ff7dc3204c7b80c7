"""A tool builder's back end, which calls the API with its key, for async tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from openchannels.service.api_keys import NewKey
from tests.harness.paths import API

if TYPE_CHECKING:
    from tests.harness.rig import Rig


@dataclass(frozen=True, slots=True)
class Answer:
    """An envelope."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def code(self) -> int:
        return int(self.body["code"])

    @property
    def data(self) -> Any:
        return self.body["data"]

    @property
    def message(self) -> str:
        return str(self.body["message"])


@dataclass
class Tool:
    """A tool builder's back end: one workspace with one API key."""

    rig: "Rig"
    key: NewKey
    language: str = "en-US"

    @property
    def user_id(self) -> str:
        return self.key.user_id

    async def call(self, method: str, path: str, **options: Any) -> Answer:
        headers = {"X-Api-Key": self.key.key, "Accept-Language": self.language}
        headers |= options.pop("headers", {})
        session = self.rig.http
        async with session.request(
            method, self.rig.url + path, headers=headers, **options
        ) as answer:
            return Answer(answer.status, await answer.json(), answer.headers)

    async def get(self, path: str, **params: str | int) -> Answer:
        return await self.call("GET", path, params=params)

    async def patch(self, path: str, body: Any) -> Answer:
        return await self.call("PATCH", path, json=body)

    async def delete(self, path: str) -> Answer:
        return await self.call("DELETE", path)

    async def post(self, path: str, body: Any) -> Answer:
        return await self.call("POST", path, json=body)

    async def start(self, platform: str, **params: str) -> Any:
        answer = await self.get(f"{API}/accounts/auth/{platform}", **params)
        assert answer.code == 0, answer.body
        return answer.data

    async def poll(self, platform: str, session_id: str) -> Answer:
        return await self.get(f"{API}/accounts/auth/{platform}/status/{session_id}")

    async def status(self, platform: str, session_id: str) -> Any:
        answer = await self.poll(platform, session_id)
        assert answer.code == 0, answer.body
        return answer.data

    async def connect(
        self,
        platform: str,
        person: str = "ida",
        *,
        decision: str = "approve",
        start: Mapping[str, str] | None = None,
        **more: str,
    ) -> Any:
        """Start, consent and come back; returns the session's status."""
        started = await self.start(platform, **(start or {}))
        browser = self.rig.browser()
        callback = await browser.consent(started["url"], person, decision, **more)
        await browser.open(callback)
        return await self.status(platform, started["sessionId"])

    async def connected(self, platform: str, person: str = "ida", **more: Any) -> str:
        """Connect one account; returns its id."""
        status = await self.connect(platform, person, **more)
        assert status["status"] == "completed", status
        return str(status["accountId"])

    async def choose(self, session_id: str, *picks: Mapping[str, str]) -> Answer:
        body = {"sessionId": session_id, "accounts": list(picks)}
        return await self.post(f"{API}/accounts/auth/selections", body)

    async def works(self, platform: str, account_id: str, **params: str | int) -> Answer:
        return await self.get(f"{API}/works/{platform}", accountId=account_id, **params)

    async def account_state(self, account_id: str) -> Any:
        answer = await self.get(f"{API}/accounts/{account_id}/auth-status")
        assert answer.code == 0, answer.body
        return answer.data

    async def add_account(self, **body: str) -> Answer:
        return await self.post(f"{API}/accounts", body)
