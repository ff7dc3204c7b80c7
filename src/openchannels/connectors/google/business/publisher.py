"""Google Business Profile: publishing local posts, which Google reviews before it shows them."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from openchannels.connectors.base.gone import none_if_gone
from openchannels.connectors.base.parse import dig, https, moment
from openchannels.connectors.base.publisher import Job, PublishedWork, Publisher
from openchannels.connectors.base.refetching import NOT_FETCHED, fetch_again
from openchannels.connectors.base.shapes import rows_at, text_at
from openchannels.connectors.google.business.api import (
    SCOPE,
    is_empty_page,
    posts_url,
    resource_id,
)
from openchannels.connectors.google.business.post_body import (
    drops_button,
    is_this_post,
    post_body,
    schedule_of,
)
from openchannels.connectors.google.business.posting_location import (
    check_may_post,
    fetch_location,
    keep_disabled,
)
from openchannels.connectors.google.business.publish_refusals import DISABLED, REFUSALS
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.publications import (
    Accepted,
    Cap,
    Content,
    Later,
    LinkStatus,
    Outcome,
    PublicationRefused,
    Published,
    Ready,
    Scheduled,
    Settled,
    Undecided,
)
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

POST, LOOK = "publish.post", "publish.look"
UPDATE, REMOVE = "publish.update", "publish.remove"
HOUR, DAY = 3600.0, 86_400.0
POLLS = (45.0, 240.0, 600.0, 2700.0, 18_000.0, 21_600.0, 21_600.0, 21_600.0)
"""Seconds from one look at a post in review to the next: a day in all."""
LOOKS = (12.0, 45.0, 240.0)
CHANGEABLE = ("summary", "callToAction", "event", "offer")
NO_BUTTON = "An offer has no button: the call to action was left out."
REJECTED = (
    "Google refused the post by its content policy. Usual causes are a phone number, capital "
    "letters, regulated goods and stock pictures."
)


class GoogleBusinessPublisher(Publisher):
    completion = "polling"
    scopes: ClassVar[tuple[str, ...]] = (SCOPE,)
    caps: ClassVar[Sequence[Cap]] = (Cap(10, 60.0),)
    """Of edits of a location. https://developers.google.com/my-business/content/limits"""
    poll_seconds = 2 * DAY
    settle_seconds = 900.0
    schedules = True
    updates = True
    reviews_updates = True
    removes = True

    def pulls_media(self, app: App, content: Content, option: Mapping[str, Any]) -> bool:
        return bool(content.images)

    async def prepare(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Ready | Later:
        await check_may_post(client, account, tokens)
        return Ready()

    async def commit(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome:
        body = await _body(client, account, tokens, job)
        await job.progress.keep(sent=_comparable(body, job))
        try:
            post = await REFUSALS.call(
                client,
                "POST",
                posts_url(account),
                operation=POST,
                headers=bearer(tokens),
                json_body=body,
            )
        except PublicationRefused as refused:
            if refused.platform_code == DISABLED:
                keep_disabled(client, account)
            if refused.platform_code != NOT_FETCHED:
                raise
            raise await fetch_again(client, POST, job, refused) from refused
        if resource_id(dig(post, "name")) is None:
            raise client.malformed(POST)
        return await self._outcome(job, post)

    def is_doubtful(self, failure: PlatformFailure) -> bool:
        return failure.doubtful and failure.reading.code != NOT_FETCHED

    async def settle(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Settled:
        """Looks for the post. Its absence proves nothing: then a person decides."""
        answer = await client.get(
            posts_url(account), operation=LOOK, params={"pageSize": 20}, headers=bearer(tokens)
        )
        body, committed_at = job.state["sent"], job.committed_at or job.now
        ours = [
            post
            for post in rows_at(client, LOOK, answer, "localPosts", optional=is_empty_page(answer))
            if is_this_post(post, body, committed_at)
            and resource_id(post.get("name")) not in {None, *job.taken_work_ids}
        ]
        if len(ours) == 1:
            return await self._outcome(job, ours[0])
        looks = job.state.get("looks", 0)
        await job.progress.keep(looks=looks + 1)
        return Undecided(LOOKS[looks] if looks < len(LOOKS) else self.settle_seconds)

    async def _outcome(self, job: Job, post: Mapping[str, Any]) -> Outcome:
        """Returns what the state of a post means: a successful call is no publication yet."""
        post_id = resource_id(post["name"])
        if job.state.get("post") != post_id:
            await job.progress.keep(post=post_id)
        at = moment(post.get("scheduledTime")) or schedule_of(job)
        match post.get("state"):
            case "REJECTED":
                raise PublicationRefused(
                    errors.PUBLISH_PLATFORM_STATUS_FAILED, REJECTED, platform_code="REJECTED"
                )
            case "LIVE" | "RECURRING":
                return _published(job, post)
            case "SCHEDULED" if at is not None:
                return Scheduled(at, post_id, https(post.get("searchUrl")))
        return Accepted(15.0)

    async def poll(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome | Later:
        """Follows the review; after a day the post counts as published, and its link is awaited."""
        post = await _look(client, account, tokens, job.state["post"])
        outcome = await self._outcome(job, post)
        if not isinstance(outcome, Accepted):
            return outcome
        polls = job.state.get("polls", 0)
        if polls >= len(POLLS):
            return _published(job, post)
        await job.progress.keep(polls=polls + 1)
        return Later(POLLS[polls], "review")

    async def held(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome | Later:
        """Follows a scheduled post, which may be rejected before its time."""
        outcome = await self._outcome(job, await _look(client, account, tokens, job.state["post"]))
        if isinstance(outcome, Published):
            return outcome
        wait = outcome.at - job.now if isinstance(outcome, Scheduled) else 60.0
        return Later(min(max(wait, 60.0), HOUR))

    async def verify(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job, work_id: str
    ) -> Published | Later:
        """Waits for the link. For a day Google may still fetch the photo, so its address stays."""
        post = await _look(client, account, tokens, work_id)
        outcome = await self._outcome(job, post)
        shown_at = moment(post.get("scheduledTime")) or job.committed_at or job.now
        left = shown_at + DAY - job.now if job.images else 0.0
        if isinstance(outcome, Published) and outcome.link and left <= 0:
            return Published(work_id, outcome.link)
        return Later(max(left, HOUR), "review")

    async def update(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        work: PublishedWork,
        job: Job,
    ) -> Published:
        """Changes text, button, event and offer; Google lets nothing else be changed."""
        body = await _body(client, account, tokens, job)
        sent, wanted = job.state.get("sent") or {}, _comparable(body, job)
        changed = [n for n in {**sent, **wanted} if sent.get(n) != wanted.get(n)]
        fixed = sorted(set(changed) - {*CHANGEABLE, "scheduledTime"})
        if fixed:
            raise PublicationRefused(
                errors.PUBLISH_UPDATE_NOT_ALLOWED, f"Google cannot change: {', '.join(fixed)}."
            )
        masked = [name for name in CHANGEABLE if name in changed]
        if not masked:
            return Published(work.work_id, work.link)
        post = await REFUSALS.call(
            client,
            "PATCH",
            f"{posts_url(account)}/{work.work_id}",
            operation=UPDATE,
            params={"updateMask": ",".join(masked)},
            headers=bearer(tokens),
            json_body={name: body[name] for name in masked if name in body},
            idempotent=True,
        )
        text_at(client, UPDATE, post, "name")
        await job.progress.keep(sent=wanted)
        return Published(work.work_id, https(dig(post, "searchUrl")) or work.link)

    async def delete(
        self, client: PlatformClient, account: Account, tokens: Tokens, work: PublishedWork
    ) -> None:
        await client.call(
            "DELETE",
            f"{posts_url(account)}/{work.work_id}",
            operation=REMOVE,
            silent=True,
            headers=bearer(tokens),
            idempotent=True,
        )


async def _body(
    client: PlatformClient, account: Account, tokens: Tokens, job: Job
) -> dict[str, Any]:
    location = await fetch_location(client, account, tokens)
    return await post_body(job, location.get("language") or "en")


def _comparable(body: Mapping[str, Any], job: Job) -> dict[str, Any]:
    """Returns a body with the photo's own address, which is the same in every attempt."""
    photo = {"media": [one.url for one in job.content.images[:1]]}
    return {**body, **(photo if "media" in body else {})}


async def _look(
    client: PlatformClient, account: Account, tokens: Tokens, post_id: str
) -> dict[str, Any]:
    """Returns a post. Raises PublicationRefused for one that somebody has deleted."""
    url = f"{posts_url(account)}/{post_id}"
    post = await none_if_gone(client.get(url, operation=LOOK, headers=bearer(tokens)))
    if post is None:
        raise PublicationRefused(
            errors.WORK_NOT_FOUND, "The post was deleted.", platform_code="deleted"
        )
    return {"name": post_id, **post}


def _published(job: Job, post: Mapping[str, Any]) -> Published:
    link = https(post.get("searchUrl"))
    return Published(
        resource_id(post["name"]),
        link,
        LinkStatus.READY if link else LinkStatus.PENDING,
        warnings=(NO_BUTTON,) if drops_button(job) else (),
    )
