"""LinkedIn: listing works."""

import asyncio
from typing import Any
from urllib.parse import quote

from openchannels.connectors.base.parse import count, dig, rows, text
from openchannels.connectors.base.works import Works
from openchannels.connectors.linkedin.api import (
    ADMIN_SCOPE,
    ADMINISTRATOR,
    ORGANIZATION,
    ask,
    attempt,
    has_next,
    listed,
    parts,
    results,
    scopes,
    settled,
)
from openchannels.connectors.linkedin.posts import cover_of, read_work
from openchannels.core.accounts import Account
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.paging import NumberRequest, PagePaging, PageRequest, WorksPage
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Text
from openchannels.transport.client import Params
from openchannels.transport.platform_client import PlatformClient

POSTS = ("urn:li:share:", "urn:li:ugcPost:")
COUNTED_AT_ONCE = 50
CALLS_BESIDE_THE_LIST = 3
FRESH = 60.0

PERSONS_CLOSED = Text(
    en="LinkedIn does not let apps list posts of personal profiles; connect an organization page.",
    zh="LinkedIn 不允许应用读取个人主页的动态，请连接组织（公司）主页。",
)


class LinkedInWorks(Works):
    paging = PagePaging(default=10, maximum=100, total=False)
    coverage = FieldCoverage(
        "platformWorkId contentMode title description url coverUrl publishedAt authorName"
        " authorPlatformUid status likeCount commentCount",
        scoped=dict.fromkeys(
            ("impressionCount", "reachCount", "shareCount", "clickCount", "engagementCount"),
            ADMIN_SCOPE,
        ),
    )

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        assert isinstance(page, NumberRequest)
        if not account.uid.startswith(ORGANIZATION):
            raise PlatformFailure(
                client.platform,
                "works.list",
                Failure(FailureKind.PERMISSION, detail=PERSONS_CLOSED),
            )
        listing = await self._posts(client, account, tokens, page)
        posts = [post for post in rows(dig(listing, "elements")) if text(post.get("id"))]
        more = await asyncio.gather(
            *(
                attempt(client, tokens, path, operation)
                for operation, path in details(client, account, tokens, posts)
            )
        )
        statistics = {
            text(row.get("share")) or text(row.get("ugcPost")): row.get("totalShareStatistics")
            for answer in more
            for row in rows(dig(answer, "elements"))
        }
        known = {urn: told for answer in more for urn, told in results(answer).items()}
        return WorksPage(
            items=[read_work(post, account, statistics, known) for post in posts],
            has_next=has_next(listing),
            total=count(dig(listing, "paging", "total")),
        )

    async def _posts(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: NumberRequest
    ) -> Any:
        """https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api"""
        params: Params = {
            "author": account.uid,
            "q": "author",
            "count": page.size,
            "start": (page.page - 1) * page.size,
            "sortBy": "CREATED",
            "viewContext": "AUTHOR",
        }

        async def fetch() -> Any:
            finder = {"X-RestLi-Method": "FINDER"}
            return await ask(client, tokens, "rest/posts", "works.list", params, finder)

        fresh = client.clock() - (account.login_at or 0.0) < FRESH
        return await (settled(fetch) if fresh else fetch())


def details(
    client: PlatformClient, account: Account, tokens: Tokens, posts: list[dict[str, Any]]
) -> list[tuple[str, str]]:
    """The calls that add counts and pictures to a page, as operation and path.

    A large page of pictures and videos would need one more; it goes without the videos'.
    """
    ids = [str(post["id"]) for post in posts if str(post["id"]).startswith(POSTS)]
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
    for name, start in zip(("shares", "ugcPosts"), POSTS, strict=True):
        if some := [urn for urn in ids if urn.startswith(start)]:
            path += f"&{name}={listed(some)}"
    return path


def social_path(ids: list[str]) -> str:
    """https://learn.microsoft.com/en-us/linkedin/shared/references/v2/social-metadata"""
    return f"rest/socialMetadata?ids={listed(ids)}"
