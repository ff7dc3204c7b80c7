"""Posts to URLs that users give, such as webhooks: to public addresses only.

The URL itself is checked first, its IP addresses when they are connected to; see
`transport/guarded_sessions.py`. Redirects are not followed.
"""

import asyncio
from collections.abc import Mapping

from openchannels.core.ssrf import Networks, check_url
from openchannels.core.webhooks import WebhookTransportError
from openchannels.transport.guarded_sessions import AddressRefused, GuardedSessions, Resolve

SETTING = "webhooks.allowed_networks"


class WebhookClient:
    """A client for URLs that users give; see `core.webhooks.WebhookTransport`.

    `allowed` are networks that it may reach besides the Internet; plain http reaches only those.
    """

    def __init__(self, allowed: Networks = (), resolve: Resolve | None = None) -> None:
        self._allowed = tuple(allowed)
        self._sessions = GuardedSessions(self._allowed, SETTING, resolve)

    def check(self, url: str) -> str | None:
        """Returns why a URL is refused, in words; None if it is accepted."""
        return check_url(url, self._allowed)

    async def post(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout: float,  # noqa: ASYNC109
    ) -> int:
        """Posts once within `timeout` seconds; returns the status. Raises WebhookTransportError."""
        import aiohttp

        refused = self.check(url)
        if refused is not None:
            raise WebhookTransportError("address_refused", refused)
        try:
            async with asyncio.timeout(timeout):
                return await self._send(url, headers, body)
        except TimeoutError:
            raise WebhookTransportError("timeout", "the deadline passed") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _by_kind(error) from None

    async def _send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        from yarl import URL

        target = URL(url, encoded=True)
        async with self._sessions.session(target.scheme).post(
            target, data=body, headers=headers, allow_redirects=False
        ) as response:
            # The body is not read; the connection is closed here.
            return response.status

    async def close(self) -> None:
        await self._sessions.close()


def _by_kind(error: Exception) -> WebhookTransportError:
    """Returns the failure by its type alone: the texts of these errors may hold the URL."""
    import aiohttp

    cause = getattr(error, "os_error", error)
    if isinstance(cause, AddressRefused):
        return WebhookTransportError("address_refused", str(cause))
    if isinstance(error, aiohttp.ClientSSLError):
        return WebhookTransportError("tls", type(error).__name__)
    return WebhookTransportError("network", type(error).__name__)
