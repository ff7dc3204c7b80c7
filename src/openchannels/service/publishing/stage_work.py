"""What the work of every stage has at hand: how a publisher is called, and what is written then."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from openchannels.connectors.registry import Publisher
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.publications import Stage
from openchannels.service.context import Context
from openchannels.service.credentials.calls import AccountCalls
from openchannels.service.publishing import failures, jobs
from openchannels.service.publishing.drafts import account_of
from openchannels.service.publishing.outcomes import FIRST_LOOK_SECONDS, Outcomes
from openchannels.service.publishing.progress import HeldPublication, PublicationTaken
from openchannels.service.publishing.transitions import Transitions
from openchannels.transport.platform_client import PlatformClient

LONGEST_LOOK_SECONDS = 600.0
"""From one failed look at the platform until the next, at most."""

log = structlog.get_logger()


class StageWork:
    """The base of the classes that work on a stage.

    Their methods take a held publication and return whether the next stage can be done at once.
    They raise PublicationTaken and Unavailable.
    """

    def __init__(self, context: Context, calls: AccountCalls, media: jobs.MediaPreparation) -> None:
        self._context = context
        self._calls = calls
        self._media = media
        self._transitions = Transitions(context)
        self._outcomes = Outcomes(context, self._transitions)
        self._failures = failures.Failures(context, self._transitions)

    async def _called(
        self, held: HeldPublication, method: Callable[[Publisher], Callable[..., Awaitable[Any]]]
    ) -> Any:
        """The result of a publisher's method; None after a failure, which is handled."""
        publisher = self._publisher(held)
        try:
            return await self._call(held, publisher, method(publisher))
        except PublicationTaken:
            raise
        except Exception as error:
            if failures.is_fault(error):
                log.exception("publishing failed on a fault of ours")
            await self._failures.handle(held, error)
            return None

    async def _call(
        self, held: HeldPublication, publisher: Publisher, method: Callable[..., Awaitable[Any]]
    ) -> Any:
        """Call a publisher's method with a live token, once more after a refresh."""
        account = await account_of(self._context, held.publication)
        files = await self._media.open(held)

        async def ask(client: PlatformClient, account: Account, tokens: Tokens) -> Any:
            job = await jobs.job_of(self._context, held, files)
            return await method(client, account, tokens, job)

        return await self._calls.call(account, ask)

    def _publisher(self, held: HeldPublication) -> Publisher:
        connector = self._context.platforms.connector(held.publication.platform)
        if connector.publisher is None:
            raise errors.PUBLISH_NOT_SUPPORTED({"platform": connector.id})
        return connector.publisher

    async def _look_soon(self, held: HeldPublication) -> None:
        """Look for a publication of which it is not known whether it is out."""
        due = self._context.clock() + FIRST_LOOK_SECONDS
        await self._transitions.move(held, stage=Stage.SETTLING, due_at=due)

    def _look_again(self, held: HeldPublication) -> float:
        """Seconds to the next look after one that failed: longer, the longer it has been."""
        elapsed = self._context.clock() - held.publication.stage_since
        return min(max(elapsed, FIRST_LOOK_SECONDS), LONGEST_LOOK_SECONDS)
