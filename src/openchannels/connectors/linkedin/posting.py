"""LinkedIn: the call that makes a post, what its refusals mean, and an author's own posts.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from openchannels.connectors.base.parse import moment
from openchannels.connectors.base.refusals import Refusal, RefusalTable
from openchannels.connectors.base.shapes import rows_at
from openchannels.connectors.linkedin.api import (
    API,
    MEMBER_SCOPE,
    ORGANIZATION,
    PAGE_SCOPE,
    get_json,
    named_errors,
    request_headers,
    write_conflict,
)
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.publications import PublicationRefused
from openchannels.transport.platform_client import PlatformClient

POST_SCOPES = (MEMBER_SCOPE, PAGE_SCOPE)
"""Scopes for posts: of members, and of pages."""
DUPLICATE = "DUPLICATE_POST"
WAITING = ("MEDIA_ASSET_WAITING_UPLOAD", "MEDIA_ASSET_PROCESSING")
CLOCKS_DIFFER = 60.0
"""Seconds by which LinkedIn's clock may be behind ours."""
NEWEST = 10
URN = re.compile(r"urn:li:(?:share|ugcPost|activity):\d{1,32}")

REFUSALS = RefusalTable(
    message="message",
    codes={
        DUPLICATE: Refusal(errors.PUBLISH_VALIDATION_FAILED, name=DUPLICATE),
        "MEDIA_ASSET_PROCESSING_FAILED": Refusal(errors.MEDIA_PROCESSING_FAILED),
        **{code: Refusal(errors.MEDIA_PROCESSING_FAILED, name=WAITING[0]) for code in WAITING},
    },
    words={
        (422, "duplicate of urn:li:"): Refusal(errors.PUBLISH_VALIDATION_FAILED, name=DUPLICATE),
        (400, "media_asset_waiting_upload"): Refusal(
            errors.MEDIA_PROCESSING_FAILED, name=WAITING[0]
        ),
        (400, "organization permissions must be used"): Refusal(errors.PERMISSION_MISSING),
        (403, ""): Refusal(errors.PERMISSION_MISSING),
    },
    read_codes=named_errors,
)


def is_page(account: Account) -> bool:
    return account.uid.startswith(ORGANIZATION)


async def make_post(
    client: PlatformClient, tokens: Tokens, body: Mapping[str, Any], operation: str
) -> str:
    """Makes a post; returns its URN. Raises PublicationRefused or PlatformFailure."""
    answer = await REFUSALS.exchange(
        client,
        "POST",
        f"{API}/rest/posts",
        operation=operation,
        classify=lambda answer: write_conflict(answer) or client.classify(answer),
        headers=request_headers(client, tokens),
        json_body=body,
    )
    urn = answer.headers.get("x-restli-id") or answer.headers.get("x-linkedin-id")
    if not urn:
        raise client.malformed(operation, answer.status)
    return urn


def duplicated_by(refused: PublicationRefused) -> str | None:
    """Returns the URN of the post that LinkedIn says a refused one repeats.

    It knows the content of an author's posts for about ten minutes. After a deletion it may name
    posts that never were.
    """
    named = URN.search(refused.text or "") if refused.platform_code == DUPLICATE else None
    return named[0] if named else None


async def is_shown(client: PlatformClient, tokens: Tokens, urn: str, operation: str) -> bool:
    """Returns whether LinkedIn shows a post to this account."""
    try:
        await get_json(client, tokens, f"rest/posts/{quote(urn, safe='')}", operation)
    except PlatformFailure:
        return False
    return True


async def newest_posts(
    client: PlatformClient,
    account: Account,
    tokens: Tokens,
    operation: str,
    *,
    start: int = 0,
    number: int = NEWEST,
) -> list[dict[str, Any]]:
    """Returns the newest posts of a page, after the first `start` of them."""
    answer = await client.get(
        f"{API}/rest/posts",
        operation=operation,
        params={
            "author": account.uid,
            "q": "author",
            "start": start or None,
            "count": number,
            "sortBy": "CREATED",
        },
        headers={**request_headers(client, tokens), "X-RestLi-Method": "FINDER"},
    )
    return rows_at(client, operation, answer, "elements")


async def posts_since(
    client: PlatformClient, account: Account, tokens: Tokens, since: float, operation: str
) -> list[dict[str, Any]]:
    """Returns those of the newest posts of a page that are not older than a time."""
    posts = await newest_posts(client, account, tokens, operation)
    limit = since - CLOCKS_DIFFER
    return [post for post in posts if (moment(post.get("createdAt")) or 0.0) >= limit]


async def delete_post(client: PlatformClient, tokens: Tokens, urn: str, operation: str) -> None:
    """Deletes a post; one that is gone is a success to LinkedIn."""
    await client.call(
        "DELETE",
        f"{API}/rest/posts/{quote(urn, safe='')}",
        operation=operation,
        silent=True,
        headers={**request_headers(client, tokens), "X-RestLi-Method": "DELETE"},
        idempotent=True,
    )
