"""LinkedIn: publishing posts of pages and of members."""

from collections.abc import Mapping, Sequence
from typing import Any

from openchannels.connectors.base.publisher import Job, PublishedWork, Publisher
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.linkedin.api import MEMBER_SCOPE, PAGE_SCOPE
from openchannels.connectors.linkedin.media_upload import LinkedInUpload
from openchannels.connectors.linkedin.post_body import (
    author_of,
    media_of,
    post_body,
    says_the_same,
)
from openchannels.connectors.linkedin.posting import (
    POST_SCOPES,
    WAITING,
    delete_post,
    duplicated_by,
    is_page,
    is_shown,
    make_post,
    posts_since,
)
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.publications import (
    Later,
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

POST, LOOK, REMOVE = "publish.post", "publish.look", "publish.remove"
WAIT_SECONDS = 120.0
REPEAT_SECONDS = 480.0
"""How long a member's post may be repeated: LinkedIn knows a duplicate for ten minutes."""
DUPLICATE_SECONDS = 600.0
LOOKS = (27.0, 90.0)
NOT_COVERED = "LinkedIn did not take the cover of the video."


class LinkedInPublisher(Publisher):
    scopes = POST_SCOPES
    removes = True

    def missing_scopes(self, app: App, account_scopes: Sequence[str]) -> Sequence[str]:
        """Returns a scope for posts unless one is granted; `prepare` knows which it takes."""
        able = set(POST_SCOPES) & set(account_scopes)
        return () if able else (PAGE_SCOPE,)

    async def prepare(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Ready | Later:
        needed = PAGE_SCOPE if is_page(account) else MEMBER_SCOPE
        if tokens.scopes is not None and needed not in tokens.scopes:
            raise PublicationRefused(
                errors.PERMISSION_MISSING, f"The scope {needed} was not granted."
            )
        for index in range(len(job.media)):
            upload = LinkedInUpload(client, tokens, job, index, author_of(account))
            wait = await upload.advance()
            if wait is not None:
                return wait
        return Ready()

    async def commit(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome:
        if not is_page(account) and job.now > job.state.get("repeat_until", job.now):
            # Too late for LinkedIn to know a duplicate: whether the first one is out stays open.
            reading = Failure(FailureKind.UNAVAILABLE, code="too_late_to_repeat")
            raise PlatformFailure(client.platform, POST, reading)
        try:
            urn = await make_post(client, tokens, _body(account, job), POST)
        except PublicationRefused as refused:
            return await self._refused(client, tokens, job, refused)
        return _published(job, urn)

    async def _refused(
        self, client: PlatformClient, tokens: Tokens, job: Job, refused: PublicationRefused
    ) -> Outcome:
        """A duplicate of our own lost post is that post; a file that is not ready is waited for."""
        if refused.platform_code == WAITING[0]:
            reading = Failure(FailureKind.UNAVAILABLE, code=WAITING[0], retry_after=WAIT_SECONDS)
            raise PlatformFailure(client.platform, POST, reading, http_status=400) from refused
        named = duplicated_by(refused)
        first = job.state.get("first_commit")
        if named is None or first is None:
            raise refused
        late = job.now - first > DUPLICATE_SECONDS
        if late and not await is_shown(client, tokens, named, LOOK):
            raise refused
        return _published(job, named)

    def is_doubtful(self, failure: PlatformFailure) -> bool:
        return failure.doubtful and failure.reading.code != WAITING[0]

    async def settle(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Settled:
        """Looks for the post of a page; that of a member, which nobody can read, is repeated.

        LinkedIn refuses the same content of one author within ten minutes, and names the post.
        """
        first = job.state.get("first_commit")
        if not is_page(account):
            return await self._repeat(job, first)
        found = await _find(client, account, tokens, job)
        if found is not None:
            return _published(job, found)
        looks = job.state.get("looks", 0)
        if looks < len(LOOKS):
            await job.progress.keep(looks=looks + 1)
            return Undecided(LOOKS[looks])
        if first is not None and first != job.committed_at:
            return Undecided(300.0)
        await job.progress.keep(first_commit=job.committed_at)
        return NotPublished()

    async def _repeat(self, job: Job, first: float | None) -> Settled:
        committed_at = job.committed_at or job.now
        if first is None:
            first = committed_at
            await job.progress.keep(first_commit=first, repeat_until=first + REPEAT_SECONDS)
        once = first == committed_at and job.now - first < REPEAT_SECONDS
        return NotPublished() if once else Undecided(300.0)

    async def verify(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job, work_id: str
    ) -> Published | Later:
        return Published(work_id, _link(work_id))

    async def delete(
        self, client: PlatformClient, account: Account, tokens: Tokens, work: PublishedWork
    ) -> None:
        await delete_post(client, tokens, work.work_id, REMOVE)


def _uploads(job: Job) -> list[Mapping[str, Any]]:
    return [job.state[f"media{index}"] for index in range(len(job.media))]


def _body(account: Account, job: Job) -> dict[str, Any]:
    return post_body(account, job, [entry["urn"] for entry in _uploads(job)])


def _published(job: Job, urn: str) -> Published:
    uncovered = any(entry.get("covered") is False for entry in _uploads(job))
    return Published(urn, _link(urn), warnings=(NOT_COVERED,) if uncovered else ())


def _link(urn: str) -> str:
    return f"https://www.linkedin.com/feed/update/{urn}/"


async def _find(client: PlatformClient, account: Account, tokens: Tokens, job: Job) -> str | None:
    """The URN of the post of this publication, by its media or its text; None without one."""
    since = job.committed_at or job.now
    posts = [
        post
        for post in await posts_since(client, account, tokens, since, LOOK)
        if str(post.get("id")) not in job.taken_work_ids
    ]
    body = _body(account, job)
    media = media_of(body)
    if media:
        alike = [post for post in posts if media_of(post) & media]
    else:
        alike = [post for post in posts if not media_of(post) and says_the_same(post, body)]
    return text_at(client, LOOK, alike[0], "id") if len(alike) == 1 else None
