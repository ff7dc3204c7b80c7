"""Instagram: listing works."""

from dataclasses import replace
from typing import Any

from openchannels.connectors.base.mapping import WorkMap
from openchannels.connectors.base.paginators import ItemsPage
from openchannels.connectors.base.parse import dig
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.meta.failures import INSIGHTS_REFUSED, NUMBERLESS, TOO_MUCH
from openchannels.connectors.meta.graph import GRAPH_LIST
from openchannels.connectors.meta.insights import (
    APART,
    INLINE,
    NONE,
    Insights,
    batched_insights,
    insight_values,
    insights_apart,
    with_insights,
)
from openchannels.connectors.meta.instagram.api import (
    INSIGHTS_SCOPES,
    api_request,
    of_page,
    read,
)
from openchannels.connectors.meta.media import BY_OWNER, picture
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Text
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.platform_client import PlatformClient

REMEMBERED = {NONE: 6 * 3600, APART: 3600}
MEDIA_FIELDS = (
    "id,caption,media_type,media_product_type,media_url,thumbnail_url,permalink,timestamp,"
    "username,owner{id},like_count,comments_count,"
    "children{id,media_type,media_url,thumbnail_url}"
)
# The widest set that both posts and Reels know; one that a work lacks sinks the whole call.
# https://developers.facebook.com/docs/instagram-platform/reference/instagram-media/insights
METRICS = "views,reach,saved,shares,total_interactions"


def is_video(media: Any) -> bool:
    """Publishing calls a video what reading calls a Reel; both words are understood."""
    kinds = (dig(media, "media_type"), dig(media, "media_product_type"))
    return "VIDEO" in kinds or "REELS" in kinds


WORK = WorkMap(
    {
        "id": "id",
        "mode": lambda media: ContentMode.VIDEO if is_video(media) else ContentMode.IMAGE,
        "description": "caption",
        "url": "permalink",
        "cover_url": lambda media: picture(media, video=is_video(media)),
        "published_at": "timestamp",
        **BY_OWNER,
        "status": WorkStatus.PUBLISHED,
    },
    metrics={
        "views": "numbers.views",
        "plays": lambda media: dig(media, "numbers", "views") if is_video(media) else None,
        "reach": "numbers.reach",
        "likes": "like_count",
        "comments": "comments_count",
        "saves": "numbers.saved|saved_count",
        "collects": "numbers.saved|saved_count",
        "shares": "numbers.shares|shares_count",
        "engagements": "numbers.total_interactions",
    },
    scoped=dict.fromkeys(
        (
            *("viewCount", "playCount", "reachCount", "collectCount", "saveCount"),
            *("shareCount", "engagementCount"),
        ),
        INSIGHTS_SCOPES[0],
    ),
    never={
        "title": Text(en="Instagram's works have no title.", zh="Instagram 作品没有标题。"),
        "watchTimeSeconds": Text(
            en="Only Reels have it, at the price of a further call for each page.",
            zh="仅 Reels 提供，且每页需额外调用一次接口。",
        ),
    },
)


class InstagramWorks(WorksReader):
    paging = CursorPaging(default=25, maximum=100, previous=True)
    coverage = WORK.coverage

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        assert isinstance(page, CursorRequest)
        media, how = await self._media(client, account, tokens, page)
        apart: Insights = {}
        if how == APART:
            works = [str(item["id"]) for item in media.items]
            apart = await self._apart(client, account, tokens, works)
        return with_insights(media, apart).works(WORK, account)

    async def _media(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: CursorRequest
    ) -> tuple[ItemsPage, str]:
        """One call where all goes well; else without insights, else with fewer works.

        What insights an account does not give is remembered once the list came without them.
        """
        known = client.cache.get(shared_state(account)) or INLINE
        how = start = known if may_ask(tokens) else NONE
        while True:
            try:
                media = await media_page(client, account, tokens, page, inline=how == INLINE)
            except PlatformFailure as failure:
                instead = instead_of_inline(failure) if how == INLINE else None
                if instead:
                    how = instead
                elif page.limit > 1 and failure.reading.detail == TOO_MUCH:
                    page = replace(page, limit=page.limit // 2)
                else:
                    raise
            else:
                if how != start:
                    client.cache.put(shared_state(account), how, REMEMBERED[how])
                return media, how

    async def _apart(
        self, client: PlatformClient, account: Account, tokens: Tokens, media: list[str]
    ) -> Insights:
        """The insights that the list could not carry; works go without where these fail too."""
        if of_page(tokens):
            found, end = await batched_insights(client, tokens, media, METRICS)
        else:
            found, end = await insights_apart(
                client, media, lambda work: media_insights(client, tokens, work)
            )
        if end is not None and end.kind is FailureKind.PERMISSION:
            client.cache.put(shared_state(account), NONE, REMEMBERED[NONE])
        return found


def shared_state(account: Account) -> str:
    return f"instagram.insights_how:{account.id}"


def may_ask(tokens: Tokens) -> bool:
    """Whether insights may be granted: yes, where the platform named no scopes."""
    return tokens.scopes is None or any(scope in tokens.scopes for scope in INSIGHTS_SCOPES)


def instead_of_inline(failure: PlatformFailure) -> str | None:
    """How to go on after a list with insights was refused; None where they are not the cause."""
    if failure.kind is FailureKind.PERMISSION:
        return NONE
    return APART if failure.reading.detail in (INSIGHTS_REFUSED, NUMBERLESS) else None


async def media_page(
    client: PlatformClient, account: Account, tokens: Tokens, page: CursorRequest, *, inline: bool
) -> ItemsPage:
    """One page of media. https://developers.facebook.com/docs/instagram-platform/reference"""
    fields = MEDIA_FIELDS
    if of_page(tokens):
        # Only this host knows them; they stand in where insights are missing.
        fields += ",saved_count,shares_count"
    if inline:
        fields += f",insights.metric({METRICS}){{name,period,values}}"
    request = api_request(client, tokens, f"{account.uid}/media", {"fields": fields})
    return await GRAPH_LIST.page(client, page, **request)


async def media_insights(client: PlatformClient, tokens: Tokens, work: str) -> dict[str, int]:
    """Insights of one work; reach alone where the set holds a metric that the work lacks."""
    for metrics in (METRICS, "reach"):
        try:
            given = {"metric": metrics}
            answer = await read(
                client, tokens, f"{work}/insights", "works.insights", given, idempotent=False
            )
        except PlatformFailure as failure:
            if failure.reading.detail != INSIGHTS_REFUSED or metrics == "reach":
                raise
        else:
            return insight_values({"insights": answer})
    return {}
