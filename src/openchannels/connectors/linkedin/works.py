"""LinkedIn: listing works."""

import asyncio
from dataclasses import replace
from urllib.parse import quote

from openchannels.connectors.base.paginators import Item, ItemsPage, PageList
from openchannels.connectors.base.parse import dig, rows, text
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.linkedin.api import (
    ADMIN_SCOPE,
    ADMINISTRATOR,
    API,
    ORGANIZATION,
    attempt,
    has_next,
    headers,
    listed,
    parts,
    results,
    scopes,
    settled,
)
from openchannels.connectors.linkedin.posts import WORK, cover_of, described
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.paging import PagePaging, PageRequest, WorksPage
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Text
from openchannels.transport.platform_client import PlatformClient

POST_KINDS = ("urn:li:share:", "urn:li:ugcPost:")
COUNTED_AT_ONCE = 50
CALLS_BESIDE_THE_LIST = 3
FRESH = 60.0

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
PERSONS_CLOSED = Text(
    en="LinkedIn does not let apps list posts of personal profiles; connect an organization page.",
    zh="LinkedIn 不允许应用读取个人主页的动态，请连接组织（公司）主页。",
)


class LinkedInWorks(WorksReader):
    paging = PagePaging(default=10, maximum=100, total=False)
    coverage = WORK.coverage

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        if not account.uid.startswith(ORGANIZATION):
            raise PlatformFailure(
                client.platform,
                "works.list",
                Failure(FailureKind.PERMISSION, detail=PERSONS_CLOSED),
            )
        listing = await self._posts(client, account, tokens, page)
        more = await asyncio.gather(
            *(
                attempt(client, tokens, path, operation)
                for operation, path in details(client, account, tokens, listing.items)
            )
        )
        statistics = {
            text(row.get("share")) or text(row.get("ugcPost")): row.get("totalShareStatistics")
            for answer in more
            for row in rows(dig(answer, "elements"))
        }
        known = {urn: told for answer in more for urn, told in results(answer).items()}
        items = [described(post, statistics, known) for post in listing.items]
        return replace(listing, items=items).works(WORK, account)

    async def _posts(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> ItemsPage:
        wanted = {
            "author": account.uid,
            "q": "author",
            "sortBy": "CREATED",
            "viewContext": "AUTHOR",
        }
        finder = {**headers(client, tokens), "X-RestLi-Method": "FINDER"}

        async def fetch() -> ItemsPage:
            return await POSTS.page(client, page, params=wanted, headers=finder)

        fresh = client.clock() - (account.login_at or 0.0) < FRESH
        return await (settled(fetch) if fresh else fetch())


def details(
    client: PlatformClient, account: Account, tokens: Tokens, posts: list[Item]
) -> list[tuple[str, str]]:
    """The calls that add counts and pictures to a page, as operation and path.

    A large page of pictures and videos would need one more; it goes without the videos'.
    """
    ids = [str(post["id"]) for post in posts if str(post["id"]).startswith(POST_KINDS)]
    urns = list(dict.fromkeys(filter(None, (cover_of(post) for post in posts))))
    administers = account.facts.get("role", ADMINISTRATOR) == ADMINISTRATOR
    full = administers and ADMIN_SCOPE in scopes(client, tokens)
    calls = [
        ("works.metrics", statistics_path(account, some) if full else social_path(some))
        for some in parts(ids, COUNTED_AT_ONCE)
    ]
    for kind in ("image", "video"):
        wanted = [urn for urn in urns if urn.startswith(f"urn:li:{kind}:")]
        if wanted:
            calls.append((f"works.{kind}s", f"rest/{kind}s?ids={listed(wanted)}"))
    return calls[:CALLS_BESIDE_THE_LIST]


def statistics_path(account: Account, ids: list[str]) -> str:
    """https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/share-statistics"""
    path = "rest/organizationalEntityShareStatistics?q=organizationalEntity"
    path += f"&organizationalEntity={quote(account.uid, safe='')}"
    for name, start in zip(("shares", "ugcPosts"), POST_KINDS, strict=True):
        if some := [urn for urn in ids if urn.startswith(start)]:
            path += f"&{name}={listed(some)}"
    return path


def social_path(ids: list[str]) -> str:
    """https://learn.microsoft.com/en-us/linkedin/shared/references/v2/social-metadata"""
    return f"rest/socialMetadata?ids={listed(ids)}"
