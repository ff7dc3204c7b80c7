"""TikTok: posting videos and photos, or leaving them as drafts in the creator's inbox.

A video that is uploaded is posted by the last of its bytes; photos, and a video that TikTok
fetches, by the call that names their addresses.
https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from openchannels.connectors.base.parse import dig, moment, text
from openchannels.connectors.base.publisher import Job, MediaFile, Publisher
from openchannels.connectors.base.shapes import rows_at, text_at
from openchannels.connectors.base.streaming import streamed
from openchannels.connectors.base.turn import Turn
from openchannels.connectors.tiktok.api import API
from openchannels.connectors.tiktok.chunks import (
    ALL_TAKEN,
    WRONG_RANGE,
    ChunkPlan,
    classify_upload,
    taken_bytes,
)
from openchannels.connectors.tiktok.post_info import (
    DIRECT_SCOPE,
    DRAFT_SCOPE,
    PUBLIC,
    PULL,
    Creator,
    caption_of,
    check,
    is_pulled,
    mode_of,
    photo_cover,
    photo_info,
    privacy_level,
    video_info,
)
from openchannels.connectors.tiktok.publish_failures import REFUSALS, failed, limits_of_account
from openchannels.connectors.tiktok.publish_status import (
    COMPLETE,
    DELIVERED,
    FAILED,
    UNKNOWN,
    UPLOADING,
    PublishState,
    fetch_state,
    is_hidden,
    with_reports,
)
from openchannels.connectors.tiktok.works import VIDEO_FIELDS, read_url
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.publications import (
    Accepted,
    Content,
    Later,
    LinkStatus,
    NeedsAction,
    NotPublished,
    Outcome,
    PublicationRefused,
    Published,
    Ready,
    Settled,
    Undecided,
)
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

INIT, UPLOAD = "publish.init", "publish.upload"
UPLOAD_HOSTS = ".tiktokapis.com"
NEVER_FETCHED_SECONDS = 600.0
DOWNLOAD_SECONDS = 4200.0
"""TikTok gives a download an hour, so after this nothing comes of one that has not ended."""
CLOCK_SECONDS = 60.0
CUT_DESCRIPTION = 100
"""TikTok cuts descriptions at 150 characters; from so many on, the beginning proves enough."""
LINK_LOOKS = (60.0, 300.0, 900.0, 3600.0, 21_600.0, 86_400.0, 172_800.0)
LINK_SECONDS = 3 * 86_400.0


class TikTokPublisher(Publisher):
    """Kept between steps: `mode`; `creator` and `level` of a post; `publish_id`; of an upload
    `upload_url`, `begun` once bytes may have arrived, and `position`, where the last part begins.
    """

    completion = "polling"
    scopes = (DIRECT_SCOPE, DRAFT_SCOPE)
    settle_seconds = 6 * 3600.0
    finish_url = "https://www.tiktok.com/"

    def missing_scopes(self, app: App, account_scopes: Sequence[str]) -> Sequence[str]:
        needed = DIRECT_SCOPE if mode_of(app, account_scopes) == "direct" else DRAFT_SCOPE
        return [] if needed in account_scopes else [needed]

    def pulls_media(self, app: App, content: Content, option: Mapping[str, Any]) -> bool:
        return is_pulled(content, option)

    # Before the call that publishes

    async def prepare(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Ready | Later:
        turn = Turn(client, account, tokens, job)
        if "mode" not in job.state:
            await self._check_creator(turn)
        if is_pulled(job.content, job.option) or job.video is None:
            return Ready()
        if "publish_id" not in job.state:
            await self._open_upload(turn, job.video)
        return await self._upload(turn, job.video)

    async def _check_creator(self, turn: Turn) -> None:
        """Ask what the creator may post now. Raises PublicationRefused for other content."""
        mode = mode_of(turn.client.app, turn.tokens.scopes)
        if mode == "inbox":
            await turn.job.progress.keep(mode=mode)
            return
        level = privacy_level(turn.client.app, turn.job.option)
        answer = await REFUSALS.call(
            turn.client,
            "POST",
            f"{API}/post/publish/creator_info/query/",
            operation="publish.creator",
            classify=limits_of_account(turn.client),
            idempotent=True,
            headers=bearer(turn.tokens),
            json_body={},
        )
        creator = Creator.read(answer)
        check(turn.job, creator, level)
        await turn.job.progress.keep(mode=mode, level=level, creator=asdict(creator))

    async def _open_upload(self, turn: Turn, video: MediaFile) -> None:
        answer = await self._init(turn, video_call(turn.job, ChunkPlan(video.size).source_info()))
        address = text_at(turn.client, INIT, answer, "data.upload_url")
        parts = urlsplit(address)
        if parts.scheme != "https" or not (parts.hostname or "").endswith(UPLOAD_HOSTS):
            raise turn.client.malformed(INIT)
        publish_id = text_at(turn.client, INIT, answer, "data.publish_id")
        await turn.job.progress.keep(publish_id=publish_id, upload_url=address)
        await turn.job.progress.add_key(publish_id)

    async def _upload(self, turn: Turn, video: MediaFile) -> Ready:
        """Send all chunks but the last one, which publishes."""
        plan, position = ChunkPlan(video.size), await self._position(turn)
        while position < plan.last_start:
            await turn.job.progress.keep(begun=True)
            taken = await self._put(turn, video, position)
            if taken <= position:
                # Asked again, TikTok says where to go on.
                reading = Failure(FailureKind.UNAVAILABLE, code=str(WRONG_RANGE))
                raise PlatformFailure(turn.client.platform, UPLOAD, reading)
            position = taken
        await turn.job.progress.keep(position=position)
        return Ready()

    async def _position(self, turn: Turn) -> int:
        """How many bytes TikTok has."""
        if not turn.job.state.get("begun"):
            return 0
        found = await fetch_state(turn)
        if found.status == FAILED:
            raise failed(found.reason)
        return found.uploaded

    async def _put(self, turn: Turn, video: MediaFile, position: int) -> int:
        """Send the chunk at a position; returns how many bytes TikTok has then."""
        end = ChunkPlan(video.size).end(position)
        headers = {
            "Content-Type": video.mime_type,
            "Content-Range": f"bytes {position}-{end - 1}/{video.size}",
        }
        try:
            answer = await turn.client.exchange(
                "PUT",
                turn.job.state["upload_url"],
                operation=UPLOAD,
                classify=classify_upload,
                **streamed(video, position, end, headers),
            )
        except PlatformFailure as failure:
            if failure.kind is FailureKind.NOT_FOUND:
                # The address has ended; without its last byte the video is not posted.
                raise PublicationRefused(
                    errors.MEDIA_PROCESSING_FAILED,
                    platform_code=failure.reading.code,
                    final=False,
                ) from failure
            raise
        if answer.status == ALL_TAKEN:
            return video.size
        taken = taken_bytes(answer)
        if taken is None and answer.status == WRONG_RANGE:
            return (await fetch_state(turn)).uploaded
        return end if taken is None else taken

    async def _init(self, turn: Turn, call: tuple[str, dict[str, Any]]) -> Any:
        path, body = call
        return await REFUSALS.call(
            turn.client,
            "POST",
            f"{API}/post/publish/{path}/init/",
            operation=INIT,
            classify=limits_of_account(turn.client),
            headers=bearer(turn.tokens),
            json_body=body,
        )

    # The call that publishes

    async def commit(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome:
        turn = Turn(client, account, tokens, job)
        if "upload_url" in job.state and job.video is not None:
            await self._put_last(turn, job.video)
            return Accepted(3.0)
        answer = await self._init(turn, await pull_call(job))
        publish_id = text_at(client, INIT, answer, "data.publish_id")
        await job.progress.keep(publish_id=publish_id)
        await job.progress.add_key(publish_id)
        return Accepted(3.0)

    async def _put_last(self, turn: Turn, video: MediaFile) -> None:
        position = turn.job.state["position"]
        if position < video.size and await self._put(turn, video, position) < video.size:
            # Bytes are missing, so nothing is posted: the preparation goes on where they are.
            reading = Failure(FailureKind.INVALID, code=str(WRONG_RANGE), passing=True)
            raise PlatformFailure(turn.client.platform, UPLOAD, reading)

    # After it

    async def settle(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Settled:
        turn = Turn(client, account, tokens, job)
        if "publish_id" not in job.state:
            return await self._settle_pull(turn)
        found = await fetch_state(turn)
        size = 0 if job.video is None else job.video.size
        if found.status == UPLOADING and found.uploaded < size:
            return NotPublished()
        found = with_reports(job, found)
        if found.status == UNKNOWN:
            return Undecided(turn.until_look(15.0, 60.0, 600.0))
        outcome = outcome_of(turn, found)
        return Accepted(outcome.seconds) if isinstance(outcome, Later) else outcome

    async def _settle_pull(self, turn: Turn) -> Settled:
        """Tell from the reads of the files whether TikTok took a call whose answer is lost."""
        seen = [await file.fetched() for file in turn.job.media]
        if all(one.whole for one in seen):
            listed = await self._listed(turn)
            return listed or Undecided(turn.until_look(60.0, 600.0, 3600.0))
        fetched = any(one.last_at is not None for one in seen)
        if not fetched and turn.since_commit < NEVER_FETCHED_SECONDS:
            return Undecided(turn.until_look(60.0, 300.0, NEVER_FETCHED_SECONDS))
        for file in turn.job.media:
            await file.withdraw()
        if not fetched:
            again = [(await file.fetched()).last_at for file in turn.job.media]
            return NotPublished(restart=True) if not any(again) else Undecided(60.0)
        if turn.since_commit < DOWNLOAD_SECONDS:
            return Undecided(turn.until_look(600.0, DOWNLOAD_SECONDS))
        return await self._listed(turn) or NotPublished(restart=True)

    async def poll(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome | Later:
        turn = Turn(client, account, tokens, job)
        return outcome_of(turn, with_reports(job, await fetch_state(turn)))

    async def held(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome | Later:
        turn = Turn(client, account, tokens, job)
        found = with_reports(job, await fetch_state(turn))
        if found.status in (COMPLETE, FAILED):
            return outcome_of(turn, found)
        return Later(300.0 if turn.since_commit < 3600.0 else 3600.0)

    async def verify(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job, work_id: str
    ) -> Published | Later:
        turn = Turn(client, account, tokens, job)
        if work_id != job.state.get("publish_id"):
            return await self._verified(turn, work_id)
        if job.state.get("level", PUBLIC) != PUBLIC:
            # Only public works ever have an id.
            return Published(work_id)
        found = with_reports(job, await fetch_state(turn))
        if found.post_ids:
            return published(turn, found)
        listed = await self._listed(turn)
        if listed is not None:
            return listed
        if turn.since_commit > LINK_SECONDS:
            return Published(work_id)
        return Later(turn.until_look(*LINK_LOOKS))

    async def _verified(self, turn: Turn, work_id: str) -> Published:
        """A work whose id is known, with TikTok's own address where it lists the work."""
        link = link_of(turn, work_id)
        if is_hidden(turn.job, work_id):
            return Published(work_id, link, LinkStatus.FAILED)
        answer = await turn.client.call(
            "POST",
            f"{API}/video/query/",
            operation="publish.verify",
            idempotent=True,
            params={"fields": VIDEO_FIELDS},
            headers=bearer(turn.tokens),
            json_body={"filters": {"video_ids": [work_id]}},
        )
        return Published(work_id, read_url(dig(answer, "data", "videos", 0)) or link)

    async def _listed(self, turn: Turn) -> Published | None:
        """The one public work that can be this one; None if there is none, or several."""
        answer = await turn.client.call(
            "POST",
            f"{API}/video/list/",
            operation="publish.look",
            idempotent=True,
            params={"fields": VIDEO_FIELDS},
            headers=bearer(turn.tokens),
            json_body={"max_count": 20},
        )
        listed = rows_at(turn.client, "publish.look", answer, "data.videos", optional=True)
        fitting = [video for video in listed if fits(turn.job, video)]
        if len(fitting) != 1:
            return None
        work_id = str(fitting[0]["id"])
        return Published(work_id, read_url(fitting[0]) or link_of(turn, work_id))


def video_call(job: Job, source: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Returns the call that announces a video: its path and body. A draft has no text."""
    if job.state["mode"] == "inbox":
        return "inbox/video", {"source_info": source}
    info = video_info(job, Creator(**job.state["creator"]), job.state["level"])
    return "video", {"post_info": info, "source_info": source}


async def pull_call(job: Job) -> tuple[str, dict[str, Any]]:
    """Returns the call by which TikTok fetches the files: its path and body."""
    addresses = [await file.public_url() for file in job.media]
    if job.video is not None:
        return video_call(job, {"source": PULL, "video_url": addresses[0]})
    direct = job.state["mode"] == "direct"
    creator = Creator(**job.state["creator"]) if direct else None
    return "content", {
        "media_type": "PHOTO",
        "post_mode": "DIRECT_POST" if direct else "MEDIA_UPLOAD",
        "post_info": photo_info(job, creator, job.state.get("level")),
        "source_info": {
            "source": PULL,
            "photo_cover_index": photo_cover(job),
            "photo_images": addresses,
        },
    }


def outcome_of(turn: Turn, found: PublishState) -> Published | NeedsAction | Later:
    """Returns what a state means. Raises PublicationRefused for a work that failed."""
    if found.status == FAILED:
        raise failed(found.reason)
    if found.status == COMPLETE:
        return published(turn, found)
    if found.status == DELIVERED:
        return NeedsAction("draft", turn.job.state.get("publish_id"))
    return Later(_pause(turn.since_commit))


def published(turn: Turn, found: PublishState) -> Published:
    """Returns a work that is out: under its id, or until that is known under the publication's."""
    if not found.post_ids:
        return Published(turn.job.state["publish_id"], link_status=LinkStatus.PENDING)
    first, *others = found.post_ids
    more = {"otherWorkIds": others} if others else {}
    return Published(first, link_of(turn, first), link_meta=more)


def link_of(turn: Turn, work_id: str) -> str:
    creator = turn.job.state.get("creator") or {}
    name = creator.get("username") or turn.account.handle
    kind = "photo" if turn.job.content.images else "video"
    site = "https://www.tiktok.com"
    return f"{site}/@{name}/{kind}/{work_id}" if name else f"{site}/video/{work_id}"


def fits(job: Job, video: Mapping[str, Any]) -> bool:
    """Returns whether a listed video can be the one of a publication."""
    at, since = moment(video.get("create_time")), (job.committed_at or job.now) - CLOCK_SECONDS
    work_id = text(video.get("id"))
    if at is None or at < since or work_id is None or work_id in job.taken_work_ids:
        return False
    said = {text(video.get(name)) or "" for name in ("title", "video_description")}
    captions = {caption_of(job).strip(), job.content.body.strip()}
    return any(_same(one.strip(), caption) for one in said for caption in captions)


def _same(shown: str, caption: str) -> bool:
    shown = shown.removesuffix("...").removesuffix("…")
    return shown == caption or (len(shown) >= CUT_DESCRIPTION and caption.startswith(shown))


def _pause(elapsed: float) -> float:
    """Seconds to the next look at a work that TikTok processes."""
    for until, pause in ((8.0, 5.0), (20.0, 10.0), (140.0, 15.0)):
        if elapsed < until:
            return pause
    return 60.0
