"""Stands between a platform and the service, and delivers each webhook twice.

Both times it tries until the service answers, as platforms do.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Self

import aiohttp
from aiohttp import web

PAUSE = 0.3
PATIENCE = 25.0
NOT_PASSED_ON = {"host", "content-length", "connection"}


class Repeater:
    """Takes webhooks at `url` for the service at another address."""

    def __init__(self, service: str, http: aiohttp.ClientSession) -> None:
        self._service = service
        self._http = http
        self._repeats: set[asyncio.Task[tuple[int, bytes]]] = set()
        self.delivered = 0
        self.url = ""

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[Self]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._take)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            for repeat in self._repeats:
                repeat.cancel()
            await asyncio.gather(*self._repeats, return_exceptions=True)
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        body, headers = await request.read(), dict(request.headers)
        first = await self._deliver(request.rel_url.raw_path_qs, headers, body)
        repeat = asyncio.create_task(self._deliver(request.rel_url.raw_path_qs, headers, body))
        self._repeats.add(repeat)
        repeat.add_done_callback(self._repeats.discard)
        return web.Response(status=first[0], body=first[1])

    async def _deliver(
        self, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, bytes]:
        """Deliver once; the service's answer, or 503 if it is away for too long."""
        passed = {name: v for name, v in headers.items() if name.lower() not in NOT_PASSED_ON}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while True:
                    with contextlib.suppress(aiohttp.ClientError):
                        address = self._service + path
                        async with self._http.post(address, data=body, headers=passed) as answer:
                            said = await answer.read()
                            self.delivered += 1
                            return answer.status, said
                    await asyncio.sleep(PAUSE)
        return 503, b""
