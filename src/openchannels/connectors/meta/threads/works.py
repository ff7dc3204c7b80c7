"""Threads: listing works."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from openchannels.connectors.base.parse import dig, https, moment, rows, text
from openchannels.connectors.base.works import Works
from openchannels.connectors.meta.graph import (
    insight_values,
    link_position,
    picture,
    position_params,
)
from openchannels.connectors.meta.insights import APART, INLINE, NONE, insights_apart
from openchannels.connectors.meta.login import DAY
from openchannels.connectors.meta.threads.api import INSIGHTS_SCOPE, read
from openchannels.core.accounts import Account
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Text
from openchannels.core.works import ContentMode, Metrics, Work, WorkStatus
from openchannels.transport.client import Params
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
NO_TITLE = Text(en="Threads posts have no title.", zh="Threads 帖子没有标题。")
MODES = {
    "VIDEO": ContentMode.VIDEO,
    "IMAGE": ContentMode.IMAGE,
    "CAROUSEL_ALBUM": ContentMode.IMAGE,
    "CAROUSEL": ContentMode.IMAGE,
}


class ThreadsWorks(Works):
    paging = CursorPaging(default=25, maximum=100, previous=True)
    coverage = FieldCoverage(
        "platformWorkId contentMode description url coverUrl publishedAt authorName"
        " authorPlatformUid status",
        scoped=dict.fromkeys(
            ("viewCount", "likeCount", "commentCount", "shareCount", "engagementCount"),
            INSIGHTS_SCOPE,
        ),
        never={"title": NO_TITLE},
    )

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        assert isinstance(page, CursorRequest)
        listing, how = await self._listing(client, account, tokens, page)
        posts = [row for row in rows(dig(listing, "data")) if text(row.get("id"))]
        own = [post for post in posts if post.get("media_type") != "REPOST_FACADE"]
        apart: dict[str, dict[str, int]] = {}
        if own and how == INLINE and any("insights" in post for post in own):
            client.cache.put(EXPANSION, SUPPORTED, DAY)
        elif own and how != NONE:
            apart = await self._apart(client, account, tokens, own)
            if how == INLINE and any(apart.values()):
                # It was asked for in silence, while each post by itself has an answer.
                client.cache.put(EXPANSION, UNSUPPORTED, DAY)
        return WorksPage(
            items=[read_work(post, account, apart.get(str(post["id"]))) for post in posts],
            next=read_next(listing, page),
            previous=read_previous(listing, page),
        )

    async def _listing(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: CursorRequest
    ) -> tuple[Any, str]:
        """The list with insights where that may work, else without, and how they are asked for."""
        how = insights_way(client, account, tokens)
        if how != INLINE:
            return await posts_page(client, account, tokens, page), how
        try:
            return await posts_page(client, account, tokens, page, inline=True), INLINE
        except PlatformFailure as failure:
            if not about_insights(failure, client.cache.get(EXPANSION)):
                raise
            listing = await posts_page(client, account, tokens, page)
            return listing, remember(client, account, failure)

    async def _apart(
        self, client: PlatformClient, account: Account, tokens: Tokens, posts: list[dict[str, Any]]
    ) -> dict[str, dict[str, int]]:
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
    refused = tokens.scopes is not None and INSIGHTS_SCOPE not in tokens.scopes
    if refused or client.cache.get(shared_state(account)):
        return NONE
    return APART if client.cache.get(EXPANSION) == UNSUPPORTED else INLINE


def about_insights(failure: PlatformFailure, expansion: str | None) -> bool:
    """Whether the same list could come without insights.

    An expansion that Threads does not know may be answered as a fault of the server, so while
    nothing is known of it faults count as well.
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
) -> Any:
    """One page of root posts. https://developers.facebook.com/docs/threads/retrieve-posts"""
    fields = POST_FIELDS + (f",insights.metric({METRICS}){{name,values}}" if inline else "")
    given: Params = {"fields": fields, "limit": page.limit, **position_params(page.position)}
    # While the expansion is being tried, the list without it is the second attempt.
    again = None if not inline or client.cache.get(EXPANSION) else False
    return await read(
        client, tokens, f"{account.uid}/threads", "works.list", given, idempotent=again
    )


def read_next(listing: Any, page: CursorRequest) -> str | None:
    """Where the next page starts. A link says so; without one a full page does.

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


def read_previous(listing: Any, page: CursorRequest) -> str | None:
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


def read_work(
    post: Mapping[str, Any], account: Account, apart: Mapping[str, int] | None = None
) -> Work:
    author = text(dig(post, "owner", "id")) or account.uid
    own_name = account.handle or account.nickname if author == account.uid else None
    return Work(
        id=str(post["id"]),
        mode=read_mode(post),
        description=text(post.get("text")),
        url=read_url(post, account),
        cover_url=read_cover(post),
        published_at=moment(post.get("timestamp")),
        author_name=text(post.get("username")) or own_name,
        author_uid=author,
        status=WorkStatus.PUBLISHED,
        metrics=read_metrics(apart or insight_values(post)),
    )


def read_mode(post: Mapping[str, Any]) -> ContentMode:
    """A repost is what it reposts; text, sound, a poll or a link with its preview are text."""
    kind = post.get("media_type")
    if kind == "REPOST_FACADE":
        kind = dig(post, "reposted_post", "media_type")
    return MODES.get(str(kind), ContentMode.TEXT)


def read_url(post: Mapping[str, Any], account: Account) -> str | None:
    """The permalink, which a post flagged for copyright lacks."""
    name, code = text(post.get("username")) or account.handle, text(post.get("shortcode"))
    built = f"https://www.threads.com/@{name}/post/{code}" if name and code else None
    return https(post.get("permalink")) or built


def read_cover(post: Mapping[str, Any]) -> str | None:
    kind = post.get("media_type")
    if kind == "AUDIO":
        return None
    return picture(post, video=kind == "VIDEO") or https(post.get("gif_url"))


def read_metrics(values: Mapping[str, int]) -> Metrics:
    """Sums only where every part is known; reposts and shares both pass a post on."""
    return Metrics(
        views=values.get("views"),
        likes=values.get("likes"),
        comments=values.get("replies"),
        shares=total(values, "reposts", "shares"),
        engagements=total(values, "likes", "replies", "reposts", "quotes", "shares"),
    )


def total(values: Mapping[str, int], *names: str) -> int | None:
    known = [values[name] for name in names if name in values]
    return sum(known) if len(known) == len(names) else None
