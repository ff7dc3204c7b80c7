"""TikTok: posting videos and photos, or leaving them as drafts in the creator's inbox.

A video that is uploaded is posted by the last of its bytes; photos, and a video that TikTok
fetches, by the call that names their addresses.
https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from openchannels.connectors.base.parse import dig
from openchannels.connectors.base.publisher import Job, Publisher
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.base.turn import Turn
from openchannels.connectors.tiktok.api import API
from openchannels.connectors.tiktok.listed_works import find_listed
from openchannels.connectors.tiktok.lost_pull import settle_pull
from openchannels.connectors.tiktok.post_info import (
    CREATOR,
    DIRECT_SCOPE,
    DRAFT_SCOPE,
    PUBLIC,
    Creator,
    check,
    is_pulled,
    mode_of,
    privacy_level,
)
from openchannels.connectors.tiktok.publish_failures import REFUSALS, limits_of_account
from openchannels.connectors.tiktok.publish_init import INIT, begin, pull_call
from openchannels.connectors.tiktok.publish_outcome import link_of, outcome_of, published
from openchannels.connectors.tiktok.publish_status import (
    COMPLETE,
    FAILED,
    UNKNOWN,
    UPLOADING,
    fetch_state,
    is_hidden,
    with_reports,
)
from openchannels.connectors.tiktok.upload import open_upload, send_chunks, send_last_chunk
from openchannels.connectors.tiktok.works import VIDEO_FIELDS, read_url
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.publications import (
    Accepted,
    Content,
    Later,
    LinkStatus,
    NotPublished,
    Outcome,
    Published,
    Ready,
    Settled,
    Undecided,
)
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

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
            await open_upload(turn, job.video)
        await send_chunks(turn, job.video)
        return Ready()

    async def _check_creator(self, turn: Turn) -> None:
        """Asks what the creator may post now. Raises PublicationRefused for other content."""
        mode = mode_of(turn.client.app, turn.tokens.scopes)
        if mode == "inbox":
            await turn.job.progress.keep(mode=mode)
            return
        level = privacy_level(turn.client.app, turn.job.option)
        answer = await REFUSALS.call(
            turn.client,
            "POST",
            f"{API}/post/publish/creator_info/query/",
            operation=CREATOR,
            classify=limits_of_account(turn.client),
            idempotent=True,
            headers=bearer(turn.tokens),
            json_body={},
        )
        creator = Creator.read(turn.client, answer)
        check(turn.job, creator, level)
        await turn.job.progress.keep(mode=mode, level=level, creator=asdict(creator))

    # The call that publishes

    async def commit(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome:
        turn = Turn(client, account, tokens, job)
        if "upload_url" in job.state and job.video is not None:
            await send_last_chunk(turn, job.video)
            return Accepted(3.0)
        answer = await begin(turn, await pull_call(job))
        publish_id = text_at(client, INIT, answer, "data.publish_id")
        await job.progress.keep(publish_id=publish_id)
        await job.progress.add_key(publish_id)
        return Accepted(3.0)

    # After it

    async def settle(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Settled:
        turn = Turn(client, account, tokens, job)
        if "publish_id" not in job.state:
            return await settle_pull(turn)
        found = await fetch_state(turn)
        size = 0 if job.video is None else job.video.size
        if found.status == UPLOADING and found.uploaded < size:
            return NotPublished()
        found = with_reports(job, found)
        if found.status == UNKNOWN:
            return Undecided(turn.until_look(15.0, 60.0, 600.0))
        outcome = outcome_of(turn, found)
        return Accepted(outcome.seconds) if isinstance(outcome, Later) else outcome

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
        listed = await find_listed(turn)
        if listed is not None:
            return listed
        if turn.since_commit > LINK_SECONDS:
            return Published(work_id)
        return Later(turn.until_look(*LINK_LOOKS))

    async def _verified(self, turn: Turn, work_id: str) -> Published:
        """Returns a work whose id is known, with TikTok's own address where it lists the work."""
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
