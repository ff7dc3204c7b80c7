"""Facebook: reels and stories of a video, whose bytes are sent to an address of their own.

https://developers.facebook.com/docs/video-api/guides/reels-publishing
"""

from collections.abc import Mapping

from openchannels.connectors.base.multipart import FilePart, multipart
from openchannels.connectors.base.publisher import Job
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.base.turn import Turn
from openchannels.connectors.meta import rupload
from openchannels.connectors.meta.facebook.feed_post import targeting
from openchannels.connectors.meta.facebook.publish_calls import post, publish
from openchannels.connectors.meta.facebook.video_work import (
    VideoWork,
    video_state,
    wanted_state,
)
from openchannels.connectors.meta.facebook.work_kind import SCHEDULED
from openchannels.connectors.meta.graph import graph_request
from openchannels.core import errors
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.publications import (
    Accepted,
    Later,
    NeedsAction,
    Outcome,
    PublicationRefused,
    Published,
    Ready,
    Scheduled,
)

OPERATION = "publish.upload"
NO_COVER = "The cover could not be set."


class UploadedVideo(VideoWork):
    """Kept besides: `address` of the upload, `begun` once bytes may have arrived, `uploaded`."""

    edge: str

    async def prepare(self, turn: Turn) -> Ready:
        if "address" not in turn.job.state:
            answer = await post(turn, self.edge, OPERATION, form={"upload_phase": "start"})
            await turn.job.progress.keep(
                video=text_at(turn.client, OPERATION, answer, "video_id"),
                address=text_at(turn.client, OPERATION, answer, "upload_url"),
            )
        if not turn.job.state.get("uploaded"):
            await self._upload(turn)
            await turn.job.progress.keep(uploaded=True)
        return Ready()

    async def _upload(self, turn: Turn) -> None:
        """Send the bytes, from where Facebook has them. Raises PublicationRefused."""
        offset = 0
        if turn.job.state.get("begun"):
            offset = (await video_state(turn)).uploaded
        await turn.job.progress.keep(begun=True)
        try:
            await self._send(turn, offset)
        except PlatformFailure as failure:
            if failure.kind is not FailureKind.INVALID:
                raise
            if failure.reading.code != rupload.WRONG_OFFSET:
                raise _upload_refused(failure) from failure
        else:
            return
        try:
            await self._send(turn, (await video_state(turn)).uploaded)
        except PlatformFailure as failure:
            if failure.kind is FailureKind.INVALID:
                raise _upload_refused(failure) from failure
            raise

    async def _send(self, turn: Turn, offset: int) -> None:
        address, video = turn.job.state["address"], turn.job.media[0]
        await rupload.upload(turn.client, turn.tokens, address, video, offset)

    async def commit(self, turn: Turn) -> Outcome:
        form = {
            "upload_phase": "finish",
            "video_id": turn.job.state["video"],
            **self.finish_form(turn.job),
        }
        await publish(turn, self.edge, form=form)
        return Accepted(5.0)

    def finish_form(self, job: Job) -> Mapping[str, str]:
        """Returns texts and options of the work."""
        return {}


class Reel(UploadedVideo):
    edge = "video_reels"

    def finish_form(self, job: Job) -> Mapping[str, str]:
        wanted = wanted_state(job)
        known = {
            "video_state": wanted,
            "title": job.content.title,
            "description": job.content.body,
            "feed_targeting": targeting(job),
            "scheduled_publish_time": str(int(job.schedule_at or 0))
            if wanted == SCHEDULED
            else None,
        }
        return {name: value for name, value in known.items() if value}

    async def poll(self, turn: Turn) -> Published | Scheduled | NeedsAction | Later:
        outcome = await super().poll(turn)
        if isinstance(outcome, Later) or turn.job.cover is None:
            return outcome
        problem = await self._set_cover(turn)
        if problem is None or not isinstance(outcome, Published):
            return outcome
        return Published(
            outcome.work_id, outcome.link, link_meta=outcome.link_meta, warnings=(problem,)
        )

    async def _set_cover(self, turn: Turn) -> str | None:
        """Set the cover, which only a video that exists can have; returns what went wrong."""
        cover = turn.job.cover
        assert cover is not None
        image = FilePart(await cover.read(0, cover.size), mime_type=cover.mime_type)
        form = multipart({"is_preferred": "true", "source": image})
        path = f"{turn.job.state['video']}/thumbnails"
        request = graph_request(turn.client, path, turn.tokens.access_token, {})
        headers = {**request["headers"], **form["headers"]}
        try:
            await turn.client.call(
                "POST",
                operation="publish.cover",
                upload=True,
                **{**request, "headers": headers, "body": form["body"]},
            )
        except PlatformFailure:
            return NO_COVER
        return None


def _upload_refused(failure: PlatformFailure) -> PublicationRefused:
    """This upload does not go on; another one may."""
    return PublicationRefused(
        errors.MEDIA_PROCESSING_FAILED, platform_code=failure.reading.code, final=False
    )
