"""Bilibili: publishing videos, which the platform reviews before it shows them."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from openchannels.connectors.base.gone import none_if_gone
from openchannels.connectors.base.hashtags import split_hashtags
from openchannels.connectors.base.parse import dig, integer, moment, text
from openchannels.connectors.base.publisher import Job, PublishedWork, Publisher
from openchannels.connectors.base.refusals import ANY_CONTENT
from openchannels.connectors.base.shapes import object_at, rows_at, text_at
from openchannels.connectors.bilibili.api import API, signing_client
from openchannels.connectors.bilibili.upload import (
    REFUSALS,
    TOKEN_REFUSED,
    StartOver,
    forget,
    send_cover,
    send_video,
)
from openchannels.connectors.bilibili.works import is_listing, read_status, video_id
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.publications import (
    Accepted,
    Content,
    Later,
    NotPublished,
    Outcome,
    PublicationRefused,
    Published,
    Ready,
    Settled,
    Undecided,
)
from openchannels.core.works import WorkStatus
from openchannels.transport.platform_client import PlatformClient

COMMIT, LOOK, REMOVE = "publish.commit", "publish.look", "publish.remove"
SAME_TITLE = "123015"
"""The same title again shortly after: the first submission may have gone through."""
LOOKS = (15.0, 60.0, 300.0)
"""Seconds after a submission at which the list is looked at; then every minute."""
EARLY_SECONDS = 120.0
"""How much earlier than our clock the platform may date a submission."""
UNKNOWN_SECONDS = 3600.0
"""How long a submitted video may be unknown to the platform's reads."""
ENDED = (WorkStatus.REJECTED, WorkStatus.DELETED)


class BilibiliPublisher(Publisher):
    completion = "polling"
    scopes: ClassVar[tuple[str, ...]] = ("ARC_BASE",)
    removes = True
    poll_seconds = 72 * 3600.0
    settle_seconds = 1800.0

    async def prepare(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Ready | Later:
        signed = signing_client(client, tokens)
        if job.video is None:
            raise PublicationRefused(errors.MEDIA_UNSUPPORTED, "a video is missing")
        try:
            await send_video(signed, job, job.video)
        except StartOver as lost:
            await forget(job, lost)
            return Later(5.0, "uploading")
        if job.cover is not None and "cover" not in job.state:
            await job.progress.keep(cover=await send_cover(signed, job.cover))
        return Ready()

    async def commit(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome:
        """Submits the video; all before that is invisible. See https://open.bilibili.com/doc."""
        if "begun_at" not in job.state:
            await job.progress.keep(begun_at=job.now)
        try:
            answer = await REFUSALS.call(
                signing_client(client, tokens),
                "POST",
                f"{API}/archive/add-by-utoken",
                operation=COMMIT,
                params={"upload_token": job.state["token"]},
                json_body=submission(job),
            )
        except PublicationRefused as refused:
            code, failure = refused.platform_code, refused.__cause__
            if code not in (SAME_TITLE, TOKEN_REFUSED) or not isinstance(failure, PlatformFailure):
                raise
            await job.progress.keep(refused=code, words=refused.text)
            raise failure from None
        return await _found(job, text_at(client, COMMIT, answer, "data.resource_id"))

    def is_doubtful(self, failure: PlatformFailure) -> bool:
        """Counts refusals that an earlier submission of the same video explains."""
        return failure.doubtful or failure.reading.code in (SAME_TITLE, TOKEN_REFUSED)

    async def settle(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Settled:
        """Looks for a video with our title that is no older than our first submission."""
        elapsed = job.now - (job.committed_at or job.now)
        if elapsed < LOOKS[0]:
            return Undecided(LOOKS[0] - elapsed)
        found = await _submitted(signing_client(client, tokens), job)
        if len(found) > 1:
            found = [one for one in found if one.get("cover") == job.state.get("cover")] or found
        if len(found) == 1:
            return await _found(job, video_id(found[0]))
        if found or elapsed < LOOKS[-1]:
            later = (at - elapsed for at in LOOKS if at > elapsed)
            return Undecided(next(later, 60.0))
        return await self._not_found(job)

    async def _not_found(self, job: Job) -> Settled:
        if job.state.get("again"):
            return Undecided(60.0)
        if job.state.get("refused") == SAME_TITLE:
            raise PublicationRefused(
                ANY_CONTENT.error, job.state.get("words"), platform_code=SAME_TITLE
            )
        if job.state.get("refused") == TOKEN_REFUSED:
            return NotPublished(restart=True)
        await job.progress.keep(again=True)
        return NotPublished()

    async def poll(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome | Later:
        age = job.now - (job.committed_at or job.now)
        video = await _view(signing_client(client, tokens), job.state["work_id"])
        if video is None:
            if age > UNKNOWN_SECONDS:
                raise PublicationRefused(
                    errors.PUBLISH_PLATFORM_STATUS_FAILED, "the video is gone", platform_code="gone"
                )
            return Later(60.0, "review")
        _refuse_rejected(video)
        if read_status(video) is WorkStatus.PUBLISHED:
            return Published(job.state["work_id"], link_of(job.state["work_id"]))
        return Later(60.0 if age < 600 else 600.0 if age < 7200 else 3600.0, "review")

    def reported(
        self,
        account: Account,
        content: Content,
        state: Mapping[str, Any],
        reports: Sequence[Mapping[str, Any]],
    ) -> Outcome | None:
        """Reads the newest result of the review of this attempt's video."""
        own = [one for one in reports if one["work_id"] == state.get("work_id")]
        if not own:
            return None
        newest = own[-1]
        if newest["event"] == "video_open":
            return Published(newest["work_id"], link_of(newest["work_id"]))
        raise PublicationRefused(
            errors.PUBLISH_PLATFORM_STATUS_FAILED,
            newest.get("words"),
            platform_code=newest.get("state"),
        )

    async def verify(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job, work_id: str
    ) -> Published | Later:
        video = await _view(signing_client(client, tokens), work_id)
        if video is not None:
            _refuse_rejected(video)
        return Published(work_id, link_of(work_id))

    async def delete(
        self, client: PlatformClient, account: Account, tokens: Tokens, work: PublishedWork
    ) -> None:
        """Deletes a video for good."""
        await signing_client(client, tokens).call(
            "POST",
            f"{API}/archive/delete",
            operation=REMOVE,
            idempotent=True,
            json_body={"resource_id": work.work_id},
        )


def link_of(work_id: str) -> str:
    return f"https://www.bilibili.com/video/{work_id}"


def submission(job: Job) -> dict[str, Any]:
    """Returns the body of a submission."""
    option = job.option
    words, tags = split_hashtags(job.content.body)
    body = {
        "title": job.content.title.strip(),
        "cover": job.state.get("cover"),
        "tid": option["tid"],
        "tag": ",".join(tags),
        "desc": words or None,
        "copyright": option.get("copyright", 1),
        "source": option.get("source"),
        "no_reprint": option.get("no_reprint", 0),
        "topic_id": option.get("topic_id") or None,
        "mission_id": option.get("mission_id") or None,
    }
    return {name: value for name, value in body.items() if value is not None}


async def _found(job: Job, work_id: str) -> Accepted:
    """Keeps the id of the video, under which the webhook reports its review."""
    await job.progress.keep(work_id=work_id)
    await job.progress.add_key(work_id)
    return Accepted(60.0, work_id)


async def _submitted(signed: PlatformClient, job: Job) -> list[dict[str, Any]]:
    """Returns videos that may be this one and that no other publication claims."""
    answer = await signed.get(
        f"{API}/archive/viewlist", operation=LOOK, params={"pn": 1, "ps": 50, "status": "all"}
    )
    since = job.state.get("begun_at", job.committed_at or job.now) - EARLY_SECONDS
    return [
        video
        for video in rows_at(signed, LOOK, answer, "data.list", optional=is_listing(answer))
        if text(video.get("title")) == job.content.title.strip()
        and (moment(video.get("ctime")) or 0.0) >= since
        and video_id(video) not in {"", *job.taken_work_ids}
    ]


async def _view(signed: PlatformClient, work_id: str) -> dict[str, Any] | None:
    """Returns a video; None while, or once, the platform does not know it."""
    answer = await none_if_gone(
        signed.get(f"{API}/archive/view", operation=LOOK, params={"resource_id": work_id})
    )
    return None if answer is None else object_at(signed, LOOK, answer, "data")


def _refuse_rejected(video: Mapping[str, Any]) -> None:
    """Raises PublicationRefused for a video that the review has sent back."""
    about = dig(video, "addit_info")
    reason = text(dig(about, "reject_reason"))
    status = read_status(video)
    if status in ENDED or (reason and status is not WorkStatus.PUBLISHED):
        raise PublicationRefused(
            errors.PUBLISH_PLATFORM_STATUS_FAILED,
            reason or text(dig(about, "state_desc")),
            platform_code=text(integer(dig(about, "state"))),
        )
