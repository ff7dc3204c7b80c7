"""Instagram: listing works."""

from dataclasses import replace
from functools import partial
from typing import Any

from openchannels.connectors.base.mapping import WorkMap
from openchannels.connectors.base.paginators import ItemsPage
from openchannels.connectors.base.parse import dig
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.meta.failures import (
    INSIGHTS_REFUSED,
    PAGE_REFUSED,
    PAGE_TOO_LARGE,
    WORK_WITHOUT_INSIGHTS,
)
from openchannels.connectors.meta.graph import GRAPH_LIST
from openchannels.connectors.meta.insights import (
    INLINE,
    OMITTED,
    SEPARATE,
    Insights,
    read_batched_insights,
    read_first_accepted,
    read_separate_insights,
    with_insights,
)
from openchannels.connectors.meta.instagram.api import (
    INSIGHTS_SCOPES,
    api_request,
    get_json,
    is_page_token,
)
from openchannels.connectors.meta.media import BY_OWNER, cover_picture
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Text
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.platform_client import PlatformClient

CACHE_SECONDS = {OMITTED: 6 * 3600, SEPARATE: 3600}
MEDIA_FIELDS = (
    "id,caption,media_type,media_product_type,media_url,thumbnail_url,permalink,timestamp,"
    "username,owner{id},like_count,comments_count,"
    "children{id,media_type,media_url,thumbnail_url}"
)
# Metrics of both posts and Reels; a metric that a work lacks fails the whole call.
# https://developers.facebook.com/docs/instagram-platform/reference/instagram-media/insights
METRICS = "views,reach,saved,shares,total_interactions"
# Every work has it; the only one asked for where a work lacks another metric.
FALLBACK_METRICS = "reach"


def is_video(media: Any) -> bool:
    """Returns whether a work is a video; a Reel is one, too."""
    kinds = (dig(media, "media_type"), dig(media, "media_product_type"))
    return "VIDEO" in kinds or "REELS" in kinds


WORK = WorkMap(
    {
        "id": "id",
        "mode": lambda media: ContentMode.VIDEO if is_video(media) else ContentMode.IMAGE,
        "description": "caption",
        "url": "permalink",
        "cover_url": lambda media: cover_picture(media, video=is_video(media)),
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
    filters_by_time = True
    newest_first = True

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        assert isinstance(page, CursorRequest)
        media, mode = await self._media(client, account, tokens, page)
        separate: Insights = {}
        if mode == SEPARATE:
            works = [str(item["id"]) for item in media.items]
            separate = await self._separate_insights(client, account, tokens, works)
        return with_insights(media, separate).works(WORK, account)

    async def _media(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: CursorRequest
    ) -> tuple[ItemsPage, str]:
        """Returns one page and the insights mode; retries without insights or with fewer works.

        The mode that worked is cached for the account.
        """
        cached = client.cache.get(insights_cache_key(account)) or INLINE
        mode = start = cached if may_have_insights(tokens) else OMITTED
        while True:
            try:
                media = await media_page(client, account, tokens, page, inline=mode == INLINE)
            except PlatformFailure as failure:
                fallback = fallback_mode(failure) if mode == INLINE else None
                if fallback:
                    mode = fallback
                elif page.limit > 1 and failure.reading.detail == PAGE_TOO_LARGE:
                    page = replace(page, limit=page.limit // 2)
                else:
                    raise
            else:
                if mode != start:
                    client.cache.put(insights_cache_key(account), mode, CACHE_SECONDS[mode])
                return media, mode

    async def _separate_insights(
        self, client: PlatformClient, account: Account, tokens: Tokens, media: list[str]
    ) -> Insights:
        """Returns insights from separate calls; works whose call fails are missing."""
        if is_page_token(tokens):
            found, failure = await read_batched_insights(
                client, tokens, media, METRICS, FALLBACK_METRICS
            )
        else:
            found, failure = await read_separate_insights(
                client, media, lambda work: media_insights(client, tokens, work)
            )
        if failure is not None and failure.kind is FailureKind.PERMISSION:
            client.cache.put(insights_cache_key(account), OMITTED, CACHE_SECONDS[OMITTED])
        return found


def insights_cache_key(account: Account) -> str:
    return f"instagram.insights_how:{account.id}"


def may_have_insights(tokens: Tokens) -> bool:
    """Returns whether insights may be granted; True if the scopes are unknown."""
    return tokens.scopes is None or any(scope in tokens.scopes for scope in INSIGHTS_SCOPES)


def fallback_mode(failure: PlatformFailure) -> str | None:
    """Returns the mode to retry a refused list with; None if insights are not the cause."""
    if failure.reading.detail == PAGE_REFUSED:
        return None
    if failure.kind is FailureKind.PERMISSION:
        return OMITTED
    return SEPARATE if failure.reading.detail in (INSIGHTS_REFUSED, WORK_WITHOUT_INSIGHTS) else None


async def media_page(
    client: PlatformClient, account: Account, tokens: Tokens, page: CursorRequest, *, inline: bool
) -> ItemsPage:
    """Fetches one page of media. https://developers.facebook.com/docs/instagram-platform/reference"""
    fields = media_fields(tokens, inline=inline)
    request = api_request(client, tokens, f"{account.uid}/media", {"fields": fields})
    return await GRAPH_LIST.page(client, page, **request)


def media_fields(tokens: Tokens, *, inline: bool) -> str:
    fields = MEDIA_FIELDS
    if is_page_token(tokens):
        # Only this host has these fields; they replace missing insights.
        fields += ",saved_count,shares_count"
    if inline:
        fields += f",insights.metric({METRICS}){{name,period,values}}"
    return fields


async def media_insights(client: PlatformClient, tokens: Tokens, work: str) -> dict[str, int]:
    """Returns the insights of one work; only its reach if the work lacks another metric.

    https://developers.facebook.com/docs/instagram-platform/reference/instagram-media/insights
    """
    ask = partial(get_json, client, tokens, f"{work}/insights", "works.insights", idempotent=False)
    return await read_first_accepted(ask, METRICS, FALLBACK_METRICS)
