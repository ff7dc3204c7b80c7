"""The client: the API's operations by what they are about."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from openchannels.client.address import from_environment, target
from openchannels.client.requests import plain_request
from openchannels.client.retries import MAX_RETRIES, RetryPolicy
from openchannels.client.sync.accounts import Accounts
from openchannels.client.sync.assets import Assets
from openchannels.client.sync.audit import Audit
from openchannels.client.sync.auth import Auth, PendingConnection
from openchannels.client.sync.connection import Connection
from openchannels.client.sync.engagement import Engagement
from openchannels.client.sync.events import Events
from openchannels.client.sync.groups import Groups
from openchannels.client.sync.options import Options
from openchannels.client.sync.platforms import Platforms
from openchannels.client.sync.publishing import Publishing
from openchannels.client.sync.webhooks import Webhooks
from openchannels.client.sync.works import Works

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import httpx2

SAFE = frozenset({"GET", "HEAD"})


class Client:
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
        transport: httpx2.BaseTransport | None = None,
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections; the client cannot be used afterwards."""
        self._connection.close()

    def connect(
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
        started = self.auth.start(
            platform,
            callback_url=callback_url,
            redirect_uri=redirect_uri,
            group_id=group_id,
            purpose=purpose,
        )
        return PendingConnection(self.auth, platform, started)

    def request(
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
        return self._connection.send(
            plain_request(method.upper(), path, query or {}, body, acts=acts)
        )
