"""Webhooks that platforms send: tickets, revoked grants, authorization codes."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

import structlog

from openchannels.core import errors
from openchannels.core.exceptions import ServiceError, Unavailable
from openchannels.core.inbound import InboundMessage, InboundRefused, InboundResult
from openchannels.core.platforms import Platform
from openchannels.service.authorization.callback import Callbacks
from openchannels.service.context import Context
from openchannels.service.credentials.access import Credentials
from openchannels.service.publishing.reports import PublishReports

CODE_SECONDS = 120.0
"""How long a code that a webhook brought is held while the store is away."""

log = structlog.get_logger()


class PlatformWebhooks:
    """Receives the webhooks of platforms."""

    def __init__(
        self,
        context: Context,
        callbacks: Callbacks,
        credentials: Credentials,
        reports: PublishReports,
    ) -> None:
        self._context = context
        self._callbacks = callbacks
        self._credentials = credentials
        self._reports = reports
        self._running: set[asyncio.Task[Any]] = set()

    async def receive(self, platform: str, push: InboundMessage) -> InboundResult | None:
        """Process a platform's message and return the response; None for an unknown one.

        Raises UNAUTHORIZED for a message without a valid signature.
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
            log.warning("refused a platform's webhook", platform=platform, cause=str(refused))
            raise errors.UNAUTHORIZED() from refused
        if pushed is None:
            return None
        for uid, at in pushed.revoked.items():
            await self._credentials.mark_revoked(connector.id, uid, at)
        for report in pushed.reports:
            await self._reports.add(connector.id, report)
        if pushed.callback is not None:
            # The platform waits for seconds only, and redeeming a code may take longer.
            task = asyncio.create_task(self._finish(connector.id, pushed.callback))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return pushed

    async def _finish(self, platform: Platform, params: Mapping[str, str]) -> None:
        # The platform was answered already and does not send the code again.
        receive = partial(self._callbacks.receive, platform, params)
        try:
            async with asyncio.timeout(CODE_SECONDS):
                await self._context.unwritten.write(
                    f"code of {platform}", receive, after=Unavailable
                )
        except TimeoutError:
            log.error("a code in a platform's webhook could not be used", platform=platform)
        except ServiceError as error:
            log.info(
                "a code in a platform's webhook was refused",
                platform=platform,
                cause=str(error),
            )

    async def drain(self) -> None:
        """Wait for callbacks started by webhooks, before the process stops."""
        await asyncio.gather(*self._running, return_exceptions=True)
