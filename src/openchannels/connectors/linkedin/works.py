"""LinkedIn: listing works."""

import asyncio
from dataclasses import replace
from urllib.parse import quote

from openchannels.connectors.base.paginators import Item, ItemsPage, PageList
from openchannels.connectors.base.parse import dig, rows, text
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.linkedin.api import (
    API,
    ORGANIZATION,
    administers,
    batch_results,
    batches,
    fetch_when_known,
    get_optional,
    has_next,
    request_headers,
    rest_li_list,
)
from openchannels.connectors.linkedin.posts import WORK, cover_of, merge_post
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.paging import PagePaging, PageRequest, WorksPage
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Text
from openchannels.transport.platform_client import PlatformClient

POST_KINDS = ("urn:li:share:", "urn:li:ugcPost:")
STATISTICS_BATCH = 50
MAX_DETAIL_CALLS = 3

# https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
POSTS = PageList(
    url=f"{API}/rest/posts",
    items="elements",
    size="count",
    number="start",
    by_offset=True,
    total="paging.total",
    has_next=lambda answer, _posts, _page: has_next(answer),
)
PERSONAL_PROFILES_UNSUPPORTED = Text(
    en="LinkedIn does not let apps read posts of personal profiles; connect an organization page.",
    zh="LinkedIn 不允许应用读取个人主页的动态，请连接组织（公司）主页。",
)


class LinkedInWorks(WorksReader):
    paging = PagePaging(default=10, maximum=100, total=False)
    coverage = WORK.coverage

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        require_organization(client, account, "works.list")
        listing = await self._posts(client, account, tokens, page)
        items = await with_counts(client, account, tokens, listing.items, own=True)
        return replace(listing, items=items).works(WORK, account)

    async def _posts(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> ItemsPage:
        params = {
            "author": account.uid,
            "q": "author",
            "sortBy": "CREATED",
            "viewContext": "AUTHOR",
        }
        finder = {**request_headers(client, tokens), "X-RestLi-Method": "FINDER"}

        async def fetch() -> ItemsPage:
            return await POSTS.page(client, page, params=params, headers=finder)

        return await fetch_when_known(client, account, fetch)


def require_organization(client: PlatformClient, account: Account, operation: str) -> None:
    """Raises PlatformFailure, PERMISSION, for an account that is a person's."""
    if not account.uid.startswith(ORGANIZATION):
        reading = Failure(FailureKind.PERMISSION, detail=PERSONAL_PROFILES_UNSUPPORTED)
        raise PlatformFailure(client.platform, operation, reading)


async def with_counts(
    client: PlatformClient, account: Account, tokens: Tokens, posts: list[Item], *, own: bool
) -> list[Item]:
    """Returns posts merged with their counts and pictures, for WORK; failed calls leave gaps.

    Only an organization's own posts have statistics.
    """
    answers = await asyncio.gather(
        *(
            get_optional(client, tokens, path, operation)
            for operation, path in detail_calls(client, account, tokens, posts, own=own)
        )
    )
    statistics = {
        text(row.get("share")) or text(row.get("ugcPost")): row.get("totalShareStatistics")
        for answer in answers
        for row in rows(dig(answer, "elements"))
    }
    objects = {urn: counts for answer in answers for urn, counts in batch_results(answer).items()}
    return [merge_post(post, statistics, objects) for post in posts]


def detail_calls(
    client: PlatformClient, account: Account, tokens: Tokens, posts: list[Item], *, own: bool
) -> list[tuple[str, str]]:
    """Returns the calls that add counts and pictures to a page, as operation and path.

    At most three: a large page with pictures and videos omits the videos' covers.
    """
    ids = [str(post["id"]) for post in posts if str(post["id"]).startswith(POST_KINDS)]
    urns = list(dict.fromkeys(filter(None, (cover_of(post) for post in posts))))
    may_read_statistics = own and administers(client, account, tokens)
    calls = [
        (
            "works.metrics",
            statistics_path(account, batch) if may_read_statistics else social_path(batch),
        )
        for batch in batches(ids, STATISTICS_BATCH)
    ]
    for kind in ("image", "video"):
        batch_urns = [urn for urn in urns if urn.startswith(f"urn:li:{kind}:")]
        if batch_urns:
            calls.append((f"works.{kind}s", f"rest/{kind}s?ids={rest_li_list(batch_urns)}"))
    return calls[:MAX_DETAIL_CALLS]


def statistics_path(account: Account, ids: list[str]) -> str:
    """Returns the path of the posts' statistics.

    https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/share-statistics
    """
    path = "rest/organizationalEntityShareStatistics?q=organizationalEntity"
    path += f"&organizationalEntity={quote(account.uid, safe='')}"
    for name, start in zip(("shares", "ugcPosts"), POST_KINDS, strict=True):
        if batch := [urn for urn in ids if urn.startswith(start)]:
            path += f"&{name}={rest_li_list(batch)}"
    return path


def social_path(ids: list[str]) -> str:
    """Returns the path of the posts' public counts.

    https://learn.microsoft.com/en-us/linkedin/shared/references/v2/social-metadata
    """
    return f"rest/socialMetadata?ids={rest_li_list(ids)}"
