"""Facebook: publishing posts, videos, reels and stories of a Page.

https://developers.facebook.com/docs/pages-api/posts
"""

from dataclasses import replace

from openchannels.connectors.base.gone import none_if_gone
from openchannels.connectors.base.publisher import Job, PublishedWork, Publisher
from openchannels.connectors.base.turn import Turn
from openchannels.connectors.meta.facebook.feed_post import FeedPost
from openchannels.connectors.meta.facebook.publish_calls import REFUSALS
from openchannels.connectors.meta.facebook.reel import Reel
from openchannels.connectors.meta.facebook.story import PhotoStory, VideoStory
from openchannels.connectors.meta.facebook.video_post import VideoPost
from openchannels.connectors.meta.facebook.work_kind import SCHEDULED, WorkKind
from openchannels.connectors.meta.graph import graph_request, require_success
from openchannels.connectors.meta.publish_refusals import bounded_attempts
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.publications import (
    Later,
    Outcome,
    PublicationRefused,
    Published,
    Ready,
    Settled,
)
from openchannels.transport.platform_client import PlatformClient

EARLIEST, LATEST = 720.0, 29 * 86_400.0
"""How far ahead, in seconds, Facebook holds a work until its time, with a margin."""
REEL_SECONDS = (3.0, 90.0)
VIDEO_OPTIONS = ("content_tags", "custom_labels", "embeddable", "direct_share_status")
"""What only a post of a video can have."""
LIMIT_SECONDS = 3600.0

FEED_POST, VIDEO_POST, REEL = FeedPost(), VideoPost(), Reel()
PHOTO_STORY, VIDEO_STORY = PhotoStory(), VideoStory()


def kind_of(job: Job) -> WorkKind:
    """Returns how a work is published.

    Facebook takes an upright, short video for a reel: as a post it might stay unpublished.
    """
    category, video = job.option.get("content_category", "post"), job.video
    if category == "story":
        return PHOTO_STORY if video is None else VIDEO_STORY
    if video is None:
        return FEED_POST
    if category == "reel":
        return REEL
    upright = (video.height or 0) > (video.width or 0)
    short = REEL_SECONDS[0] <= (video.duration or 0.0) <= REEL_SECONDS[1]
    named = any(name in job.option for name in VIDEO_OPTIONS)
    return REEL if upright and short and not named else VIDEO_POST


class FacebookPublisher(Publisher):
    """Sends all files itself. Kept between steps: `native`, that Facebook holds the work until its
    time; and what the kind of the work keeps.
    """

    completion = "polling"
    scopes = ("pages_manage_posts", "pages_read_engagement", "pages_show_list")
    settle_seconds = 86_400.0
    schedules = True
    updates = True
    removes = True

    # Before the call that publishes

    async def prepare(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Ready | Later:
        if job.option.get("video_state") == SCHEDULED and job.schedule_at is None:
            raise PublicationRefused(errors.PUBLISH_OPTION_MISSING, "scheduleByPlatform")
        kind = kind_of(job)
        with bounded_attempts(job):
            prepared = await kind.prepare(Turn(client, account, tokens, job))
        waiting = await self._until_its_time(job, kind)
        return waiting or prepared

    async def _until_its_time(self, job: Job, kind: WorkKind) -> Later | None:
        """Wait until Facebook can hold the work, or until its time where it cannot."""
        ahead = 0.0 if job.schedule_at is None else job.schedule_at - job.now
        native = kind.schedules and EARLIEST <= ahead <= LATEST
        await job.progress.keep(native=native or None)
        if ahead <= 0.0 or native:
            return None
        held = ahead - LATEST if kind.schedules and ahead > LATEST else ahead
        return Later(held, "schedule", job.schedule_at)

    # The call that publishes

    async def commit(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome:
        with bounded_attempts(job):
            try:
                return await kind_of(job).commit(Turn(client, account, tokens, job))
            except PlatformFailure as failure:
                limited = failure.kind is FailureKind.RATE_LIMITED
                if limited and failure.reading.retry_after is None:
                    reading = replace(failure.reading, retry_after=LIMIT_SECONDS)
                    raise failure.with_reading(reading) from failure
                raise

    async def settle(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Settled:
        return await kind_of(job).settle(Turn(client, account, tokens, job))

    # After it

    async def poll(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome | Later:
        return await kind_of(job).poll(Turn(client, account, tokens, job))

    async def held(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome | Later:
        found = await none_if_gone(kind_of(job).held(Turn(client, account, tokens, job)))
        if found is None:
            text = "The work is on Facebook no more."
            raise PublicationRefused(errors.PUBLISH_PLATFORM_STATUS_FAILED, text)
        return found

    async def verify(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job, work_id: str
    ) -> Published | Later:
        return await kind_of(job).verify(Turn(client, account, tokens, job), work_id)

    async def update(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        work: PublishedWork,
        job: Job,
    ) -> Published:
        kind = kind_of(job)
        if work.option.get("content_category") == "story":
            raise PublicationRefused(errors.PUBLISH_UPDATE_NOT_SUPPORTED)
        request = graph_request(client, kind.object_of(work), tokens.access_token, {})
        form = dict(kind.changes(job))
        operation = "publish.update"
        answer = await REFUSALS.call(
            client, "POST", operation=operation, idempotent=True, **request, form=form
        )
        require_success(client, operation, answer)
        return Published(work.work_id, work.link)

    async def delete(
        self, client: PlatformClient, account: Account, tokens: Tokens, work: PublishedWork
    ) -> None:
        """Removes a post or video. Facebook documents no call that removes a story."""
        if work.option.get("content_category") == "story":
            raise errors.PUBLISH_CANCEL_NOT_SUPPORTED({"platform": client.platform})
        request = graph_request(client, work.work_id, tokens.access_token, {})
        operation = "publish.remove"
        answer = await client.call("DELETE", operation=operation, idempotent=True, **request)
        require_success(client, operation, answer)
