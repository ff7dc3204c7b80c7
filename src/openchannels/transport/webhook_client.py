"""Posting to addresses that users give, such as webhooks: to public addresses only.

The form of an address is judged here, where it leads by `doors.py`, which is loaded at the first
post.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from openchannels.core.outbound import OutboundError
from openchannels.core.ssrf import Networks, check_url

if TYPE_CHECKING:
    from openchannels.transport.doors import Doors

Resolve = Callable[[str, int, int], list[tuple[int, str]]]
"""Host, port and address family to families and IP addresses; blocks, may raise OSError."""


class OutboundClient:
    """A client for addresses that users give; see `core.outbound.Outbound`.

    `allowed` are networks it may reach besides the Internet, those alone by plain http.
    """

    def __init__(self, allowed: Networks = (), resolve: Resolve | None = None) -> None:
        self._allowed = tuple(allowed)
        self._resolve = resolve
        self._doors: Doors | None = None

    def check(self, url: str) -> str | None:
        """Why an address would be refused for its form, in words; None if it is good."""
        return check_url(url, self._allowed)

    async def post(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout: float,  # noqa: ASYNC109
    ) -> int:
        """Post once, within `timeout` seconds; the HTTP status. Raises OutboundError."""
        refused = self.check(url)
        if refused is not None:
            raise OutboundError("address_refused", refused)
        if self._doors is None:
            from openchannels.transport.doors import Doors, system_resolve

            self._doors = Doors(self._allowed, self._resolve or system_resolve)
        return await self._doors.post(url, headers, body, timeout)

    async def close(self) -> None:
        if self._doors is not None:
            doors, self._doors = self._doors, None
            await doors.close()
