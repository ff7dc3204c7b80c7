"""Facebook: listing a Page's published posts."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from openchannels.connectors.base.mapping import WorkMap
from openchannels.connectors.base.paginators import ItemsPage
from openchannels.connectors.base.parse import dig, first, https, rows, text
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.meta.failures import INSIGHTS_REFUSED, PAGE_TOO_LARGE
from openchannels.connectors.meta.graph import DIALOG, GRAPH_LIST, graph_request
from openchannels.connectors.meta.insights import refuses_a_metric, with_insights
from openchannels.connectors.meta.media import author_sources
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

T = TypeVar("T")

INSIGHTS_SCOPE = "read_insights"
REFUSAL_CACHE_SECONDS = 6 * 3600
# The post fields `type`, `link`, `name`, `caption`, `description`, `object_id` and `source` are
# not requested: each fails the request with code 12.
POST_FIELDS = (
    "id,message,story,created_time,permalink_url,full_picture,status_type,is_published,"
    "from{id,name},shares,reactions.limit(0).summary(total_count),"
    "comments.limit(0).summary(total_count).filter(stream),"
    "attachments{media_type,type,title,media{image{src}},"
    "subattachments{media_type,type,media{image{src}}}}"
)
# https://developers.facebook.com/docs/graph-api/reference/page/insights
METRICS = (
    "post_media_view",
    "post_total_media_view_unique",
    "post_clicks",
    "post_video_views",
    "post_video_view_time",
)
CORE_METRICS = METRICS[:2]
"""Metrics to ask for where Meta refuses one of the others."""


def attachments(post: Any) -> list[dict[str, Any]]:
    """Returns the attachments, each followed by its sub-attachments."""
    return [
        part
        for outer in rows(dig(post, "attachments", "data"))
        for part in (outer, *rows(dig(outer, "subattachments", "data")))
    ]


def kind_of(part: Mapping[str, Any]) -> str:
    """Returns `link`, or the two type names of an attachment together."""
    media, kind = str(part.get("media_type")).lower(), str(part.get("type")).lower()
    preview = media == "link" or (kind == "share" and part.get("media_type") is None)
    return "link" if preview else f"{media} {kind}"


def read_mode(post: Any) -> ContentMode:
    kinds = [kind_of(part) for part in attachments(post)]
    address = str(dig(post, "permalink_url"))
    if (
        any("video" in kind for kind in kinds)
        or dig(post, "status_type") == "added_video"
        or any(part in address for part in ("/videos/", "/reel/"))
    ):
        return ContentMode.VIDEO
    if kinds and all(kind == "link" for kind in kinds):
        return ContentMode.TEXT
    pictured = any(word in kind for kind in kinds for word in ("photo", "album", "image"))
    has_picture = pictured or text(dig(post, "full_picture"))
    return ContentMode.IMAGE if has_picture else ContentMode.TEXT


def read_title(post: Any) -> str | None:
    """Returns the title of a video or link; an album's title only repeats the Page's name."""
    parts = attachments(post)
    titled = (part for part in parts if kind_of(part) == "link" or "video" in kind_of(part))
    return next(filter(None, (text(part.get("title")) for part in titled)), None)


def read_url(post: Any) -> str | None:
    """Returns the address of a work; Facebook gives some without a host."""
    named = text(dig(post, "permalink_url")) or ""
    relative = named.startswith("/") and not named.startswith("//")
    return https(f"{DIALOG}{named}" if relative else named)


def read_cover(post: Any) -> str | None:
    pictures = (https(dig(part, "media", "image", "src")) for part in attachments(post))
    return https(dig(post, "full_picture")) or first(pictures)


def read_status(post: Any) -> WorkStatus:
    return WorkStatus.DRAFT if dig(post, "is_published") is False else WorkStatus.PUBLISHED


def video_metric(post: Any, metric: str) -> Any:
    """Returns a metric that is meaningful for videos only; None for other posts."""
    return dig(post, "numbers", metric) if read_mode(post) is ContentMode.VIDEO else None


def read_watched(post: Any) -> float | None:
    milliseconds = video_metric(post, "post_video_view_time")
    return None if milliseconds is None else milliseconds / 1000


WORK = WorkMap(
    {
        "id": "id",
        "mode": read_mode,
        "title": read_title,
        "description": "message|story",
        "url": read_url,
        "cover_url": read_cover,
        "published_at": "created_time",
        **author_sources("from.id", "from.name", lambda account: account.nickname),
        "status": read_status,
    },
    metrics={
        "views": "numbers.post_media_view",
        "reach": "numbers.post_total_media_view_unique",
        "plays": lambda post: video_metric(post, "post_video_views"),
        "watch_seconds": read_watched,
        "likes": "reactions.summary.total_count",
        "comments": "comments.summary.total_count",
        "shares": "shares.count",
        "clicks": "numbers.post_clicks",
    },
    scoped=dict.fromkeys(
        ("viewCount", "playCount", "reachCount", "clickCount", "watchTimeSeconds"), INSIGHTS_SCOPE
    ),
)


class FacebookWorks(WorksReader):
    paging = CursorPaging(default=25, maximum=100, previous=True)
    coverage = WORK.coverage
    filters_by_time = True

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        assert isinstance(page, CursorRequest)
        posts = await self._posts(client, account, tokens, page)
        return with_insights(posts, {}).works(WORK, account)

    async def _posts(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: CursorRequest
    ) -> ItemsPage:
        """Fetches one page; retries with fewer metrics or fewer posts if Meta refuses.

        https://developers.facebook.com/docs/pages-api
        """

        async def fetch(metrics: tuple[str, ...]) -> ItemsPage:
            fields = {"fields": post_fields(metrics)}
            path = f"{account.uid}/published_posts"
            request = graph_request(client, path, tokens.access_token, fields)
            return await GRAPH_LIST.page(client, page, **request)

        while True:
            try:
                return await with_accepted_metrics(client, account, tokens, fetch, remember=True)
            except PlatformFailure as failure:
                if page.limit == 1 or failure.reading.detail != PAGE_TOO_LARGE:
                    raise
                page = replace(page, limit=page.limit // 2)


async def with_accepted_metrics(
    client: PlatformClient,
    account: Account,
    tokens: Tokens,
    ask: Callable[[tuple[str, ...]], Awaitable[T]],
    *,
    remember: bool,
) -> T:
    """Returns what `ask` returns with the metrics of posts that Meta accepts, fewer if it refuses.

    A refusal that is said to `remember` holds for the account's later calls.
    """
    key = f"facebook.insights_accepted:{account.id}"
    cached = client.cache.get(key)
    metrics = wanted_metrics(client.app, tokens) if cached is None else cached
    while True:
        try:
            return await ask(metrics)
        except PlatformFailure as failure:
            if not metrics or failure.reading.detail != INSIGHTS_REFUSED:
                raise
            metrics = fewer_metrics(metrics, failure)
            if remember:
                client.cache.put(key, metrics, REFUSAL_CACHE_SECONDS)


def post_fields(metrics: tuple[str, ...]) -> str:
    insights = f",insights.metric({','.join(metrics)}).period(lifetime){{name,period,values}}"
    return POST_FIELDS + (insights if metrics else "")


def fewer_metrics(metrics: tuple[str, ...], failure: PlatformFailure) -> tuple[str, ...]:
    """Returns the metrics to ask for after a refusal; none if insights as such are refused."""
    core = tuple(metric for metric in metrics if metric in CORE_METRICS)
    return core if refuses_a_metric(failure.reading) and core != metrics else ()


def declined_insights(tokens: Tokens) -> bool:
    return tokens.scopes is not None and INSIGHTS_SCOPE not in tokens.scopes


def wanted_metrics(app: App, tokens: Tokens) -> tuple[str, ...]:
    """Returns the configured metrics; none if the user declined insights."""
    if declined_insights(tokens):
        return ()
    chosen = app.option("insights_metrics", METRICS)
    return tuple(chosen.replace(",", " ").split()) if isinstance(chosen, str) else tuple(chosen)
