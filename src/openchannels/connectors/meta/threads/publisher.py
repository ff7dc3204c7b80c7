"""Threads: publishing texts, images, videos and carousels.

All calls name the profile `me`: with a number, the call that publishes finds no container.
https://developers.facebook.com/docs/threads/posts
"""

from collections.abc import Mapping, Sequence
from typing import Any

from openchannels.connectors.base.parse import count, dig, https, moment, text
from openchannels.connectors.base.publisher import Job, PublishedWork
from openchannels.connectors.base.refusals import Refusal, RefusalTable
from openchannels.connectors.base.shapes import rows_at, text_at
from openchannels.connectors.base.turn import Turn
from openchannels.connectors.meta.containers import (
    LIMIT_SECONDS,
    LOOKS,
    PUBLISH,
    ContainerPlan,
    ContainerPublisher,
    ContainerSpec,
    ContainerState,
    RecentWork,
    check_used,
    note_send,
)
from openchannels.connectors.meta.graph import require_success
from openchannels.connectors.meta.publish_refusals import meta_refusals
from openchannels.connectors.meta.threads.api import API, as_listed, get_json
from openchannels.connectors.meta.threads.containers import (
    KINDS,
    kind_of,
    plan_containers,
    publishes_itself,
)
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.publications import (
    Content,
    Later,
    Outcome,
    PublicationRefused,
    Published,
    Ready,
    Settled,
    Undecided,
)
from openchannels.transport.client import Params
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

PUBLISH_SCOPE = "threads_content_publish"
CREATE = "publish.container"
RECENT = 10

FULL = Refusal(errors.PLATFORM_RATE_LIMITED, final=False, retry_after=LIMIT_SECONDS)
CODES: Mapping[str, Refusal] = {
    "2207052": Refusal(errors.PUBLISH_RESOURCE_UNAVAILABLE, final=False, retry_after=30.0),
    "4279013": Refusal(errors.PERMISSION_MISSING),
    "9": FULL,
    "613": FULL,
}
AT_CONTAINER = meta_refusals({**CODES, "2207051": Refusal(errors.PLATFORM_RATE_LIMITED)})
AT_PUBLISH = meta_refusals(CODES)
UNPROCESSED = Refusal(errors.MEDIA_PROCESSING_FAILED, final=False, retry_after=30.0)
# https://developers.facebook.com/docs/threads/troubleshooting
MEDIA_ERRORS: Mapping[str, Refusal] = {
    "FAILED_DOWNLOADING_VIDEO": CODES["2207052"],
    **dict.fromkeys(
        (
            *("INVALID_ASPEC_RATIO", "INVALID_ASPECT_RATIO", "INVALID_BIT_RATE"),
            *("INVALID_DURATION", "INVALID_FRAME_RATE"),
            *("INVALID_AUDIO_CHANNELS", "INVALID_AUDIO_CHANNEL_LAYOUT"),
        ),
        Refusal(errors.MEDIA_UNSUPPORTED),
    ),
}


class ThreadsPublisher(ContainerPublisher):
    scopes = (PUBLISH_SCOPE,)
    removes = True
    stale_codes = ("24/4279009",)
    longest_processing = 900.0

    def pulls_media(self, app: App, content: Content, option: Mapping[str, Any]) -> bool:
        return bool(content.media)

    # A text that is published by the call that makes it has no container that could be asked.

    async def prepare(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Ready | Later:
        if not publishes_itself(job):
            return await super().prepare(client, account, tokens, job)
        await self.check_quota(Turn(client, account, tokens, job))
        return Ready()

    async def commit(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome:
        if not publishes_itself(job):
            return await super().commit(client, account, tokens, job)
        await note_send(job)
        turn, plan = Turn(client, account, tokens, job), await plan_containers(job)
        form = {**plan.own.params, "auto_publish_text": "true"}
        return Published(await self._post(turn, "threads", PUBLISH, form, AT_PUBLISH))

    async def settle(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Settled:
        if not publishes_itself(job):
            return await super().settle(client, account, tokens, job)
        turn = Turn(client, account, tokens, job)
        # That the list does not show it proves nothing, so it is never published again.
        return await self.listed(turn) or Undecided(turn.until_look(*LOOKS))

    # Containers

    async def plan(self, turn: Turn) -> ContainerPlan:
        return await plan_containers(turn.job)

    async def create(self, turn: Turn, spec: ContainerSpec) -> str:
        return await self._post(turn, "threads", CREATE, spec.params, AT_CONTAINER)

    async def state_of(self, turn: Turn, container: str) -> ContainerState:
        fields = {"fields": "id,status,error_message"}
        answer = await get_json(turn.client, turn.tokens, container, "publish.status", fields)
        status = text_at(turn.client, "publish.status", answer, "status")
        return ContainerState(status, text(dig(answer, "error_message")))

    def refused_medium(self, error: str | None) -> PublicationRefused:
        refusal = MEDIA_ERRORS.get(error or "", UNPROCESSED)
        return PublicationRefused(
            refusal.error,
            error,
            platform_code=error,
            final=refusal.final,
            retry_after=refusal.retry_after,
        )

    async def send(self, turn: Turn, container: str) -> str:
        form = {"creation_id": container}
        return await self._post(turn, "threads_publish", PUBLISH, form, AT_PUBLISH)

    async def _post(
        self,
        turn: Turn,
        path: str,
        operation: str,
        form: Mapping[str, str],
        refusals: RefusalTable,
    ) -> str:
        """Make a call of the profile; returns the id of its answer."""
        answer = await refusals.call(
            turn.client,
            "POST",
            f"{API}/me/{path}",
            operation=operation,
            headers=bearer(turn.tokens),
            form=dict(form),
        )
        return text_at(turn.client, operation, answer, "id")

    async def check_quota(self, turn: Turn) -> None:
        """https://developers.facebook.com/docs/threads/troubleshooting"""
        prefix = "reply_" if turn.job.option.get("reply_to_id") else ""
        fields = f"{prefix}quota_usage,{prefix}config"
        try:
            answer = await get_json(
                turn.client,
                turn.tokens,
                "me/threads_publishing_limit",
                "publish.quota",
                {"fields": fields},
            )
        except PlatformFailure:
            return
        limit = dig(answer, "data", 0)
        used = count(dig(limit, f"{prefix}quota_usage"))
        most = count(dig(limit, f"{prefix}config", "quota_total"))
        check_used(turn, used, most)

    # After it

    def text_of(self, job: Job) -> str:
        return as_listed(job.content.body)

    async def recent_works(self, turn: Turn) -> Sequence[RecentWork]:
        path = "me/replies" if turn.job.option.get("reply_to_id") else "me/threads"
        fields = "id,text,timestamp,media_type,permalink,shortcode"
        params: Params = {"fields": fields, "limit": RECENT}
        answer = await get_json(turn.client, turn.tokens, path, "publish.look", params)
        kind = kind_of(turn.job)
        return [
            RecentWork(
                work_id,
                as_listed(text(row.get("text")) or ""),
                moment(row.get("timestamp")),
                https(row.get("permalink")),
            )
            for row in rows_at(turn.client, "publish.look", answer, "data")
            if (work_id := text(row.get("id"))) and row.get("media_type") == KINDS.get(kind, kind)
        ]

    async def link_of(self, turn: Turn, work_id: str) -> str | None:
        fields = {"fields": "id,permalink,shortcode"}
        answer = await get_json(turn.client, turn.tokens, work_id, "publish.verify", fields)
        return https(dig(answer, "permalink"))

    async def delete(
        self, client: PlatformClient, account: Account, tokens: Tokens, work: PublishedWork
    ) -> None:
        """https://developers.facebook.com/docs/threads/posts/delete-posts"""
        operation = "publish.remove"
        answer = await client.call(
            "DELETE",
            f"{API}/{work.work_id}",
            operation=operation,
            idempotent=True,
            headers=bearer(tokens),
        )
        require_success(client, operation, answer)
