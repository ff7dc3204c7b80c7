"""X: publishing posts."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from openchannels.connectors.base.publisher import Job, PublishedWork, Publisher
from openchannels.connectors.base.refusals import ANY_CONTENT, Refusal, RefusalTable
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.twitter.failures import MESSAGE
from openchannels.connectors.twitter.fields import DAY
from openchannels.connectors.twitter.media_upload import (
    COMMON_CODES,
    COMMON_WORDS,
    TwitterUpload,
)
from openchannels.connectors.twitter.own_posts import (
    CLOCKS_DIFFER,
    delete_post,
    naming_a_post,
    post_of,
    posts_since,
)
from openchannels.connectors.twitter.post_body import has_media, is_alike, post_body
from openchannels.connectors.twitter.prices import LOOK, POST, REMOVE, text_cost
from openchannels.connectors.twitter.works import API
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.publications import (
    Accepted,
    Cap,
    Later,
    NotPublished,
    Outcome,
    PublicationRefused,
    Published,
    Ready,
    Settled,
    Undecided,
)
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

DUPLICATE = "duplicate"
NOT_DESCRIBED = "X did not take the alternative text of an image."
LOOKS = (27.0, 90.0)
"""Seconds from one look for a lost post to the next; the first one comes after some seconds."""
UNSEEN_SECONDS = 3600.0
"""How long a post is looked for that X says is out."""
ACTION_HINT = (
    "The text may be too long, a file may be refused, or the app may lack the permission to write."
)

# In X's own words: it gives these refusals no code.
# https://docs.x.com/x-api/fundamentals/response-codes-and-errors
REFUSALS = RefusalTable(
    message=MESSAGE,
    codes={
        **COMMON_CODES,
        "resource-not-found": Refusal(errors.WORK_NOT_FOUND),
    },
    words={
        **COMMON_WORDS,
        (403, "duplicate content"): Refusal(errors.PUBLISH_VALIDATION_FAILED, name=DUPLICATE),
        (403, "reply to this conversation is not allowed"): Refusal(
            errors.PERMISSION_MISSING, name="reply_not_allowed"
        ),
        (403, "quoting this post is not allowed"): Refusal(
            errors.PERMISSION_MISSING, name="quote_not_allowed"
        ),
        (403, "cashtag"): Refusal(errors.PUBLISH_VALIDATION_FAILED, name="cashtags"),
        (403, "not allowed to post a video longer"): Refusal(
            errors.MEDIA_UNSUPPORTED, name="video_too_long"
        ),
        (403, "you are not permitted to perform this action"): Refusal(
            errors.PUBLISH_VALIDATION_FAILED, name="not_permitted", hint=ACTION_HINT
        ),
        (403, "deleted or not visible to you"): Refusal(
            errors.WORK_NOT_FOUND, name="reply_target_gone"
        ),
        (403, ""): Refusal(errors.PERMISSION_MISSING),
        # An upload that has ended meanwhile: all is uploaded again.
        (400, "media ids are invalid"): Refusal(
            errors.PLATFORM_CALL_FAILED, final=False, name="media_expired"
        ),
    },
    otherwise=ANY_CONTENT,
)


class TwitterPublisher(Publisher):
    scopes: ClassVar[tuple[str, ...]] = ("tweet.read", "users.read", "tweet.write", "media.write")
    caps: ClassVar[Sequence[Cap]] = (Cap(2400, DAY),)
    """Of all posts of an account, by whatever app. https://help.x.com/rules-and-policies/x-limits"""
    removes = True

    async def prepare(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Ready | Later:
        uploads = [TwitterUpload(client, tokens, job, index) for index in range(len(job.media))]
        for upload in uploads:
            wait = await upload.advance()
            if wait is not None:
                return wait
        if job.option.get("alt_text"):
            for upload in uploads:
                await upload.describe(job.option["alt_text"])
        return Ready()

    async def commit(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome:
        body = _body(job)
        try:
            answer = await REFUSALS.call(
                client,
                "POST",
                f"{API}/tweets",
                operation=POST,
                classify=naming_a_post(client),
                headers=bearer(tokens),
                json_body=body,
            )
        except PublicationRefused as refused:
            # The same text again, after a call whose answer was lost: that call has published.
            if refused.platform_code == DUPLICATE and job.state.get("committed_again"):
                await job.progress.keep(duplicate_at=job.now)
                return Accepted(30.0)
            raise
        client.charge(POST, text_cost(body.get("text", "")))
        return _published(account, job, post_of(client, POST, answer))

    async def settle(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Settled:
        """Looks three times for the post; only the first loss allows another one."""
        found = await _find(client, account, tokens, job)
        if found is not None:
            return _published(account, job, found)
        looks = job.state.get("looks", 0)
        if looks < len(LOOKS):
            await job.progress.keep(looks=looks + 1)
            return Undecided(LOOKS[looks])
        if job.state.get("committed_again"):
            return Undecided(300.0)
        await job.progress.keep(looks=None, committed_again=True)
        return NotPublished()

    async def poll(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome | Later:
        """Looks for a post that X says is out."""
        found = await _find(client, account, tokens, job)
        if found is not None:
            return _published(account, job, found)
        since = job.now - job.state["duplicate_at"]
        return Published(None) if since > UNSEEN_SECONDS else Later(max(60.0, since / 2))

    async def verify(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job, work_id: str
    ) -> Published | Later:
        """Every post that is read costs, and its link is known: nothing is asked."""
        return Published(work_id, _link(account, work_id))

    async def delete(
        self, client: PlatformClient, account: Account, tokens: Tokens, work: PublishedWork
    ) -> None:
        await delete_post(client, tokens, work.work_id, operation=REMOVE, look=LOOK)


def _body(job: Job) -> dict[str, Any]:
    return post_body(job, [entry["id"] for entry in _uploads(job)])


def _uploads(job: Job) -> list[Mapping[str, Any]]:
    return [job.state[f"media{index}"] for index in range(len(job.media))]


def _published(account: Account, job: Job, post_id: str) -> Published:
    refused = any(entry.get("described") is False for entry in _uploads(job))
    warnings = (NOT_DESCRIBED,) if refused else ()
    return Published(post_id, _link(account, post_id), warnings=warnings)


def _link(account: Account, post_id: str) -> str:
    return f"https://x.com/{account.handle or 'i'}/status/{post_id}"


async def _find(client: PlatformClient, account: Account, tokens: Tokens, job: Job) -> str | None:
    """The id of the post of this publication, by its media or by what it says; None without one.

    https://docs.x.com/x-api/posts/timelines/introduction
    """
    since = (job.committed_at or job.now) - CLOCKS_DIFFER
    posts = [
        post
        for post in await posts_since(client, account, tokens, since, look=LOOK)
        if str(post.get("id")) not in job.taken_work_ids
    ]
    keys = {str(entry.get("key")) for entry in _uploads(job)}
    found = [post for post in posts if has_media(post, keys)]
    # X refuses the same text again, so two alike are two of which neither needs to be ours.
    alike = found or [post for post in posts if is_alike(post, _body(job))]
    return text_at(client, LOOK, alike[0], "id") if found or len(alike) == 1 else None
