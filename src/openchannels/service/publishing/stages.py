"""What is done in each stage of a publication.

Before the call that publishes its intent is written; its answer is written before anything else.
A publication found in `COMMITTING` has lost that answer: it is settled, never repeated blindly.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from openchannels.connectors.registry import Publisher, ReportedPublisher
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.events import EventType
from openchannels.core.exceptions import Unavailable
from openchannels.core.publications import (
    Accepted,
    Content,
    Later,
    NotPublished,
    PublicationRefused,
    Published,
    PublishStatus,
    Ready,
    Scheduled,
    Settled,
    Stage,
    Undecided,
)
from openchannels.service.context import Context
from openchannels.service.credentials.calls import AccountCalls
from openchannels.service.publishing import caps, failures, jobs
from openchannels.service.publishing.outcomes import (
    FIRST_LOOK_SECONDS,
    LONGEST_WAIT,
    Outcomes,
    bounded,
    work_columns,
)
from openchannels.service.publishing.progress import HeldPublication, PublicationTaken
from openchannels.service.publishing.reporting import report_stage
from openchannels.service.publishing.transitions import ENDS, Transitions
from openchannels.store.database import Connection
from openchannels.store.queries import accounts
from openchannels.store.queries import publications as store
from openchannels.transport.platform_client import PlatformClient

COMMIT_SECONDS = 120.0
"""How long the call that publishes may take, and how long nobody believes that nothing is out."""

log = structlog.get_logger()

Step = Callable[[HeldPublication], Awaitable[bool]]
"""Does one stage; returns whether the next one can be done at once."""


class Stages:
    """The work on a publication, stage by stage. Methods raise PublicationTaken and Unavailable."""

    def __init__(self, context: Context, calls: AccountCalls, media: jobs.MediaPreparation) -> None:
        self._context = context
        self._calls = calls
        self._media = media
        self._transitions = Transitions(context)
        self._outcomes = Outcomes(context, self._transitions)
        self._failures = failures.Failures(context, self._transitions)
        self._steps: dict[Stage, Step] = {
            Stage.QUEUED: self._begin,
            Stage.PREPARING: self._prepare,
            Stage.COMMITTING: self._answer_lost,
            Stage.SETTLING: self._settle,
            Stage.POLLING: self._poll,
            Stage.HELD: self._held,
            Stage.VERIFYING: self._verify,
            Stage.UPDATING: self._update,
        }

    async def advance(self, held: HeldPublication) -> None:
        """Does all that can be done of a publication now."""
        while (step := self._steps.get(held.publication.stage)) is not None:
            if not await step(held):
                return

    # From its time to the call that publishes

    async def _begin(self, held: HeldPublication) -> bool:
        now, one = self._context.clock(), held.publication
        late = now - (one.due_at or now)
        if late > self._context.rules.publishing.max_late:
            await self._failures.too_late(held)
            return False
        first = one.attempt == 0
        await self._transitions.move(
            held,
            EventType.PUBLISH_PUBLISHING if first else None,
            stage=Stage.PREPARING,
            status=PublishStatus.PUBLISHING,
            attempt=one.attempt + 1,
            error=None,
            sealed=None,
            due_at=now,
        )
        return True

    async def _prepare(self, held: HeldPublication) -> bool:
        result = await self._called(held, lambda publisher: publisher.prepare)
        if result is None:
            return False
        if isinstance(result, Later):
            await self._outcomes.wait(held, result, PublishStatus.PUBLISHING)
            return False
        assert isinstance(result, Ready)
        return await self._commit(held)

    async def _commit(self, held: HeldPublication) -> bool:
        """Write the intent, make the call that publishes once, and write what came of it."""
        publisher = self._publisher(held)
        free_at = await self._context.db.write(self._intend, held, publisher)
        if free_at is not None:
            await self._wait_for_cap(held, free_at)
            return False
        begun = {"stage": Stage.COMMITTING, "committed_at": self._context.clock()}
        committing = self._transitions.changed(held.publication, begun)
        report_stage(held.publication, committing)
        held.written(committing)
        commit = jobs.in_time(publisher.commit, time.monotonic() + COMMIT_SECONDS)
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                outcome = await self._call(held, publisher, commit)
        except PublicationTaken:
            raise
        except Exception as error:
            return await self._commit_failed(held, publisher, error)
        await self._context.unwritten.write(
            f"publication {held.publication.id}",
            lambda: self._outcomes.finish(held, outcome),
            after=Unavailable,
        )
        return True

    def _intend(
        self, connection: Connection, held: HeldPublication, publisher: Publisher
    ) -> float | None:
        """Write down that the call is about to be made; else return when a cap allows it."""
        now, one = self._context.clock(), held.publication
        app = self._context.platforms.app(one.platform)
        limits = publisher.caps if app is None else publisher.caps_for(app)
        free_at = caps.begin(connection, one, limits, now)
        if free_at is not None:
            return free_at
        values = {
            "stage": Stage.COMMITTING.value,
            "stage_since": now,
            "status": int(PublishStatus.PUBLISHING),
            "committed_at": now,
            "error": None,
            "due_at": now,
        }
        if not store.change(connection, one.id, held.owner, values):
            raise PublicationTaken
        return None

    async def _wait_for_cap(self, held: HeldPublication, free_at: float) -> None:
        """Wait, and let what waits beside it wait as long: it would find the same, one by one."""
        now, said = self._context.clock(), failures.waiting_for_cap(free_at)
        due_at = min(free_at, now + LONGEST_WAIT)
        await self._transitions.move(held, status=PublishStatus.QUEUED, error=said, due_at=due_at)
        values = {"error": said, "due_at": due_at}
        account_id = held.publication.account_id
        await self._context.db.write(store.put_off_waiting, account_id, now, values)

    async def _commit_failed(
        self, held: HeldPublication, publisher: Publisher, error: Exception
    ) -> bool:
        """Go on after a failed call: only a failure that proves nothing is out allows another."""
        failure = failures.failure_of(error)
        if isinstance(error, PublicationRefused):
            return await self._failures.handle(held, error)
        if failure is not None and not publisher.is_doubtful(failure):
            return await self._failures.handle(held, error)
        if failure is None and failures.is_before_the_call(error):
            return await self._failures.handle(held, error)
        log.warning(
            "it is not known whether a publication is out",
            cause=repr(error),
        )
        await self._look_in(held, FIRST_LOOK_SECONDS)
        return False

    # After the call that publishes

    async def _answer_lost(self, held: HeldPublication) -> bool:
        """The process that made the call has ended: its answer is lost."""
        await self._look_in(held, FIRST_LOOK_SECONDS)
        return False

    async def _look_in(self, held: HeldPublication, seconds: float) -> None:
        due = self._context.clock() + seconds
        await self._transitions.move(held, stage=Stage.SETTLING, due_at=due)

    async def _settle(self, held: HeldPublication) -> bool:
        one, now = held.publication, self._context.clock()
        publisher = self._publisher(held)
        over = now - one.stage_since > publisher.settle_seconds
        try:
            settled: Settled = await self._call(held, publisher, publisher.settle)
        except PublicationTaken:
            raise
        except PublicationRefused as refused:
            return await self._failures.handle(held, refused)
        except Exception as error:
            log.info("a publication could not be looked for", cause=repr(error))
            settled = Undecided(self._look_again(held))
        if isinstance(settled, NotPublished):
            return await self._not_published(held, settled)
        if not isinstance(settled, Undecided):
            await self._outcomes.finish(held, settled)
            return True
        if over:
            await self._failures.unconfirmed(held)
        else:
            await self._transitions.move(held, due_at=now + bounded(settled.seconds))
        return False

    def _look_again(self, held: HeldPublication) -> float:
        """Seconds to the next look after one that failed: longer, the longer it has been."""
        elapsed = self._context.clock() - held.publication.stage_since
        return min(max(elapsed, FIRST_LOOK_SECONDS), 600.0)

    async def _not_published(self, held: HeldPublication, settled: NotPublished) -> bool:
        """Publish again, once the call that was made cannot arrive any more."""
        one, now = held.publication, self._context.clock()
        arrives_until = (one.committed_at or now) + COMMIT_SECONDS + FIRST_LOOK_SECONDS
        # A commit ahead of the clock was begun while the clock was wrong.
        if now < arrives_until <= now + COMMIT_SECONDS + FIRST_LOOK_SECONDS:
            await self._transitions.move(held, due_at=arrives_until)
            return False
        return await self._failures.again(held, restart=settled.restart)

    async def _poll(self, held: HeldPublication) -> bool:
        if await self._reported(held):
            return True
        result = await self._called(held, lambda publisher: publisher.poll)
        if result is None:
            return False
        one, now = held.publication, self._context.clock()
        if isinstance(result, Later | Accepted):
            if now - one.stage_since > self._publisher(held).poll_seconds:
                await self._failures.unconfirmed(held)
            else:
                later = result if isinstance(result, Later) else Later(result.seconds)
                await self._outcomes.wait(held, later, PublishStatus.PUBLISHING)
            return False
        await self._outcomes.finish(held, result)
        return True

    async def _held(self, held: HeldPublication) -> bool:
        if await self._reported(held):
            return True
        if held.publication.status in ENDS:
            await self._transitions.move(held, stage=Stage.DONE)
            return False
        result = await self._called(held, lambda publisher: publisher.held)
        if result is None:
            return False
        one, now = held.publication, self._context.clock()
        if not isinstance(result, Later):
            await self._outcomes.finish(held, result)
            return True
        person = one.status is PublishStatus.NEEDS_ACTION
        longest = self._context.rules.publishing.held
        if person and now - one.stage_since >= longest:
            await self._failures.not_finished(held)
            return False
        most = one.stage_since + longest - now if person else LONGEST_WAIT
        await self._transitions.move(held, due_at=now + min(bounded(result.seconds), most))
        return False

    async def _reported(self, held: HeldPublication) -> bool:
        """Writes what webhooks prove without a call, even if the account's grant has ended."""
        one, publisher = held.publication, self._publisher(held)
        content, ended = Content.from_json(one.content), one.status in ENDS
        if isinstance(publisher, ReportedPublisher):
            return await self._due(
                held, publisher.report(content, one.option, self._context.clock())
            )
        account = None
        if one.reports:
            account = await self._context.db.read(accounts.get_account, one.account_id, one.user_id)
        if account is None:
            return False
        try:
            outcome = publisher.reported(account, content, held.state, one.reports)
        except PublicationRefused as refused:
            if ended:
                return False
            await self._failures.handle(held, refused)
            return True
        if outcome is None or (ended and not isinstance(outcome, Published)):
            return False
        await self._outcomes.finish(held, outcome)
        return True

    async def _due(self, held: HeldPublication, outcome: Published | Scheduled) -> bool:
        """Writes that the time of a work has come which a person has scheduled."""
        if not isinstance(outcome, Published):
            return False
        await self._outcomes.published(held, outcome, done=True)
        return True

    async def _verify(self, held: HeldPublication) -> bool:
        one, now = held.publication, self._context.clock()
        publisher = self._publisher(held)
        try:
            result = await self._call(held, publisher, jobs.verifying(publisher, one.work_id or ""))
        except PublicationTaken:
            raise
        except PublicationRefused as refused:
            return await self._failures.handle(held, refused)
        except Exception as error:
            log.info("a published work could not be looked at", cause=repr(error))
            result = Later(self._look_again(held))
        if isinstance(result, Published):
            await self._outcomes.published(held, result, done=True)
        elif now - one.stage_since > publisher.poll_seconds * 3:
            await self._transitions.move(held, stage=Stage.DONE)
        else:
            await self._transitions.move(held, due_at=now + bounded(result.seconds))
        return False

    async def _update(self, held: HeldPublication) -> bool:
        publisher = self._publisher(held)
        try:
            result = await self._call(held, publisher, jobs.updating(publisher, held))
        except PublicationTaken:
            raise
        except Exception as error:
            await self._failures.update_failed(held, error)
            return False
        reviewed = publisher.reviews_updates
        await self._transitions.move(
            held,
            EventType.PUBLISH_UPDATED,
            stage=Stage.VERIFYING if reviewed else Stage.DONE,
            status=PublishStatus.PUBLISHED,
            error=None,
            due_at=self._context.clock() + FIRST_LOOK_SECONDS if reviewed else None,
            **work_columns(held, result),
        )
        return False

    # Calls

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
        one = held.publication
        account = await self._context.db.read(accounts.get_account, one.account_id, one.user_id)
        if account is None:
            raise errors.PUBLISH_ACCOUNT_NOT_FOUND()
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
