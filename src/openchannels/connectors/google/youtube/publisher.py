"""YouTube: publishing videos.

All parts of the file but the last are sent ahead: nothing is there before the last byte.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from openchannels.connectors.base.parse import dig, moment, text
from openchannels.connectors.base.publisher import Job, PublishedWork, Publisher
from openchannels.connectors.base.shapes import rows_at, text_at
from openchannels.connectors.google.youtube.api import API, is_listing
from openchannels.connectors.google.youtube.lost_upload import find_upload
from openchannels.connectors.google.youtube.publish_outcome import (
    outcome_of,
    published,
    thumbnail_warnings,
)
from openchannels.connectors.google.youtube.reports import PACIFIC
from openchannels.connectors.google.youtube.thumbnails import put_thumbnail
from openchannels.connectors.google.youtube.upload import (
    INCOMPLETE,
    filename_of,
    send_last_part,
    upload_ahead,
    video_of,
)
from openchannels.connectors.google.youtube.upload_session import DAY, REFUSALS, UploadSession
from openchannels.connectors.google.youtube.video_refusals import (
    refuse_other_channel,
    refuse_rejected,
)
from openchannels.connectors.google.youtube.video_resource import (
    changed_resource,
    link_of,
    publish_time,
    video_resource,
)
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.publications import (
    Cap,
    Later,
    NotPublished,
    Outcome,
    PublicationRefused,
    Published,
    Ready,
    Scheduled,
    Settled,
)
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

AUTH = "https://www.googleapis.com/auth"
UPLOAD_SCOPE = f"{AUTH}/youtube.upload"
WIDER_SCOPES = (f"{AUTH}/youtube", f"{AUTH}/youtube.force-ssl")
LOOK, UPDATE, REMOVE = "publish.look", "publish.update", "publish.remove"

LOOKS = (30.0, 90.0, 180.0, 600.0, 2700.0, 18_000.0, 64_800.0)
"""Seconds from one look at the processing to the next: a day in all."""
LATE_SECONDS = 3600.0
"""How long after its time a scheduled video may still be private."""

STILL_PRIVATE = "The time of the schedule has passed and the video is still private."


class YouTubePublisher(Publisher):
    scopes: ClassVar[tuple[str, ...]] = (UPLOAD_SCOPE,)
    schedules = True
    updates = True
    removes = True
    settle_seconds = 3600.0

    def missing_scopes(self, app: App, account_scopes: Sequence[str]) -> Sequence[str]:
        """Returns the scope for uploads, unless a wider one holds it."""
        wider = any(scope in account_scopes for scope in WIDER_SCOPES)
        return () if wider else super().missing_scopes(app, account_scopes)

    def caps_for(self, app: App) -> Sequence[Cap]:
        """Returns the bucket of uploads, which is the Google project's.

        https://developers.google.com/youtube/v3/determine_quota_cost
        """
        return [Cap(app.option("uploads_per_day", 100), DAY, "app", str(PACIFIC))]

    async def prepare(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Ready | Later:
        return await upload_ahead(client, tokens, job)

    async def commit(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome:
        """Sends the last part: with its last byte the video is there."""
        return await outcome_of(job, await send_last_part(client, tokens, job))

    def is_doubtful(self, failure: PlatformFailure) -> bool:
        """A session that asks for more bytes has made nothing."""
        return failure.doubtful and failure.reading.code != INCOMPLETE

    async def settle(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Settled:
        """Asks the session, which repeats its answer; only if it is gone, looks at the uploads."""
        session = UploadSession(client, tokens, job.state["session"])
        reply = await session.ask(video_of(job).size)
        if reply.video is not None:
            return await outcome_of(job, reply.video)
        if not reply.gone:
            return NotPublished()
        found = await find_upload(
            client, account, tokens, job, video_of(job).size, filename_of(job)
        )
        return await outcome_of(job, found) if isinstance(found, dict) else found

    async def poll(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome | Later:
        """Sets the thumbnail of a video that YouTube is to make public later."""
        video_id, at = job.state["made"]["id"], moment(publish_time(job))
        wait = await put_thumbnail(client, tokens, job, video_id)
        if wait is not None:
            return wait
        return Scheduled(at or job.now, video_id, link_of(video_id))

    async def held(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome | Later:
        video_id = job.state["made"]["id"]
        video = await _look(client, tokens, video_id)
        if video is None:
            raise PublicationRefused(errors.WORK_NOT_FOUND, "deleted", platform_code="deleted")
        refuse_rejected(video)
        privacy, at = text(dig(video, "status", "privacyStatus")), moment(publish_time(job)) or 0.0
        if privacy != "private":
            warnings = thumbnail_warnings(job)
            return replace(published(job, video_id, privacy), warnings=warnings)
        if job.now < at + LATE_SECONDS:
            return Later(max(at - job.now, 60.0))
        return replace(published(job, video_id, privacy), warnings=(STILL_PRIVATE,))

    async def verify(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job, work_id: str
    ) -> Published | Later:
        """Sets the thumbnail, and follows the processing, which may end with a rejection."""
        wait = await put_thumbnail(client, tokens, job, work_id)
        if wait is not None:
            return wait
        made, warnings = job.state.get("made") or {}, thumbnail_warnings(job)
        refuse_other_channel(account, made)
        try:
            video = await _look(client, tokens, work_id)
        except PlatformFailure as failure:
            if failure.kind is not FailureKind.PERMISSION:
                raise
            missing = {"verification": "scope_missing"}
            return Published(work_id, link_of(work_id), link_meta=missing, warnings=warnings)
        if video is not None:
            refuse_rejected(video)
        looks = job.state.get("looks", 0)
        if looks < len(LOOKS) and dig(video, "status", "uploadStatus") != "processed":
            await job.progress.keep(looks=looks + 1)
            return Later(LOOKS[looks])
        found = published(job, work_id, text(dig(video, "status", "privacyStatus")))
        told = published(job, work_id, made.get("privacy")).warnings
        new = tuple(text for text in found.warnings if text not in told)
        return replace(found, warnings=(*warnings, *new))

    async def update(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        work: PublishedWork,
        job: Job,
    ) -> Published:
        current = await _look(client, tokens, work.work_id)
        if current is None:
            raise PublicationRefused(errors.WORK_NOT_FOUND)
        wanted = video_resource(job)
        changed = changed_resource(current, job.state.get("sent") or {}, wanted, job.now)
        if changed:
            current = await REFUSALS.call(
                client,
                "PUT",
                f"{API}/videos",
                operation=UPDATE,
                params={"part": ",".join(changed)},
                headers=bearer(tokens),
                json_body={"id": work.work_id, **changed},
                idempotent=True,
            )
            text_at(client, UPDATE, current, "id")
        await job.progress.keep(sent=wanted)
        if job.content.cover is not None and job.content.cover.url != job.state.get("cover"):
            await job.progress.keep(cover=None)
            await put_thumbnail(client, tokens, job, work.work_id, once=True)
        privacy = text(dig(current, "status", "privacyStatus"))
        return replace(published(job, work.work_id, privacy), warnings=thumbnail_warnings(job))

    async def delete(
        self, client: PlatformClient, account: Account, tokens: Tokens, work: PublishedWork
    ) -> None:
        await client.call(
            "DELETE",
            f"{API}/videos",
            operation=REMOVE,
            params={"id": work.work_id},
            headers=bearer(tokens),
            idempotent=True,
            silent=True,
        )


async def _look(client: PlatformClient, tokens: Tokens, video_id: str) -> dict[str, Any] | None:
    """Returns a video with its state of processing; None while YouTube does not show it."""
    answer = await client.get(
        f"{API}/videos",
        operation=LOOK,
        params={"part": "snippet,status,processingDetails", "id": video_id},
        headers=bearer(tokens),
    )
    found = rows_at(client, LOOK, answer, "items", optional=is_listing(answer))
    return found[0] if found else None
