"""Facebook: posts of text, a link or images.

Images are uploaded without being published, so that one call makes all of them public, and so that
the post can be found by their ids.
https://developers.facebook.com/docs/pages-api/posts
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from openchannels.connectors.base.multipart import multipart_stream
from openchannels.connectors.base.parse import dig, integer, moment, rows, text
from openchannels.connectors.base.publisher import Job
from openchannels.connectors.base.shapes import rows_at, text_at
from openchannels.connectors.base.turn import Turn
from openchannels.connectors.meta.facebook.publish_calls import (
    COMMIT,
    LOOK,
    LOOKS,
    may_be_sent_again,
    post,
    publish,
    read,
)
from openchannels.connectors.meta.facebook.work_kind import WorkKind, post_id
from openchannels.connectors.meta.facebook.works import read_url
from openchannels.connectors.meta.graph import DIALOG
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.publications import (
    Later,
    NotPublished,
    Outcome,
    Published,
    Ready,
    Scheduled,
    Settled,
    Undecided,
)

PHOTO_SECONDS = 20 * 3600.0
"""Facebook keeps a photo that is not published for a day."""
CLOCK_SECONDS = 120.0
LISTED = (
    "id,message,created_time,is_published,permalink_url,"
    "attachments{unshimmed_url,target{id},subattachments{target{id}}}"
)
HELD = "id,message,scheduled_publish_time,created_time"
NOT_READABLE = (FailureKind.NOT_FOUND, FailureKind.INVALID, FailureKind.PERMISSION)


async def upload_photos(turn: Turn) -> list[str]:
    """Returns the ids of the job's images, which are uploaded where they are not yet."""
    job, keep = turn.job, turn.job.progress.keep
    photos = list(job.state.get("photos", ()))
    if photos and job.now - job.state["photos_at"] > PHOTO_SECONDS:
        photos = []
    for image in job.images[len(photos) :]:
        fields = {"published": "false"}
        if job.schedule_at is not None:
            # Otherwise Facebook removes it before its time comes.
            fields["temporary"] = "true"
        form = multipart_stream(fields, "source", image)
        answer = await post(turn, "photos", "publish.photo", upload=True, **form)
        photos.append(text_at(turn.client, "publish.photo", answer, "id"))
        await keep(photos=photos, photos_at=job.state.get("photos_at", job.now))
    return photos


class FeedPost(WorkKind):
    """Kept between steps: `photos` by id, and `photos_at`, when the first was uploaded; `post`, the
    one that Facebook holds.
    """

    async def prepare(self, turn: Turn) -> Ready | Later:
        await upload_photos(turn)
        return Ready()

    async def commit(self, turn: Turn) -> Outcome:
        job = turn.job
        form = {**feed_form(job), "fields": "id,permalink_url"}
        answer = await publish(turn, "feed", form=form)
        work_id = post_id(turn.account.uid, text_at(turn.client, COMMIT, answer, "id"))
        if job.state.get("native") and job.schedule_at is not None:
            await job.progress.keep(post=work_id)
            return Scheduled(job.schedule_at, work_id)
        return Published(work_id, read_url(answer))

    async def settle(self, turn: Turn) -> Settled:
        found = await self._found(turn)
        if found is not None:
            return found
        return NotPublished() if may_be_sent_again(turn) else Undecided(turn.until_look(*LOOKS))

    async def _found(self, turn: Turn) -> Published | Scheduled | None:
        """The newest post of the Page that can be this one."""
        at = turn.job.schedule_at if turn.job.state.get("native") else None
        edge, fields = ("published_posts", LISTED) if at is None else ("scheduled_posts", HELD)
        answer = await read(turn, f"{turn.account.uid}/{edge}", fields, limit=25)
        for row in rows_at(turn.client, LOOK, answer, "data"):
            number = text(row.get("id"))
            work_id = post_id(turn.account.uid, number) if number else ""
            if not work_id or work_id in turn.job.taken_work_ids or not _fits(turn.job, row, at):
                continue
            if at is None:
                return Published(work_id, read_url(row))
            await turn.job.progress.keep(post=work_id)
            return Scheduled(at, work_id)
        return None

    async def held(self, turn: Turn) -> Published | Later:
        work_id = turn.job.state["post"]
        answer = await read(turn, work_id, "id,permalink_url,created_time,is_published")
        if dig(answer, "is_published") is True:
            return Published(work_id, read_url(answer))
        return Later(max((turn.job.schedule_at or 0.0) - turn.job.now, 60.0))

    async def verify(self, turn: Turn, work_id: str) -> Published | Later:
        try:
            answer = await read(turn, work_id, "id,permalink_url,created_time,is_published")
        except PlatformFailure as failure:
            if failure.kind not in NOT_READABLE:
                raise
            answer = {}
        return Published(work_id, read_url(answer) or f"{DIALOG}/{work_id}")

    def changes(self, job: Job) -> Mapping[str, Any]:
        return {"message": job.content.body}


def feed_form(job: Job) -> dict[str, str]:
    """Returns the parameters of a post."""
    photos = [{"media_fbid": photo} for photo in job.state.get("photos", ())]
    known = {
        "message": job.content.body,
        "link": job.option.get("link"),
        "attached_media": json.dumps(photos) if photos else None,
        "feed_targeting": targeting(job),
    }
    return {
        **{name: str(value) for name, value in known.items() if value},
        **schedule_form(job),
    }


def targeting(job: Job) -> str | None:
    chosen = job.option.get("feed_targeting")
    return json.dumps(chosen) if chosen else None


def schedule_form(job: Job) -> dict[str, str]:
    """Returns the parameters by which Facebook holds a post or video until its time."""
    if not job.state.get("native") or job.schedule_at is None:
        return {"published": "true"}
    return {
        "published": "false",
        "scheduled_publish_time": str(int(job.schedule_at)),
        "unpublished_content_type": "SCHEDULED",
    }


def _fits(job: Job, row: Mapping[str, Any], held_until: float | None) -> bool:
    """Returns whether a listed post can be the one of a publication."""
    photos = set(job.state.get("photos", ()))
    if photos and held_until is None:
        return bool(photos & set(_targets(row)))
    since = job.state["first_sent"] - CLOCK_SECONDS
    if (moment(row.get("created_time")) or 0.0) < since:
        return False
    if held_until is not None and integer(row.get("scheduled_publish_time")) != int(held_until):
        return False
    link, links = job.option.get("link"), set(_links(row))
    same_link = not link or not links or link in links
    return same_link and _plain(text(row.get("message")) or "") == _plain(job.content.body)


def _plain(written: str) -> str:
    return written.replace("\r\n", "\n").strip()


def _targets(row: Mapping[str, Any]) -> Iterator[str]:
    for part in rows(dig(row, "attachments", "data")):
        for one in (part, *rows(dig(part, "subattachments", "data"))):
            target = text(dig(one, "target", "id"))
            if target is not None:
                yield target


def _links(row: Mapping[str, Any]) -> Iterator[str]:
    for part in rows(dig(row, "attachments", "data")):
        address = text(part.get("unshimmed_url"))
        if address is not None:
            yield address
