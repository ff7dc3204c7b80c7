"""Instagram: publishing images, reels, stories and carousels.

https://developers.facebook.com/docs/instagram-platform/content-publishing
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from openchannels.connectors.base.parse import count, dig, https, moment, text
from openchannels.connectors.base.publisher import Job, PublishedWork
from openchannels.connectors.base.refusals import Refusal
from openchannels.connectors.base.shapes import rows_at, text_at
from openchannels.connectors.base.turn import Turn
from openchannels.connectors.meta import rupload
from openchannels.connectors.meta.containers import (
    LIMIT_SECONDS,
    PUBLISH,
    ContainerPlan,
    ContainerPublisher,
    ContainerSpec,
    ContainerState,
    RecentWork,
    check_used,
)
from openchannels.connectors.meta.graph import require_success
from openchannels.connectors.meta.instagram.api import (
    api_request,
    get_json,
    is_page_token,
    uses_facebook_login,
)
from openchannels.connectors.meta.instagram.containers import (
    CAROUSEL,
    IMAGE,
    REELS,
    STORIES,
    caption_of,
    kind_of,
    plan_containers,
)
from openchannels.connectors.meta.publish_refusals import meta_refusals
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.publications import Content, PublicationRefused
from openchannels.transport.client import Params
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

PUBLISH_SCOPE = "instagram_business_content_publish"
FACEBOOK_PUBLISH_SCOPE = "instagram_content_publish"
CREATE = "publish.container"
RECENT = 10

INVALID = Refusal(errors.PUBLISH_VALIDATION_FAILED)
UNSUPPORTED = Refusal(errors.MEDIA_UNSUPPORTED)
UNPROCESSED = Refusal(errors.MEDIA_PROCESSING_FAILED, final=False, retry_after=30.0)
# https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes
CODES: Mapping[str, Refusal] = {
    **dict.fromkeys(("2207026", "2207004", "2207005", "2207009", "2207083"), UNSUPPORTED),
    **dict.fromkeys(
        (
            *("2207010", "2207023", "2207028", "2207035", "2207036", "2207037", "2207040"),
            *("2207057", "2207081"),
        ),
        INVALID,
    ),
    **dict.fromkeys(
        ("2207003", "2207020", "2207032", "2207053", "2207077", "2207082"), UNPROCESSED
    ),
    "2207052": Refusal(errors.PUBLISH_RESOURCE_UNAVAILABLE, final=False, retry_after=30.0),
    "2207050": Refusal(errors.PERMISSION_MISSING),
    **dict.fromkeys(
        ("2207042", "2207069"),
        Refusal(errors.PLATFORM_RATE_LIMITED, final=False, retry_after=LIMIT_SECONDS),
    ),
}
# What says nothing of the call that publishes: there the work may be out.
CONTAINER_CODES = {
    **CODES,
    "2207001": UNPROCESSED,
    "2207051": Refusal(errors.PLATFORM_RATE_LIMITED),
}
AT_CONTAINER, AT_PUBLISH = meta_refusals(CONTAINER_CODES), meta_refusals(CODES)
SUBCODE = re.compile(r"\b22\d{5}\b")
LISTED_TYPES: Mapping[str, tuple[str, str]] = {
    IMAGE: ("media_type", "IMAGE"),
    REELS: ("media_product_type", "REELS"),
    CAROUSEL: ("media_type", "CAROUSEL_ALBUM"),
}
"""How the list names the kinds of works."""


class InstagramPublisher(ContainerPublisher):
    removes = True
    stale_codes = ("24/2207008",)
    longest_processing = 1800.0

    def scopes_for(self, app: App) -> Sequence[str]:
        return (FACEBOOK_PUBLISH_SCOPE if uses_facebook_login(app) else PUBLISH_SCOPE,)

    def removes_for(self, app: App) -> bool:
        """Instagram Login has no call that removes a work."""
        return uses_facebook_login(app)

    def pulls_media(self, app: App, content: Content, option: Mapping[str, Any]) -> bool:
        covered = content.cover is not None and not option.get("cover_url")
        return not uses_facebook_login(app) or bool(content.images) or covered

    # Containers

    async def plan(self, turn: Turn) -> ContainerPlan:
        return await plan_containers(turn.job, upload_videos=is_page_token(turn.tokens))

    async def create(self, turn: Turn, spec: ContainerSpec) -> str:
        request = api_request(turn.client, turn.tokens, f"{turn.account.uid}/media", {})
        answer = await AT_CONTAINER.call(
            turn.client, "POST", operation=CREATE, **request, form=dict(spec.params)
        )
        container = text_at(turn.client, CREATE, answer, "id")
        if spec.upload is not None:
            address = text_at(turn.client, CREATE, answer, "uri")
            try:
                await rupload.upload(turn.client, turn.tokens, address, spec.upload)
            except PlatformFailure as failure:
                if failure.kind is not FailureKind.INVALID:
                    raise
                raise _upload_refused(failure) from failure
        return container

    async def state_of(self, turn: Turn, container: str) -> ContainerState:
        fields = {"fields": "id,status_code,status"}
        answer = await get_json(turn.client, turn.tokens, container, "publish.status", fields)
        status = text_at(turn.client, "publish.status", answer, "status_code")
        return ContainerState(status, text(dig(answer, "status")))

    def refused_medium(self, error: str | None) -> PublicationRefused:
        named = SUBCODE.search(error or "")
        subcode = named.group() if named else ""
        refusal = CONTAINER_CODES.get(subcode, UNPROCESSED)
        return PublicationRefused(
            refusal.error,
            error,
            platform_code=subcode or None,
            final=refusal.final,
            retry_after=refusal.retry_after,
        )

    # Publishing

    async def check_quota(self, turn: Turn) -> None:
        """https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/content_publishing_limit"""
        path, fields = f"{turn.account.uid}/content_publishing_limit", "config,quota_usage"
        try:
            answer = await get_json(
                turn.client, turn.tokens, path, "publish.quota", {"fields": fields}
            )
        except PlatformFailure:
            return
        used = count(dig(answer, "data", 0, "quota_usage"))
        most = count(dig(answer, "data", 0, "config", "quota_total"))
        check_used(turn, used, most)

    async def send(self, turn: Turn, container: str) -> str:
        path = f"{turn.account.uid}/media_publish"
        request = api_request(turn.client, turn.tokens, path, {})
        form = {"creation_id": container}
        answer = await AT_PUBLISH.call(turn.client, "POST", operation=PUBLISH, **request, form=form)
        return text_at(turn.client, PUBLISH, answer, "id")

    # After it

    def text_of(self, job: Job) -> str:
        return caption_of(job)

    async def recent_works(self, turn: Turn) -> Sequence[RecentWork]:
        kind = kind_of(turn.job)
        edge = "stories" if kind == STORIES else "media"
        fields = "id,caption,timestamp,media_type,media_product_type,permalink"
        params: Params = {"fields": fields, "limit": RECENT}
        path = f"{turn.account.uid}/{edge}"
        answer = await get_json(turn.client, turn.tokens, path, "publish.look", params)
        listed = rows_at(turn.client, "publish.look", answer, "data")
        name, value = LISTED_TYPES.get(kind, (None, None))
        return [
            RecentWork(
                work_id,
                "" if kind == STORIES else text(row.get("caption")) or "",
                moment(row.get("timestamp")),
                https(row.get("permalink")),
            )
            for row in listed
            if (work_id := text(row.get("id"))) and (name is None or row.get(name) == value)
        ]

    async def link_of(self, turn: Turn, work_id: str) -> str | None:
        fields = {"fields": "id,permalink,shortcode,timestamp,media_product_type"}
        answer = await get_json(turn.client, turn.tokens, work_id, "publish.verify", fields)
        return https(dig(answer, "permalink"))

    async def delete(
        self, client: PlatformClient, account: Account, tokens: Tokens, work: PublishedWork
    ) -> None:
        request = api_request(client, tokens, work.work_id, {})
        operation = "publish.remove"
        answer = await client.call("DELETE", operation=operation, idempotent=True, **request)
        require_success(client, operation, answer)


def _upload_refused(failure: PlatformFailure) -> PublicationRefused:
    """An upload that a container does not take; another one may."""
    return PublicationRefused(
        errors.MEDIA_PROCESSING_FAILED, platform_code=failure.reading.code, final=False
    )
