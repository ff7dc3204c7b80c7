"""X: an account's own posts: finding the newest, deleting one, and what names a new one."""

from datetime import UTC, datetime
from typing import Any

from openchannels.connectors.base.parse import dig, moment, text
from openchannels.connectors.base.shapes import rows_at, text_at
from openchannels.connectors.twitter.fields import (
    FIELDS,
    NEW_FIELDS,
    RENAMED,
    accepted_names,
    named_as,
)
from openchannels.connectors.twitter.timeline import is_listing
from openchannels.connectors.twitter.works import API, POST_COST
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.transport.answers import body_of
from openchannels.transport.client import Answer
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import Classify, PlatformClient

CLOCKS_DIFFER = 60.0
"""Seconds by which X's clock may be behind ours."""


def naming_a_post(client: PlatformClient) -> Classify:
    """Returns the reading of answers to a new post.

    A success that names no post says nothing of whether one is out.
    """

    def classify(answer: Answer) -> Failure | None:
        if answer.status < 300 and not text(dig(body_of(answer), "data", "id")):
            return Failure(FailureKind.MALFORMED)
        return client.classify(answer)

    return classify


def post_of(client: PlatformClient, operation: str, answer: Any) -> str:
    """Returns the id of the post that an answer names."""
    return text_at(client, operation, answer, "data.id")


async def delete_post(
    client: PlatformClient, tokens: Tokens, post_id: str, *, operation: str, look: str
) -> None:
    """Deletes a post. Raises PlatformFailure: NOT_FOUND for one that is gone.

    https://docs.x.com/x-api/posts/delete-post
    """
    url = f"{API}/tweets/{post_id}"
    answer = await client.call(
        "DELETE", url, operation=operation, headers=bearer(tokens), idempotent=True
    )
    if dig(answer, "data", "deleted") is not True:
        await client.get(url, operation=look, headers=bearer(tokens))
        raise client.malformed(operation)


async def posts_since(
    client: PlatformClient, account: Account, tokens: Tokens, since: float, *, look: str
) -> list[dict[str, Any]]:
    """Returns up to five posts since a time, replies too.

    https://docs.x.com/x-api/posts/timelines/introduction
    """
    posts = await _newest(client, account, tokens, since, look)
    return [post for post in posts if (moment(post.get("created_at")) or 0.0) >= since]


async def _newest(
    client: PlatformClient, account: Account, tokens: Tokens, since: float, look: str
) -> list[dict[str, Any]]:
    """Asks under the name of the fields that the server accepts."""
    first = next(iter(accepted_names(client)))
    names = {first: None, **dict.fromkeys((*FIELDS, *NEW_FIELDS))}
    start = datetime.fromtimestamp(int(since), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for last, name in enumerate(names, 1):
        try:
            answer = await client.get(
                f"{API}/users/{account.uid}/tweets",
                operation=look,
                params={
                    "max_results": 5,
                    "exclude": "retweets",
                    "start_time": start,
                    **named_as(name, "created_at,attachments,referenced_tweets"),
                },
                headers=bearer(tokens),
            )
        except PlatformFailure as failure:
            if failure.reading.detail != RENAMED or last == len(names):
                raise
            continue
        posts = rows_at(client, look, answer, "data", optional=is_listing(answer))
        client.charge(look, POST_COST * len(posts))
        return posts
    return []
