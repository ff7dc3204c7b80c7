"""Threads: listing works."""

from typing import Any
from urllib.parse import urlencode

from openchannels.connectors.base.mapping import FromAccount, WorkMap
from openchannels.connectors.base.paginators import CursorList, Item, ItemsPage
from openchannels.connectors.base.parse import dig, https, rows, text
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.meta.graph import link_position, position_params, read_paging
from openchannels.connectors.meta.insights import (
    APART,
    INLINE,
    NONE,
    Insights,
    insight_values,
    insights_apart,
    with_insights,
)
from openchannels.connectors.meta.login import DAY
from openchannels.connectors.meta.media import BY_OWNER, picture
from openchannels.connectors.meta.threads.api import API, INSIGHTS_SCOPE, declined_insights, read
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Text
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

REFUSAL_REMEMBERED = 6 * 3600
EXPANSION = "threads.expansion"
SUPPORTED, UNSUPPORTED = "supported", "unsupported"

POST_FIELDS = (
    "id,media_type,media_url,thumbnail_url,gif_url,permalink,shortcode,text,timestamp,username,"
    "owner,children{id,media_type,media_url,thumbnail_url},reposted_post{id,media_type}"
)
# https://developers.facebook.com/docs/threads/insights
METRICS = "views,likes,replies,reposts,quotes,shares"
MODES = {
    "VIDEO": ContentMode.VIDEO,
    "IMAGE": ContentMode.IMAGE,
    "CAROUSEL_ALBUM": ContentMode.IMAGE,
    "CAROUSEL": ContentMode.IMAGE,
}


def read_next(listing: Any, _posts: list[Item], page: CursorRequest) -> str | None:
    """Where the next page starts. A link names it; without one a full page has a next.

    Meta's guide shows cursors without links, its sample app pages by links: both are read. Going
    back, there is always the page that one came from. A cursor that came back as it was sent
    leads nowhere.
    """
    paging = dig(listing, "paging")
    if text(dig(paging, "next")):
        return link_position(paging, "next", "after")
    after, got = text(dig(paging, "cursors", "after")), len(rows(dig(listing, "data")))
    full = got >= page.limit or (got > 0 and page.direction == "previous")
    return None if not full else unless_sent(page, "after", after)


def read_previous(listing: Any, _posts: list[Item], page: CursorRequest) -> str | None:
    """Where the page before starts; the first page has none, whatever cursors it names."""
    paging = dig(listing, "paging")
    if text(dig(paging, "previous")):
        return link_position(paging, "previous", "before")
    if page.position is None or not rows(dig(listing, "data")):
        return None
    return unless_sent(page, "before", text(dig(paging, "cursors", "before")))


def unless_sent(page: CursorRequest, name: str, cursor: str | None) -> str | None:
    if cursor is None or position_params(page.position).get(name) == cursor:
        return None
    return urlencode({name: cursor})


def read_mode(post: Any) -> ContentMode:
    """A repost is what it reposts; text, sound, a poll or a link with its preview are text."""
    kind = dig(post, "media_type")
    if kind == "REPOST_FACADE":
        kind = dig(post, "reposted_post", "media_type")
    return MODES.get(str(kind), ContentMode.TEXT)


def read_url(post: Any, account: Account) -> str | None:
    """The permalink, which a post flagged for copyright lacks."""
    name, code = text(dig(post, "username")) or account.handle, text(dig(post, "shortcode"))
    built = f"https://www.threads.com/@{name}/post/{code}" if name and code else None
    return https(dig(post, "permalink")) or built


def read_cover(post: Any) -> str | None:
    kind = dig(post, "media_type")
    if kind == "AUDIO":
        return None
    return picture(post, video=kind == "VIDEO") or https(dig(post, "gif_url"))


def total(post: Any, *metrics: str) -> int | None:
    """A sum only where every part is known."""
    known = [dig(post, "numbers", metric) for metric in metrics]
    return None if None in known else sum(known)


WORK = WorkMap(
    {
        "id": "id",
        "mode": read_mode,
        "description": "text",
        "url": FromAccount(read_url),
        "cover_url": read_cover,
        "published_at": "timestamp",
        **BY_OWNER,
        "status": WorkStatus.PUBLISHED,
    },
    metrics={
        "views": "numbers.views",
        "likes": "numbers.likes",
        "comments": "numbers.replies",
        # Reposts and shares both pass a post on.
        "shares": lambda post: total(post, "reposts", "shares"),
        "engagements": lambda post: total(post, "likes", "replies", "reposts", "quotes", "shares"),
    },
    scoped=dict.fromkeys(
        ("viewCount", "likeCount", "commentCount", "shareCount", "engagementCount"), INSIGHTS_SCOPE
    ),
    never={"title": Text(en="Threads posts have no title.", zh="Threads 帖子没有标题。")},
)
POSTS = CursorList(items="data", paging=read_paging, next=read_next, previous=read_previous)


class ThreadsWorks(WorksReader):
    paging = CursorPaging(default=25, maximum=100, previous=True)
    coverage = WORK.coverage

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        assert isinstance(page, CursorRequest)
        posts, how = await self._posts(client, account, tokens, page)
        own = [post for post in posts.items if post.get("media_type") != "REPOST_FACADE"]
        apart: Insights = {}
        if own and how == INLINE and any("insights" in post for post in own):
            client.cache.put(EXPANSION, SUPPORTED, DAY)
        elif own and how != NONE:
            apart = await self._apart(client, account, tokens, own)
            if how == INLINE and any(apart.values()):
                # It was asked for in silence, while each post by itself has an answer.
                client.cache.put(EXPANSION, UNSUPPORTED, DAY)
        return with_insights(posts, apart).works(WORK, account)

    async def _posts(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: CursorRequest
    ) -> tuple[ItemsPage, str]:
        """The list with insights where that may work, else without, and how they are asked for."""
        how = insights_way(client, account, tokens)
        if how != INLINE:
            return await posts_page(client, account, tokens, page), how
        try:
            return await posts_page(client, account, tokens, page, inline=True), INLINE
        except PlatformFailure as failure:
            if not about_insights(failure, client.cache.get(EXPANSION)):
                raise
            posts = await posts_page(client, account, tokens, page)
            return posts, remember(client, account, failure)

    async def _apart(
        self, client: PlatformClient, account: Account, tokens: Tokens, posts: list[Item]
    ) -> Insights:
        """Insights post by post. Reposts are left out: they have none."""

        async def one(post: str) -> dict[str, int]:
            given = {"metric": METRICS}
            answer = await read(
                client, tokens, f"{post}/insights", "works.insights", given, idempotent=False
            )
            return insight_values({"insights": answer})

        found, end = await insights_apart(client, [str(post["id"]) for post in posts], one)
        if end is not None and end.kind is FailureKind.PERMISSION:
            client.cache.put(shared_state(account), True, REFUSAL_REMEMBERED)
        return found


def shared_state(account: Account) -> str:
    return f"threads.insights_refused:{account.id}"


def insights_way(client: PlatformClient, account: Account, tokens: Tokens) -> str:
    if declined_insights(tokens) or client.cache.get(shared_state(account)):
        return NONE
    return APART if client.cache.get(EXPANSION) == UNSUPPORTED else INLINE


def about_insights(failure: PlatformFailure, expansion: str | None) -> bool:
    """Whether the same list could come without insights.

    An expansion that Threads does not know may be answered as a fault of the server: while
    nothing is known of it, faults count as well.
    """
    if failure.kind in (FailureKind.PERMISSION, FailureKind.INVALID):
        return not failure.reading.cursor
    return failure.category == "platform_unavailable" and expansion is None


def remember(client: PlatformClient, account: Account, failure: PlatformFailure) -> str:
    """Draw the conclusion from a list that came only without insights."""
    if failure.kind is FailureKind.PERMISSION:
        client.cache.put(shared_state(account), True, REFUSAL_REMEMBERED)
        return NONE
    if (failure.reading.code or "").partition("/")[0] in ("1", "100"):
        client.cache.put(EXPANSION, UNSUPPORTED, DAY)
    return APART


async def posts_page(
    client: PlatformClient,
    account: Account,
    tokens: Tokens,
    page: CursorRequest,
    *,
    inline: bool = False,
) -> ItemsPage:
    """One page of root posts. https://developers.facebook.com/docs/threads/retrieve-posts"""
    fields = POST_FIELDS + (f",insights.metric({METRICS}){{name,values}}" if inline else "")
    # While the expansion is being tried, the list without it is the second attempt.
    again = None if not inline or client.cache.get(EXPANSION) else False
    return await POSTS.page(
        client,
        page,
        url=f"{API}/{account.uid}/threads",
        params={"fields": fields},
        headers=bearer(tokens),
        idempotent=again,
    )
