"""Facebook: posts of a video, sent in chunks that Facebook cuts.

https://developers.facebook.com/docs/video-api/guides/publishing
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from openchannels.connectors.base.multipart import FilePart, multipart
from openchannels.connectors.base.parse import count, dig, text
from openchannels.connectors.base.publisher import Job, MediaFile
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.base.turn import Turn
from openchannels.connectors.meta.facebook.feed_post import schedule_form, targeting
from openchannels.connectors.meta.facebook.publish_calls import (
    REFUSALS,
    VIDEO_GRAPH,
    post,
    publish,
)
from openchannels.connectors.meta.facebook.video_work import VideoWork, wanted_state
from openchannels.connectors.meta.facebook.work_kind import DRAFT
from openchannels.connectors.meta.graph import GRAPH, graph_request
from openchannels.connectors.meta.publish_refusals import read_refusal_codes
from openchannels.core.platform_errors import Failure, FailureKind
from openchannels.core.publications import Accepted, Later, Outcome, Ready
from openchannels.transport.answers import body_of
from openchannels.transport.client import Answer
from openchannels.transport.platform_client import Classify, PlatformClient

OPERATION = "publish.upload"
WRONG_OFFSET = "1363037"
SAME_CHUNK = frozenset({"1363019", "1363021", "1363030", "1363033"})
"""Refusals of a chunk that is to be sent once more."""


class VideoPost(VideoWork):
    """Kept besides: `session`; and `start` and `end` of the chunk that Facebook wants next."""

    path = "{page}/videos/{video}"

    async def prepare(self, turn: Turn) -> Ready | Later:
        video, keep = turn.job.media[0], turn.job.progress.keep
        if "session" not in turn.job.state:
            await self._open(turn, video)
        while (start := turn.job.state["start"]) < turn.job.state["end"]:
            answer = await self._transfer(turn, video, start, turn.job.state["end"])
            corrected = dig(answer, "error") is not None
            position = _corrected(turn.client, answer) if corrected else _next(turn.client, answer)
            await keep(start=position[0], end=position[1])
            if corrected:
                return Later(1.0, "upload")
            if position[0] <= start:
                raise turn.client.malformed(OPERATION)
        return Ready()

    async def _open(self, turn: Turn, video: MediaFile) -> None:
        form = {"upload_phase": "start", "file_size": video.size}
        answer = await post(turn, "videos", OPERATION, host=VIDEO_GRAPH, form=form)
        start, end = _next(turn.client, answer)
        await turn.job.progress.keep(
            session=text_at(turn.client, OPERATION, answer, "upload_session_id"),
            video=text_at(turn.client, OPERATION, answer, "video_id"),
            start=start,
            end=end,
        )

    async def _transfer(self, turn: Turn, video: MediaFile, start: int, end: int) -> Any:
        """Send one chunk; returns the answer, which names the bounds of the next one."""
        fields: dict[str, str | int | FilePart] = {
            "upload_phase": "transfer",
            "upload_session_id": turn.job.state["session"],
            "start_offset": start,
            "video_file_chunk": FilePart(await video.read(start, end - start)),
        }
        path, token = f"{turn.account.uid}/videos", turn.tokens.access_token
        request, form = graph_request(turn.client, path, token, {}), multipart(fields)
        answer = await REFUSALS.exchange(
            turn.client,
            "POST",
            request["url"].replace(GRAPH, VIDEO_GRAPH),
            operation=OPERATION,
            classify=_classify_chunk(turn.client),
            params=request["params"],
            headers={**request["headers"], **form["headers"]},
            body=form["body"],
            upload=True,
        )
        return body_of(answer)

    async def commit(self, turn: Turn) -> Outcome:
        job = turn.job
        fields: dict[str, str | int | FilePart] = {
            "upload_phase": "finish",
            "upload_session_id": job.state["session"],
            **finish_form(job),
        }
        if job.cover is None:
            await publish(turn, "videos", host=VIDEO_GRAPH, form=fields)
        else:
            thumb = await job.cover.read(0, job.cover.size)
            fields["thumb"] = FilePart(thumb, mime_type=job.cover.mime_type)
            await publish(turn, "videos", host=VIDEO_GRAPH, upload=True, **multipart(fields))
        return Accepted(5.0)

    def changes(self, job: Job) -> Mapping[str, Any]:
        options = _listed_options(job)
        options.pop("direct_share_status", None)
        return {**super().changes(job), **options}


def finish_form(job: Job) -> dict[str, str]:
    """Returns the texts and options of a video."""
    state = schedule_form(job)
    if wanted_state(job) == DRAFT:
        state = {"published": "false", "unpublished_content_type": "DRAFT"}
    known = {
        "title": job.content.title,
        "description": job.content.body,
        "feed_targeting": targeting(job),
    }
    shown = {name: value for name, value in known.items() if value}
    return {**shown, **_listed_options(job), **state}


def _listed_options(job: Job) -> dict[str, str]:
    names = ("content_tags", "custom_labels", "embeddable", "direct_share_status")
    return {name: json.dumps(job.option[name]) for name in names if name in job.option}


def _next(client: PlatformClient, answer: Any) -> tuple[int, int]:
    """The bounds of the next chunk, which are texts."""
    start, end = (count(dig(answer, f"{name}_offset")) for name in ("start", "end"))
    if start is None or end is None:
        raise client.malformed(OPERATION)
    return start, end


def _corrected(client: PlatformClient, answer: Any) -> tuple[int, int]:
    """The bounds of the chunk that is wanted instead; the error holds them, some as JSON text."""
    told = dig(answer, "error", "error_data")
    try:
        return _next(client, json.loads(told) if isinstance(told, str) else told)
    except ValueError:
        raise client.malformed(OPERATION) from None


def _classify_chunk(client: PlatformClient) -> Classify:
    """How answers to a chunk are read: one that names the right offset is a success."""

    def classify(answer: Answer) -> Failure | None:
        reading = client.classify(answer)
        if reading is None:
            return None
        body = body_of(answer)
        codes = set(read_refusal_codes(body))
        said = text(dig(body, "error", "message")) or ""
        if WRONG_OFFSET in codes or WRONG_OFFSET in said:
            return None
        if codes & SAME_CHUNK:
            # With its code the table of refusals would take it for one of the content.
            return replace(reading, kind=FailureKind.UNAVAILABLE, code=None)
        return reading

    return classify
