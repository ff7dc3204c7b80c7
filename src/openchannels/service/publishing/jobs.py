"""What a publisher is given: content, files and what is known of one attempt."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from openchannels.connectors.registry import Job, PublishedWork, Publisher
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.publications import Content, Outcome
from openchannels.service.context import Context
from openchannels.service.publishing.files import OpenFiles
from openchannels.service.publishing.progress import HeldPublication
from openchannels.store.queries import publications as store
from openchannels.transport.platform_client import PlatformClient

LOOK_BACK_SECONDS = 3 * 86_400.0
"""How old publications may be whose works a look at the platform must not take for this one's."""
Commit = Callable[[PlatformClient, Account, Tokens, Job], Awaitable[Outcome]]
BY_PLATFORM = "scheduleByPlatform"
"""The option of ours by which the platform holds the work until its time."""


def first_due(
    publisher: Publisher, option: Mapping[str, Any], publish_at: float, now: float
) -> float:
    """Returns when a publication is begun: at its time, or now if the platform is to hold it."""
    return now if publisher.schedules and option.get(BY_PLATFORM) else publish_at


class MediaPreparation(Protocol):
    """Brings the files of a publication into the asset store."""

    async def open(self, held: HeldPublication) -> OpenFiles:
        """Returns the files, fetched and adapted first where that is needed.

        Raises PublicationRefused for one that cannot be read or that the platform refuses.
        """


async def job_of(context: Context, held: HeldPublication, files: OpenFiles) -> Job:
    """Returns the job of a publication at this moment."""
    one, now = held.publication, context.clock()
    taken = frozenset[str]()
    if one.committed_at is not None:
        taken = await context.db.read(
            store.taken_work_ids, one.account_id, one.id, now - LOOK_BACK_SECONDS
        )
    return Job(
        id=one.id,
        attempt=one.attempt,
        content=Content.from_json(one.content),
        option=one.option,
        media=files.media,
        cover=files.cover,
        progress=held,
        now=now,
        committed_at=one.committed_at,
        schedule_at=one.publish_at if one.option.get(BY_PLATFORM) else None,
        taken_work_ids=taken,
        reports=one.reports,
    )


def in_time(commit: Commit, until: float) -> Commit:
    """Returns the call that publishes, which raises TimeoutError once a time has passed.

    `until` is one of `time.monotonic`: a process that stood still must not publish after others
    have looked for the work.
    """

    async def call(client: PlatformClient, account: Account, tokens: Tokens, job: Job) -> Outcome:
        if time.monotonic() > until:
            raise TimeoutError
        return await commit(client, account, tokens, job)

    return call


def verifying(publisher: Publisher, work_id: str) -> Callable[..., Awaitable[Any]]:
    """Returns the call that looks at a published work."""

    async def call(client: PlatformClient, account: Account, tokens: Tokens, job: Job) -> Any:
        return await publisher.verify(client, account, tokens, job, work_id)

    return call


def updating(publisher: Publisher, held: HeldPublication) -> Callable[..., Awaitable[Any]]:
    """Returns the call that changes a published work."""

    async def call(client: PlatformClient, account: Account, tokens: Tokens, job: Job) -> Any:
        return await publisher.update(client, account, tokens, published_work(held), job)

    return call


def published_work(held: HeldPublication) -> PublishedWork:
    """Returns the work of a publication that is out."""
    one = held.publication
    return PublishedWork(one.work_id or "", one.work_link, one.option, held.state)
