"""KWAI: publishing videos, which the platform processes and reviews before it shows them."""

from typing import Any, ClassVar

from openchannels.connectors.base.gone import none_if_gone
from openchannels.connectors.base.multipart import FilePart, multipart
from openchannels.connectors.base.parse import dig, moment, text
from openchannels.connectors.base.publisher import Job, MediaFile, PublishedWork, Publisher
from openchannels.connectors.base.refusals import Refusal, RefusalTable
from openchannels.connectors.base.shapes import object_at, rows_at, text_at
from openchannels.connectors.kwai.api import SITE, credential_params, get_json
from openchannels.connectors.kwai.upload import ONLY_HTTP, send_video
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.publications import (
    Accepted,
    Later,
    NotPublished,
    Outcome,
    PublicationRefused,
    Published,
    Ready,
    Settled,
    Undecided,
)
from openchannels.transport.platform_client import PlatformClient

COMMIT, LOOK, REMOVE = "publish.commit", "publish.look", "publish.remove"
LIST_SCOPE = "user_video_info"
LOOKS = (20.0, 60.0, 180.0, 600.0)
"""Seconds after a publication at which the list is looked at; then every minute."""
EARLY_SECONDS = 120.0
"""How much earlier than our clock the platform may date a video."""
UNKNOWN_SECONDS = 3600.0
"""How long a published video may be unknown to the platform's reads."""
DAY = 86_400.0
EXTENSIONS = {"image/png": "png", "image/webp": "webp", "image/bmp": "bmp"}
TWINS = "Kuaishou lists two videos with this text; the newest one was taken for this publication."

REFUSALS = RefusalTable(
    message="error_msg|error",
    codes=dict.fromkeys(
        ("100120002", "100120003", "120002", "120003"), Refusal(errors.MEDIA_PROCESSING_FAILED)
    ),
)


class KwaiPublisher(Publisher):
    completion = "polling"
    scopes: ClassVar[tuple[str, ...]] = ("user_video_publish",)
    removes = True
    poll_seconds = DAY + 3600.0
    settle_seconds = 2400.0

    async def prepare(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Ready | Later:
        if job.video is None:
            raise PublicationRefused(errors.MEDIA_UNSUPPORTED, "a video is missing")
        if job.cover is None:
            raise PublicationRefused(
                errors.PUBLISH_VALIDATION_FAILED, "Kuaishou needs a cover: content.cover"
            )
        return await send_video(client, tokens, job, job.video) or Ready()

    async def commit(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome:
        """Publishes the video that was sent.

        https://open.kuaishou.com/platformDocs/openAbility/contentManagement/createAVideo
        """
        assert job.cover is not None
        if "begun_at" not in job.state:
            await job.progress.keep(begun_at=job.now)
        try:
            answer = await REFUSALS.call(
                client,
                "POST",
                f"{SITE}/openapi/photo/publish",
                operation=COMMIT,
                upload=True,
                params={**credential_params(client, tokens), "upload_token": job.state["token"]},
                **multipart(await _fields(job, job.cover)),
            )
        except PublicationRefused as refused:
            failure = refused.__cause__
            if not job.state.get("again") or not isinstance(failure, PlatformFailure):
                raise
            # The token may be spent because the first call got through after all.
            reading = Failure(FailureKind.MALFORMED, code=failure.reading.code)
            raise failure.with_reading(reading) from None
        work_id = text_at(client, COMMIT, answer, "video_info.photo_id")
        await job.progress.keep(work_id=work_id)
        return Accepted(30.0, work_id)

    async def settle(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Settled:
        """Looks for a video with our text that is no older than our first call."""
        if tokens.scopes is not None and LIST_SCOPE not in tokens.scopes:
            return Undecided(self.settle_seconds)
        elapsed = job.now - (job.committed_at or job.now)
        if elapsed < LOOKS[0]:
            return Undecided(LOOKS[0] - elapsed)
        found = await _published(client, tokens, job)
        if found:
            twins = True if len(found) > 1 else None
            work_id = text(found[0]["photo_id"])
            await job.progress.keep(work_id=work_id, twins=twins)
            return Accepted(30.0, work_id)
        if elapsed < LOOKS[-1] or job.state.get("again"):
            return Undecided(next((at - elapsed for at in LOOKS if at > elapsed), 60.0))
        await job.progress.keep(again=True)
        return NotPublished()

    async def poll(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome | Later:
        age = job.now - (job.committed_at or job.now)
        work_id = job.state["work_id"]
        answer = await none_if_gone(
            get_json(client, tokens, "openapi/photo/info", LOOK, photo_id=work_id)
        )
        if answer is None:
            if age > UNKNOWN_SECONDS:
                raise _refused("removed" if job.state.get("seen") else "not accepted in review")
            return _later(age)
        if dig(object_at(client, LOOK, answer, "video_info"), "pending") is not True:
            return Published(work_id, link_of(work_id), warnings=_warnings(job))
        if age > DAY:
            raise _refused("the review did not end")
        if not job.state.get("seen"):
            await job.progress.keep(seen=True)
        return _later(age)

    async def verify(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job, work_id: str
    ) -> Published | Later:
        return Published(work_id, link_of(work_id))

    async def delete(
        self, client: PlatformClient, account: Account, tokens: Tokens, work: PublishedWork
    ) -> None:
        """Deletes a video, which takes the scope `user_video_delete`."""
        await client.call(
            "POST",
            f"{SITE}/openapi/photo/delete",
            operation=REMOVE,
            idempotent=True,
            params={**credential_params(client, tokens), "photo_id": work.work_id},
        )


def link_of(work_id: str) -> str:
    return f"https://www.kuaishou.com/short-video/{work_id}"


def caption_of(job: Job) -> str:
    """Returns title and text in one, never empty: a lost answer is settled by it."""
    parts = (job.content.title.strip(), job.content.body.strip())
    named = job.video.filename if job.video else job.id
    return "\n".join(filter(None, parts)) or named


async def _fields(job: Job, cover: MediaFile) -> dict[str, str | int | FilePart]:
    data = await cover.read(0, cover.size)
    name = f"cover.{EXTENSIONS.get(cover.mime_type, 'jpg')}"
    product = job.option.get("merchant_product_id")
    return {
        "cover": FilePart(data, name, cover.mime_type),
        "caption": caption_of(job),
        "stereo_type": job.option.get("stereo_type", "NOT_SPHERICAL_VIDEO"),
        **({"merchant_product_id": product} if product else {}),
    }


async def _published(client: PlatformClient, tokens: Tokens, job: Job) -> list[dict[str, Any]]:
    """Returns videos that may be this one and that no other publication claims, newest first."""
    answer = await get_json(client, tokens, "openapi/photo/list", LOOK, count="20")
    since = job.state.get("begun_at", job.committed_at or job.now) - EARLY_SECONDS
    found = [
        video
        for video in rows_at(client, LOOK, answer, "video_list", optional=True)
        if text(video.get("caption")) == caption_of(job)
        and (moment(video.get("create_time")) or 0.0) >= since
        and (text(video.get("photo_id")) or "") not in {"", *job.taken_work_ids}
    ]
    return sorted(found, key=lambda video: -(moment(video["create_time"]) or 0.0))


def _later(age: float) -> Later:
    return Later(30.0 if age < 300 else 120.0 if age < 3600 else 900.0, "review")


def _refused(words: str) -> PublicationRefused:
    return PublicationRefused(errors.PUBLISH_PLATFORM_STATUS_FAILED, words)


def _warnings(job: Job) -> tuple[str, ...]:
    said: Any = (
        ONLY_HTTP if job.state.get("scheme") == "http" else None,
        TWINS if job.state.get("twins") else None,
    )
    return tuple(filter(None, said))
