"""The client: the API's operations by what they are about."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from openchannels.client.address import from_environment, target
from openchannels.client.aio.accounts import Accounts
from openchannels.client.aio.assets import Assets
from openchannels.client.aio.audit import Audit
from openchannels.client.aio.auth import Auth, PendingConnection
from openchannels.client.aio.connection import Connection
from openchannels.client.aio.engagement import Engagement
from openchannels.client.aio.events import Events
from openchannels.client.aio.groups import Groups
from openchannels.client.aio.options import Options
from openchannels.client.aio.platforms import Platforms
from openchannels.client.aio.publishing import Publishing
from openchannels.client.aio.webhooks import Webhooks
from openchannels.client.aio.works import Works
from openchannels.client.requests import plain_request
from openchannels.client.retries import MAX_RETRIES, RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import httpx2

SAFE = frozenset({"GET", "HEAD"})


class AsyncClient:
    """A client of one openchannels service, for one API key.

    Every method that calls raises ApiError and ConnectionFailed. Calls that may succeed later are
    sent again, `max_retries` times: reads always, calls that act only where the service recognizes
    the repetition.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        timeout: float = 30.0,
        language: str | None = None,
        max_retries: int = MAX_RETRIES,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        """`base_url` may end with the API's path; white space around the key is removed.

        `timeout` is in seconds per request; `language` is for messages: `en-US` or `zh-CN`.
        Raises ConfigurationError for an address or a key that cannot be used.
        """
        where = target(base_url, api_key, language)
        self.url = where.url
        self._connection = Connection(where, RetryPolicy(max_retries), timeout, transport)
        self.accounts = Accounts(self._connection)
        self.assets = Assets(self._connection)
        self.audit = Audit(self._connection)
        self.auth = Auth(self._connection)
        self.engagement = Engagement(self._connection)
        self.events = Events(self._connection)
        self.groups = Groups(self._connection)
        self.publishing = Publishing(self._connection)
        self.options = Options(self._connection)
        self.platforms = Platforms(self._connection)
        self.webhooks = Webhooks(self._connection)
        self.works = Works(self._connection)

    @classmethod
    def from_env(cls, **options: Any) -> Self:
        """Takes address and key from OPENCHANNELS_URL and OPENCHANNELS_API_KEY.

        Raises ConfigurationError where one of them is not set.
        """
        return cls(*from_environment(), **options)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections; the client cannot be used afterwards."""
        await self._connection.aclose()

    async def connect(
        self,
        platform: str,
        *,
        callback_url: str | None = None,
        redirect_uri: str | None = None,
        group_id: str | None = None,
        purpose: Iterable[str] = (),
    ) -> PendingConnection:
        """Starts connecting an account; show the result's `url` to the person, then wait.

        `purpose` is what it is connected for, of `read`, `publish` and `engage`; without it, all
        that the operator allows.
        """
        started = await self.auth.start(
            platform,
            callback_url=callback_url,
            redirect_uri=redirect_uri,
            group_id=group_id,
            purpose=purpose,
        )
        return PendingConnection(self.auth, platform, started)

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> Any:
        """Returns the data of any operation's answer, by its method and path, as JSON values.

        The path is that of the API's reference. Raises ValueError unless it begins with a slash.
        """
        acts = method.upper() not in SAFE
        return await self._connection.send(
            plain_request(method.upper(), path, query or {}, body, acts=acts)
        )
