"""WeChat official accounts: publishing articles by way of the draft box.

Publishing (发布) sends nothing to followers; mass sending (群发) is another thing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from openchannels.connectors.base.parse import dig, https, integer, moment, rows, text
from openchannels.connectors.base.publisher import Job, PublishedWork, Publisher
from openchannels.connectors.base.shapes import rows_at, text_at
from openchannels.connectors.wechat.component import report_key
from openchannels.connectors.wechat.official_account.auth import PUBLISHING
from openchannels.connectors.wechat.official_account.draft import add_draft, post, send_pictures
from openchannels.connectors.wechat.official_account.works import publications
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorRequest
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Text
from openchannels.core.publications import (
    Accepted,
    Content,
    Later,
    NeedsAction,
    NotPublished,
    Outcome,
    PublicationRefused,
    Published,
    Ready,
    Settled,
    Undecided,
)
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

COMMIT, LOOK, REMOVE = "publish.commit", "publish.look", "publish.remove"
MESSAGE_ID = "msgDataId"
"""Under which a publication keeps the key of its article's comments and figures."""
DRAFTS = ("11", "100")
"""Ids of the permission sets for drafts and material; one of them is enough."""
SITE = "https://mp.weixin.qq.com"
NO_DRAFT = "40007"
BY_HAND = ("48001", "61007", "53504", "53505")
"""Codes by which WeChat leaves the publication to a person: no right to it, or only on its site."""
ASK_ADMINISTRATOR = ("89503", "89504", "89505", "89506", "89507")
ASK_SECONDS = 1800.0
LOOKS = (10.0, 30.0, 120.0, 300.0, 900.0)
"""Seconds after a submission at which the publications are looked at; then every five minutes."""
EARLY_SECONDS = 60.0
DAY = 86_400.0
WORKING, DONE = 1, 0
AFTERWARDS = {
    5: "The article was deleted after its publication.",
    6: "WeChat has blocked the article after its publication.",
}
REFUSED = {
    2: "The claim that it is original work was refused.",
    3: "WeChat could not publish it and names no reason.",
    4: "The review has refused it.",
}
MISSING_SET = Text(
    en="The authorization lacks permission set 11 (drafts and material).",
    zh="授权缺少 11 号权限集（草稿与素材管理）。",
)


class WxGzhPublisher(Publisher):
    completion = "webhook"
    scopes: ClassVar[tuple[str, ...]] = ("11",)
    removes = True
    finish_url = SITE
    poll_seconds = DAY
    settle_seconds = DAY

    def missing_scopes(self, app: App, account_scopes: Sequence[str]) -> Sequence[str]:
        """Returns the set for drafts; without the one for publishing a person has to do that."""
        held = any(scope in account_scopes for scope in DRAFTS)
        return () if held else self.scopes

    async def prepare(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Ready | Later:
        if "draft" in job.state:
            return Ready()
        try:
            await send_pictures(client, tokens, job)
            await add_draft(client, tokens, job)
        except PlatformFailure as failure:
            if failure.kind is FailureKind.PERMISSION:
                raise failure.with_reading(
                    replace(failure.reading, detail=MISSING_SET)
                ) from failure
            if failure.reading.code != NO_DRAFT:
                raise
            return await _other_cover(job, failure)
        return Ready()

    async def commit(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome:
        """Submits the draft for publication, unless that is left to a person.

        https://developers.weixin.qq.com/doc/service/api/public/api_freepublish_submit.html
        """
        lacking = tokens.scopes is not None and PUBLISHING not in tokens.scopes
        if lacking or client.app.option("publish") == "draft":
            return NeedsAction("draft", link=SITE)
        if "begun_at" not in job.state:
            await job.progress.keep(begun_at=job.now)
        try:
            answer = await post(
                client,
                tokens,
                "freepublish/submit",
                COMMIT,
                json_body={"media_id": job.state["draft"]},
            )
        except PlatformFailure as failure:
            if failure.reading.code in BY_HAND:
                return NeedsAction("draft", link=SITE)
            raise
        except PublicationRefused as refused:
            if refused.platform_code in BY_HAND:
                return NeedsAction("draft", link=SITE)
            raise await _asking(job, refused) from None
        publish_id = text_at(client, COMMIT, answer, "publish_id")
        await job.progress.keep(publish_id=publish_id, msg_data_id=text(dig(answer, "msg_data_id")))
        await job.progress.add_key(report_key(account.uid, publish_id))
        return Accepted(5.0)

    def is_doubtful(self, failure: PlatformFailure) -> bool:
        """Counts a draft that is not there: it leaves the box once it is published."""
        return failure.doubtful or failure.reading.code == NO_DRAFT

    async def settle(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Settled:
        """Looks for the article by its cover, which no other one has, then for the draft."""
        elapsed = job.now - (job.committed_at or job.now)
        if elapsed < LOOKS[0]:
            return Undecided(LOOKS[0] - elapsed)
        found = await self._look(client, tokens, job)
        if len(found) == 1:
            return found[0]
        waiting = next((at - elapsed for at in LOOKS if at > elapsed), 300.0)
        if found or elapsed < LOOKS[-1] or job.state.get("again"):
            return Undecided(waiting)
        if not await _is_draft(client, tokens, job.state["draft"]):
            return Undecided(waiting)
        await job.progress.keep(again=True)
        return NotPublished()

    async def poll(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome | Later:
        answer = await post(
            client,
            tokens,
            "freepublish/get",
            LOOK,
            idempotent=True,
            json_body={"publish_id": job.state["publish_id"]},
        )
        outcome = read_result(
            integer(dig(answer, "publish_status")),
            text(dig(answer, "article_id")),
            dig(answer, "article_detail", "item", 0, "article_url"),
        )
        if outcome is not None:
            return _told(outcome, job)
        age = job.now - (job.committed_at or job.now)
        return Later(max(min(age, 60.0), 5.0) if age < 1800 else 900.0, "review")

    def reported(
        self,
        account: Account,
        content: Content,
        state: Mapping[str, Any],
        reports: Sequence[Mapping[str, Any]],
    ) -> Outcome | None:
        """Reads the newest event about the submission of this attempt."""
        own = [one for one in reports if one["publish_id"] == state.get("publish_id")]
        if not own:
            return None
        newest = own[-1]
        return read_result(
            integer(newest.get("publish_status")),
            newest.get("article_id"),
            newest.get("article_url"),
        )

    async def held(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome | Later:
        """Looks whether a person has published the draft; a mass send is not to be seen."""
        found = await self._look(client, tokens, job)
        return found[0] if len(found) == 1 else Later(1800.0, "draft")

    async def delete(
        self, client: PlatformClient, account: Account, tokens: Tokens, work: PublishedWork
    ) -> None:
        """Deletes a publication for good."""
        await post(
            client,
            tokens,
            "freepublish/delete",
            REMOVE,
            idempotent=True,
            json_body={"article_id": work.work_id},
        )

    async def _look(self, client: PlatformClient, tokens: Tokens, job: Job) -> list[Published]:
        """Returns publications that hold this article and that no other publication claims."""
        listing = await publications(client, tokens, CursorRequest(limit=20), LOOK)
        return [
            _told(Published(article_id, https(dig(article, "url"))), job)
            for publication in listing.items
            for article in rows(dig(publication, "content", "news_item"))[:1]
            if _is_ours(job, publication, article)
            and (article_id := text(publication["article_id"])) not in job.taken_work_ids
        ]


def _is_ours(job: Job, publication: Mapping[str, Any], article: Mapping[str, Any]) -> bool:
    thumb = text(article.get("thumb_media_id"))
    if thumb is not None:
        return thumb == job.state.get("cover")
    digest = job.option.get("digest")
    since = job.state.get("begun_at", job.committed_at or job.now) - EARLY_SECONDS
    return (
        text(article.get("title")) == job.content.title.strip()
        and (digest is None or text(article.get("digest")) == digest)
        and (moment(publication.get("update_time")) or 0.0) >= since
    )


def read_result(status: int | None, article_id: str | None, url: Any) -> Published | None:
    """Returns the article of a finished publication; None while WeChat works on it.

    Raises PublicationRefused for one that did not come out.
    """
    if status in REFUSED:
        raise PublicationRefused(
            errors.PUBLISH_PLATFORM_STATUS_FAILED, REFUSED[status], platform_code=str(status)
        )
    if article_id is None or status in (WORKING, None):
        return None
    warnings = (AFTERWARDS[status],) if status in AFTERWARDS else ()
    return Published(article_id, https(url), warnings=warnings)


def _told(outcome: Published, job: Job) -> Published:
    """Adds what this publication knows of the article: the key of its comments and figures."""
    msg_data_id = job.state.get("msg_data_id")
    return replace(
        outcome,
        link_meta={MESSAGE_ID: msg_data_id} if msg_data_id else {},
        warnings=(*job.state.get("warnings", ()), *outcome.warnings),
    )


async def _other_cover(job: Job, failure: PlatformFailure) -> Later:
    """Has the cover sent again once: WeChat does not know its id, or not as a lasting one."""
    if job.state.get("second_cover"):
        raise PublicationRefused(
            errors.MEDIA_UNSUPPORTED, "WeChat does not take the cover", platform_code=NO_DRAFT
        ) from failure
    await job.progress.keep(cover=None, pictures=None, second_cover=True)
    return Later(1.0, "uploading")


async def _asking(job: Job, refused: PublicationRefused) -> Exception:
    """Gives an administrator, whom WeChat asks, half an hour once."""
    failure = refused.__cause__
    if (
        refused.platform_code not in ASK_ADMINISTRATOR
        or job.state.get("asked")
        or not isinstance(failure, PlatformFailure)
    ):
        return refused
    await job.progress.keep(asked=True)
    return failure.with_reading(
        Failure(FailureKind.RATE_LIMITED, code=refused.platform_code, retry_after=ASK_SECONDS)
    )


async def _is_draft(client: PlatformClient, tokens: Tokens, draft: str) -> bool:
    try:
        answer = await post(
            client, tokens, "draft/get", LOOK, idempotent=True, json_body={"media_id": draft}
        )
    except PlatformFailure as failure:
        if failure.reading.code != NO_DRAFT:
            raise
        return False
    return bool(rows_at(client, LOOK, answer, "news_item"))
