"""Threads: listing works."""

from functools import partial
from typing import Any
from urllib.parse import urlencode

from openchannels.connectors.base.mapping import WorkMap
from openchannels.connectors.base.paginators import CursorList, Item, ItemsPage
from openchannels.connectors.base.parse import dig, https, rows, sum_if_complete, text
from openchannels.connectors.base.sources import FromAccount
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.meta.direct_login import (
    DAY,
)
from openchannels.connectors.meta.graph import link_position, position_params, read_paging
from openchannels.connectors.meta.insights import (
    INLINE,
    OMITTED,
    SEPARATE,
    Insights,
    read_first_accepted,
    read_separate_insights,
    with_insights,
)
from openchannels.connectors.meta.media import BY_OWNER, cover_picture
from openchannels.connectors.meta.threads.api import (
    API,
    INSIGHTS_SCOPE,
    declined_insights,
    get_json,
)
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Text
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

REFUSAL_CACHE_SECONDS = 6 * 3600
EXPANSION = "threads.expansion"
SUPPORTED, UNSUPPORTED = "supported", "unsupported"

POST_FIELDS = (
    "id,media_type,media_url,thumbnail_url,gif_url,permalink,shortcode,text,timestamp,username,"
    "owner,children{id,media_type,media_url,thumbnail_url},reposted_post{id,media_type}"
)
# https://developers.facebook.com/docs/threads/insights
METRICS = "views,likes,replies,reposts,quotes,shares"
# Meta marks `views` and `shares` as in development: these are left where one is refused.
FALLBACK_METRICS = "likes,replies,reposts,quotes"
MODES = {
    "VIDEO": ContentMode.VIDEO,
    "IMAGE": ContentMode.IMAGE,
    "CAROUSEL_ALBUM": ContentMode.IMAGE,
    "CAROUSEL": ContentMode.IMAGE,
}


def read_next(listing: Any, _posts: list[Item], page: CursorRequest) -> str | None:
    """Returns the position of the next page: from the link, or from the cursor of a full page.

    Meta's guide shows cursors without links, its sample app uses links: both are supported. Paging
    backwards always leaves a next page. A cursor that repeats the request's ends the list.
    """
    paging = dig(listing, "paging")
    if text(dig(paging, "next")):
        return link_position(paging, "next", "after")
    after, received = text(dig(paging, "cursors", "after")), len(rows(dig(listing, "data")))
    has_more = received >= page.limit or (received > 0 and page.direction == "previous")
    return None if not has_more else cursor_unless_repeated(page, "after", after)


def read_previous(listing: Any, _posts: list[Item], page: CursorRequest) -> str | None:
    """Returns the position of the previous page; None on the first page, despite cursors."""
    paging = dig(listing, "paging")
    if text(dig(paging, "previous")):
        return link_position(paging, "previous", "before")
    if page.position is None or not rows(dig(listing, "data")):
        return None
    return cursor_unless_repeated(page, "before", text(dig(paging, "cursors", "before")))


def cursor_unless_repeated(page: CursorRequest, name: str, cursor: str | None) -> str | None:
    if cursor is None or position_params(page.position).get(name) == cursor:
        return None
    return urlencode({name: cursor})


def read_mode(post: Any) -> ContentMode:
    """Returns the mode: a repost's is that of its original; audio, polls and links are text."""
    kind = dig(post, "media_type")
    if kind == "REPOST_FACADE":
        kind = dig(post, "reposted_post", "media_type")
    return MODES.get(str(kind), ContentMode.TEXT)


def read_url(post: Any, account: Account) -> str | None:
    """Returns the permalink, or builds it for a post flagged for copyright, which lacks it."""
    name, code = text(dig(post, "username")) or account.handle, text(dig(post, "shortcode"))
    built = f"https://www.threads.com/@{name}/post/{code}" if name and code else None
    return https(dig(post, "permalink")) or built


def read_cover(post: Any) -> str | None:
    kind = dig(post, "media_type")
    if kind == "AUDIO":
        return None
    return cover_picture(post, video=kind == "VIDEO") or https(dig(post, "gif_url"))


def sum_of(post: Any, *metrics: str) -> int | None:
    """Returns the sum of metrics; None if one is unknown."""
    return sum_if_complete(dig(post, "numbers", metric) for metric in metrics)


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
        # Both reposts and shares count as shares.
        "shares": lambda post: sum_of(post, "reposts", "shares"),
        "engagements": lambda post: sum_of(post, "likes", "replies", "reposts", "quotes", "shares"),
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
    filters_by_time = True
    newest_first = True

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        assert isinstance(page, CursorRequest)
        posts, mode = await self._posts(client, account, tokens, page)
        own_posts = [post for post in posts.items if post.get("media_type") != "REPOST_FACADE"]
        separate: Insights = {}
        if own_posts and mode == INLINE and any("insights" in post for post in own_posts):
            client.cache.put(EXPANSION, SUPPORTED, DAY)
        elif own_posts and mode != OMITTED:
            separate = await self._separate_insights(client, account, tokens, own_posts)
            if mode == INLINE and any(separate.values()):
                # The list ignored the request for insights that separate calls return.
                client.cache.put(EXPANSION, UNSUPPORTED, DAY)
        return with_insights(posts, separate).works(WORK, account)

    async def _posts(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: CursorRequest
    ) -> tuple[ItemsPage, str]:
        """Returns one page and the insights mode; retries a refused page without insights."""
        mode = insights_mode(client, account, tokens)
        if mode != INLINE:
            return await posts_page(client, account, tokens, page), mode
        try:
            return await posts_page(client, account, tokens, page, inline=True), INLINE
        except PlatformFailure as failure:
            if not is_insights_failure(failure, client.cache.get(EXPANSION)):
                raise
            posts = await posts_page(client, account, tokens, page)
            return posts, remember_refusal(client, account, failure)

    async def _separate_insights(
        self, client: PlatformClient, account: Account, tokens: Tokens, posts: list[Item]
    ) -> Insights:
        """Returns insights by post, from separate calls. Callers omit reposts, which have none."""
        found, failure = await read_separate_insights(
            client, [str(post["id"]) for post in posts], partial(post_insights, client, tokens)
        )
        if failure is not None and failure.kind is FailureKind.PERMISSION:
            client.cache.put(insights_cache_key(account), True, REFUSAL_CACHE_SECONDS)
        return found


def insights_cache_key(account: Account) -> str:
    return f"threads.insights_refused:{account.id}"


def insights_mode(client: PlatformClient, account: Account, tokens: Tokens) -> str:
    if declined_insights(tokens) or client.cache.get(insights_cache_key(account)):
        return OMITTED
    return SEPARATE if client.cache.get(EXPANSION) == UNSUPPORTED else INLINE


def is_insights_failure(failure: PlatformFailure, expansion: str | None) -> bool:
    """Returns whether the list may succeed without insights.

    While it is unknown whether Threads supports the expansion, server errors count as well.
    """
    if failure.kind in (FailureKind.PERMISSION, FailureKind.INVALID):
        return not failure.reading.cursor
    return failure.category == "platform_unavailable" and expansion is None


def remember_refusal(client: PlatformClient, account: Account, failure: PlatformFailure) -> str:
    """Caches the refusal of a list with insights; returns the mode to use from now on."""
    if failure.kind is FailureKind.PERMISSION:
        client.cache.put(insights_cache_key(account), True, REFUSAL_CACHE_SECONDS)
        return OMITTED
    if (failure.reading.code or "").partition("/")[0] in ("1", "100"):
        client.cache.put(EXPANSION, UNSUPPORTED, DAY)
    return SEPARATE


async def posts_page(
    client: PlatformClient,
    account: Account,
    tokens: Tokens,
    page: CursorRequest,
    *,
    inline: bool = False,
) -> ItemsPage:
    """Fetches one page of root posts. https://developers.facebook.com/docs/threads/retrieve-posts"""
    return await POSTS.page(
        client,
        page,
        url=f"{API}/{account.uid}/threads",
        headers=bearer(tokens),
        **fields_of_posts(client, inline=inline),
    )


def fields_of_posts(client: PlatformClient, *, inline: bool) -> dict[str, Any]:
    """Returns the arguments of a call that reads posts, with their insights if `inline`."""
    fields = POST_FIELDS + (f",insights.metric({METRICS}){{name,values}}" if inline else "")
    # During the trial of the expansion, the call without it is the second attempt.
    idempotent = None if not inline or client.cache.get(EXPANSION) else False
    return {"params": {"fields": fields}, "idempotent": idempotent}


async def post_insights(client: PlatformClient, tokens: Tokens, post: str) -> dict[str, int]:
    """Returns the insights of one post; those that Meta holds stable if it refuses one."""
    ask = partial(get_json, client, tokens, f"{post}/insights", "works.insights", idempotent=False)
    return await read_first_accepted(ask, METRICS, FALLBACK_METRICS)
