"""Reads files from addresses that users give: from public addresses only, a few redirects on.

Each address on the way is checked as the first is, and its IP addresses when they are connected
to; see `transport/guarded_sessions.py`.
"""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from openchannels.core.remote_files import RemoteFault, RemoteFileError
from openchannels.core.ssrf import Networks, check_url
from openchannels.transport.guarded_sessions import AddressRefused, GuardedSessions, Resolve

if TYPE_CHECKING:
    import aiohttp

SETTING = "publishing.allowed_networks"
REDIRECTS = 3
REDIRECTED = frozenset({301, 302, 303, 307, 308})
PART = 256 * 1024
CONNECT_SECONDS, SILENT_SECONDS = 10.0, 30.0
"""How long a connection may take, and how long a server may send nothing."""
TOTAL = re.compile(r"bytes \d+-\d+/(\d+)")


class RemoteFileClient:
    """See `core.remote_files.RemoteFiles`. `allowed` are networks besides the Internet."""

    def __init__(self, allowed: Networks = (), resolve: Resolve | None = None) -> None:
        self._allowed = tuple(allowed)
        self._sessions = GuardedSessions(self._allowed, SETTING, resolve, plain=True)

    @asynccontextmanager
    async def open(self, url: str, first: int | None = None) -> AsyncIterator["FileAnswer"]:
        from yarl import URL

        headers = {} if first is None else {"Range": f"bytes=0-{first - 1}"}
        async with AsyncExitStack() as stack:
            for _ in range(REDIRECTS + 1):
                if check_url(url, self._allowed, plain=True) is not None:
                    raise RemoteFileError(RemoteFault.ADDRESS)
                response = await self._get(stack, url, headers)
                if response.status not in REDIRECTED:
                    yield _answer(response)
                    return
                location = response.headers.get("Location", "")
                await stack.aclose()
                try:
                    url = str(URL(url, encoded=True).join(URL(location)))
                except ValueError:
                    raise RemoteFileError(RemoteFault.ADDRESS) from None
            raise RemoteFileError(RemoteFault.STATUS, response.status)

    async def _get(
        self, stack: AsyncExitStack, url: str, headers: dict[str, str]
    ) -> "aiohttp.ClientResponse":
        import aiohttp
        from yarl import URL

        target = URL(url, encoded=True)
        timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=CONNECT_SECONDS, sock_read=SILENT_SECONDS
        )
        asked = self._sessions.session(target.scheme).get(
            target, headers=headers, allow_redirects=False, timeout=timeout
        )
        try:
            return await stack.enter_async_context(asked)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _by_kind(error) from None

    async def close(self) -> None:
        await self._sessions.close()


class FileAnswer:
    """See `core.remote_files.RemoteAnswer`."""

    def __init__(self, response: "aiohttp.ClientResponse", size: int | None) -> None:
        self._response = response
        self.size = size

    async def parts(self) -> AsyncIterator[bytes]:
        import aiohttp

        try:
            async for part in self._response.content.iter_chunked(PART):
                yield part
        except (aiohttp.ClientError, OSError) as error:
            raise _by_kind(error) from None


def _answer(response: "aiohttp.ClientResponse") -> FileAnswer:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise RemoteFileError(RemoteFault.UNREADABLE, response.status)
    if response.status == 200:
        return FileAnswer(response, response.content_length)
    if response.status == 206:
        found = TOTAL.fullmatch(response.headers.get("Content-Range", ""))
        return FileAnswer(response, None if found is None else int(found[1]))
    raise RemoteFileError(RemoteFault.STATUS, response.status)


def _by_kind(error: Exception) -> RemoteFileError:
    """Returns the fault by the error's type alone: the texts of these errors may hold the URL."""
    cause = getattr(error, "os_error", error)
    if isinstance(cause, AddressRefused):
        return RemoteFileError(RemoteFault.ADDRESS)
    if isinstance(error, TimeoutError):
        return RemoteFileError(RemoteFault.TIMEOUT)
    return RemoteFileError(RemoteFault.NETWORK)
