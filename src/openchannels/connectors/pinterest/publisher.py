"""Pinterest: publishing pins."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from openchannels.connectors.base.parse import text
from openchannels.connectors.base.publisher import Job, PublishedWork, Publisher
from openchannels.connectors.base.refetching import (
    FETCH_PAUSES,
    NOT_FETCHED,
    fetch_again,
    fetch_tries,
)
from openchannels.connectors.base.refusals import Refusal, RefusalTable
from openchannels.connectors.base.shapes import rows_at, text_at
from openchannels.connectors.pinterest.api import API
from openchannels.connectors.pinterest.pin_body import is_this_pin, may_send, pin_body, pin_texts
from openchannels.connectors.pinterest.video_upload import PinterestUpload
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.publications import (
    Cap,
    Content,
    Later,
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

PIN, LOOK, UPDATE, REMOVE = "publish.pin", "publish.look", "publish.update", "publish.remove"
LOOKS = (7.0, 50.0, 240.0)
TRIAL, TRIAL_SECONDS = "trial_access", 3600.0
NO_UPDATES, NO_UPDATES_SECONDS = "pinterest:no_updates", 86_400.0
TRIAL_KEY = "pinterest:trial"
TRIAL_REFUSAL = Refusal(
    errors.PERMISSION_MISSING, name=TRIAL, hint="The operator's app needs Standard access."
)
BLOCKED = Refusal(errors.PUBLISH_VALIDATION_FAILED, name="blocked")
UNFETCHED = Refusal(errors.PUBLISH_RESOURCE_UNAVAILABLE, name=NOT_FETCHED)

# Codes are shared by refusals of different meanings, so that only the words tell.
# https://developers.pinterest.com/docs/api/v5/pins-create
REFUSALS = RefusalTable(
    message="message",
    words={
        (403, "trial access"): TRIAL_REFUSAL,
        **{
            (status, word): BLOCKED
            for status in (400, 403, 429)
            for word in ("spam", "we blocked", "been blocked")
        },
        (400, "could not fetch the image"): UNFETCHED,
        (400, "unable to reach the url"): UNFETCHED,
        (403, ""): Refusal(errors.PERMISSION_MISSING),
        (404, "pin not found"): Refusal(errors.WORK_NOT_FOUND),
        (404, ""): Refusal(errors.PUBLISH_VALIDATION_FAILED, name="board_not_found"),
    },
)


class PinterestPublisher(Publisher):
    scopes: ClassVar[tuple[str, ...]] = (
        *("boards:read", "boards:write"),
        *("pins:read", "pins:write"),
    )
    caps: ClassVar[Sequence[Cap]] = (Cap(1, 10.0),)
    """Pinterest publishes no figure; faster ones are taken for spam."""
    settle_seconds = 600.0
    updates = True
    removes = True

    def pulls_media(self, app: App, content: Content, option: Mapping[str, Any]) -> bool:
        """Returns whether Pinterest fetches the images; a video is sent, and so is its cover."""
        return not content.videos and not _sends(app)

    async def prepare(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Ready | Later:
        said = client.cache.get(TRIAL_KEY)
        if said is not None:
            raise PublicationRefused(TRIAL_REFUSAL.error, said, platform_code=TRIAL)
        if job.video is None:
            return Ready()
        return await PinterestUpload(client, tokens, job, job.video).advance() or Ready()

    async def commit(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome:
        # The last call puts an image that cannot be fetched into itself.
        send = _sends(client.app) or fetch_tries(job) >= len(FETCH_PAUSES)
        media_id = None if job.video is None else job.state["video"]["id"]
        try:
            answer = await REFUSALS.call(
                client,
                "POST",
                f"{API}/pins",
                operation=PIN,
                headers=bearer(tokens),
                json_body=await pin_body(job, media_id, send=send),
                upload=True,
            )
        except PublicationRefused as refused:
            if refused.platform_code == TRIAL:
                client.cache.put(TRIAL_KEY, refused.text, TRIAL_SECONDS)
            if refused.platform_code != NOT_FETCHED:
                raise
            raise await fetch_again(client, PIN, job, refused, _most_fetches(job)) from refused
        return _published(text_at(client, PIN, answer, "id"))

    def is_doubtful(self, failure: PlatformFailure) -> bool:
        return failure.doubtful and failure.reading.code != NOT_FETCHED

    async def settle(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Settled:
        """Looks for the pin on its board. Its absence proves nothing: then a person decides."""
        answer = await client.get(
            f"{API}/boards/{job.option['boardId']}/pins",
            operation=LOOK,
            params={"page_size": 25},
            headers=bearer(tokens),
        )
        committed_at = job.committed_at or job.now
        found = [
            pin_id
            for pin in rows_at(client, LOOK, answer, "items")
            if (pin_id := text(pin.get("id"))) and is_this_pin(pin, job, committed_at)
        ]
        ours = [pin_id for pin_id in found if pin_id not in job.taken_work_ids]
        if len(ours) == 1:
            return _published(ours[0])
        looks = job.state.get("looks", 0)
        await job.progress.keep(looks=looks + 1)
        return Undecided(LOOKS[looks] if looks < len(LOOKS) else self.settle_seconds)

    async def verify(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job, work_id: str
    ) -> Published | Later:
        """The answer to the call was the pin: there is nothing to add."""
        return _published(work_id)

    async def update(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        work: PublishedWork,
        job: Job,
    ) -> Published:
        """Changes texts and board. Pinterest offers this to some apps only."""
        said = client.cache.get(NO_UPDATES)
        if said is None:
            try:
                answer = await REFUSALS.call(
                    client,
                    "PATCH",
                    f"{API}/pins/{work.work_id}",
                    operation=UPDATE,
                    headers=bearer(tokens),
                    json_body={"board_id": str(job.option["boardId"]), **pin_texts(job)},
                    idempotent=True,
                )
            except PublicationRefused as refused:
                if refused.code is not errors.PERMISSION_MISSING:
                    raise
                said = refused.text or "refused"
                client.cache.put(NO_UPDATES, said, NO_UPDATES_SECONDS)
            else:
                return _published(text_at(client, UPDATE, answer, "id"))
        raise PublicationRefused(errors.PUBLISH_UPDATE_NOT_SUPPORTED, said)

    async def delete(
        self, client: PlatformClient, account: Account, tokens: Tokens, work: PublishedWork
    ) -> None:
        await client.call(
            "DELETE",
            f"{API}/pins/{work.work_id}",
            operation=REMOVE,
            silent=True,
            headers=bearer(tokens),
            idempotent=True,
        )


def _sends(app: App) -> bool:
    return bool(app.option("images", "fetched") == "sent")


def _most_fetches(job: Job) -> int:
    """Calls while Pinterest cannot fetch; the last one is worth it only if the images are sent."""
    sendable = job.video is None and all(map(may_send, job.images))
    return len(FETCH_PAUSES) if sendable else len(FETCH_PAUSES) - 1


def _published(pin_id: str) -> Published:
    return Published(pin_id, f"https://www.pinterest.com/pin/{pin_id}/")
