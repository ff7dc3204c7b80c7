"""How a person finishes a publication that waits for them."""

from openchannels.connectors.registry import Publisher
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.publications import HandOver, Publication, PublishStatus
from openchannels.service.context import Caller, Context
from openchannels.service.credentials.calls import AccountCalls
from openchannels.service.publishing.drafts import account_of, publisher_of
from openchannels.service.publishing.engine import PublishDue
from openchannels.service.publishing.hand_overs import HandOvers
from openchannels.service.publishing.jobs import MediaPreparation, job_of
from openchannels.service.publishing.records import owned
from openchannels.transport.platform_client import PlatformClient


class UserActions:
    """Makes what a person opens to finish a publication."""

    def __init__(
        self,
        context: Context,
        calls: AccountCalls,
        media: MediaPreparation,
        engine: PublishDue,
        hand_overs: HandOvers,
    ) -> None:
        self._context = context
        self._calls = calls
        self._media = media
        self._engine = engine
        self._hand_overs = hand_overs

    async def find(self, caller: Caller, record_id: str) -> tuple[Publication, HandOver]:
        """Returns the record and what its person opens.

        Raises PUBLISH_RECORD_NOT_FOUND, PUBLISH_TASK_STATUS_INVALID for one that waits for nobody,
        PUBLISH_ACCOUNT_NOT_FOUND, and what a call of the platform raises.
        """
        record = await owned(self._context, caller, record_id, errors.PUBLISH_RECORD_NOT_FOUND)
        if record.status is not PublishStatus.NEEDS_ACTION:
            raise errors.PUBLISH_TASK_STATUS_INVALID({"status": int(record.status)})
        _, publisher = publisher_of(self._context, record.platform)
        account = await account_of(self._context, record)
        made = await self._make(record, publisher, account)
        return record, made or self._page_of_platform(record, publisher)

    async def _make(
        self, record: Publication, publisher: Publisher, account: Account
    ) -> HandOver | None:
        async with self._engine.held_for_caller(record.id) as held:
            if held is None:
                raise errors.PUBLISH_TASK_STATUS_INVALID({"status": int(record.status)})
            files = await self._media.open(held)

            async def ask(
                client: PlatformClient, account: Account, tokens: Tokens
            ) -> HandOver | None:
                job = await job_of(self._context, held, files)
                return await publisher.user_action(client, account, tokens, job)

            made: HandOver | None = await self._calls.call(account, ask)
            return None if made is None else await self._hand_overs.give(held, made)

    def _page_of_platform(self, record: Publication, publisher: Publisher) -> HandOver:
        page = record.work_link or publisher.finish_url
        if page is None:
            raise errors.PUBLISH_NOT_SUPPORTED({"platform": record.platform})
        ends_at = record.stage_since + self._context.rules.publishing.held
        return HandOver(record.id, page, page, ends_at)
