"""Pushes of platforms: tickets for a connector's memory, revoked grants, codes gone astray."""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog

from openchannels.core.errors import ServiceError, Unauthorized
from openchannels.core.inbound import InboundMessage, InboundRefused, InboundResult
from openchannels.core.platforms import Platform
from openchannels.service.authorization.callback import Callbacks
from openchannels.service.context import Context
from openchannels.service.credentials.access import Credentials

log = structlog.get_logger()


class PlatformWebhooks:
    """Taking what platforms send of their own accord."""

    def __init__(self, context: Context, callbacks: Callbacks, credentials: Credentials) -> None:
        self._context = context
        self._callbacks = callbacks
        self._credentials = credentials
        self._running: set[asyncio.Task[Any]] = set()

    async def receive(self, platform: str, push: InboundMessage) -> InboundResult | None:
        """Take a push and return the answer to it; None where none is expected.

        Raises Unauthorized for one that does not prove where it comes from.
        """
        configured = self._context.platforms.configured(platform)
        if configured is None:
            return None
        connector, _ = configured
        if connector.inbound is None:
            return None
        client = self._context.platforms.client(connector)
        try:
            pushed = await connector.inbound.receive(client, push)
        except InboundRefused as refused:
            log.warning("refused a push", platform=platform, cause=str(refused))
            raise Unauthorized from refused
        for uid, at in pushed.revoked.items():
            await self._credentials.revoked(connector.id, uid, at)
        if pushed.callback is not None:
            # The platform waits for seconds only, and redeeming a code may take longer.
            task = asyncio.create_task(self._finish(connector.id, pushed.callback))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return pushed

    async def _finish(self, platform: Platform, params: Mapping[str, str]) -> None:
        try:
            await self._callbacks.receive(platform.value, params)
        except ServiceError as error:
            log.info("a pushed code opens nothing", platform=platform.value, cause=str(error))

    async def drain(self) -> None:
        """Wait for what pushes set going, before the process stops."""
        await asyncio.gather(*self._running, return_exceptions=True)
