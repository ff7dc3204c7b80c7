"""Facebook: Pages over Facebook Login, works through a Page's published posts."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from openchannels.connectors.base.accounts import AccountReader, unusable_candidate
from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.mapping import ProfileMap, WorkMap
from openchannels.connectors.base.paginators import ItemsPage
from openchannels.connectors.base.parse import dig, first, https, rows, text
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.meta.facebook_links import LINKS
from openchannels.connectors.meta.facebook_publishing import PUBLISHING
from openchannels.connectors.meta.failures import INSIGHTS_REFUSED, PAGE_FAILURES, PAGE_TOO_LARGE
from openchannels.connectors.meta.graph import (
    DIALOG,
    GRAPH_LIST,
    REQUEST_ID_HEADER,
    graph_get,
    graph_request,
)
from openchannels.connectors.meta.insights import refuses_a_metric, with_insights
from openchannels.connectors.meta.login import (
    NO_PAGE_TOKEN,
    PROBE_SECONDS,
    FacebookLogin,
    FacebookUserGrant,
    can_refresh_page_token,
    facebook_config,
    facebook_login,
    fetch_all_pages,
    has_page_token,
    page_refresh_at,
    page_tokens,
    probe_page_token,
    refresh_page_token,
)
from openchannels.connectors.meta.media import author_sources
from openchannels.core.accounts import Account, Candidate
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.platforms import EmptyHint, Mark, Platform, Text
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

INSIGHTS_SCOPE = "read_insights"
REFUSAL_CACHE_SECONDS = 6 * 3600
PAGE_FIELDS = "id,name,username,access_token,fan_count,followers_count,picture.type(large){url}"
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
    address = text(dig(post, "permalink_url"))
    relative = address and address.startswith("/") and not address.startswith("//")
    return f"{DIALOG}{address}" if relative else address


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


PROFILE = ProfileMap(
    Platform("facebook"),
    {
        "uid": "id",
        "handle": "username",
        "nickname": "name",
        "avatar": "picture.data.url",
    },
    counters={"fans": "followers_count|fan_count"},
)
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


class FacebookAuth(FacebookUserGrant):
    config = facebook_login(
        scopes=(
            "pages_show_list",
            "pages_read_engagement",
            "pages_read_user_content",
            INSIGHTS_SCOPE,
            "business_management",
        ),
        required_scopes=("pages_show_list", "pages_read_engagement"),
    )
    probe_every = PROBE_SECONDS
    instructions = Text(
        en="Open the link, sign in to Facebook as someone who manages the Page, choose every Page "
        "you want to connect, and leave all permissions switched on. Personal profiles cannot "
        "be connected.",
        zh="打开链接，使用管理该公共主页的 Facebook 账号登录，勾选要连接的全部公共主页，"
        "并保持所有权限开启。个人主页无法连接。",
    )

    def oauth_config(self, app: App) -> OAuthConfig:
        return facebook_config(self.config, app)

    async def exchange(
        self, client: PlatformClient, params: Mapping[str, str], verifier: str | None
    ) -> Tokens:
        return await FacebookLogin(self.oauth_config(client.app)).exchange(client, params["code"])

    async def complete(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        return await FacebookLogin(self.oauth_config(client.app)).complete(client, tokens)

    def refreshable(self, tokens: Tokens, now: float) -> bool:
        return can_refresh_page_token(tokens, now)

    def next_refresh_at(self, tokens: Tokens, refreshed_at: float) -> float | None:
        return page_refresh_at(tokens, refreshed_at)

    async def refresh(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        return await refresh_page_token(self.oauth_config(client.app), client, tokens)

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        await probe_page_token(client, tokens)


class FacebookAccounts(AccountReader):
    coverage = PROFILE.coverage
    empty_hint = EmptyHint(
        title=Text(en="No Facebook Page was found.", zh="未找到 Facebook 公共主页。"),
        description=Text(
            en="Create a Page (facebook.com/pages/create) or ask for access to one, "
            "then authorize again and tick that Page.",
            zh="请先创建公共主页（facebook.com/pages/create）或取得已有主页的管理权限，"
            "然后重新授权并勾选该主页。",
        ),
        action=Text(en="Create a Page", zh="创建公共主页"),
        url="https://www.facebook.com/pages/create",
    )

    def several(self, app: App) -> bool:
        return True

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        fields = {"fields": f"id,accounts.limit(100){{{PAGE_FIELDS}}}"}
        me = await graph_get(client, "me", tokens.access_token, "account.read", fields)
        user_id = text_at(client, "account.read", me, "id")
        # Graph omits the edge for a user without Pages.
        edge = {"data": []} if me.get("accounts") is None else me["accounts"]
        page_rows = await fetch_all_pages(client, tokens, edge, PAGE_FIELDS)
        # Of several rows of a Page the last one with a token counts.
        page_rows.sort(key=has_page_token)
        pages = {uid: row for row in page_rows if (uid := text(row.get("id")))}
        return [
            Candidate(PROFILE.read(row, uid), page_tokens(row, tokens, user_id), user_id)
            if has_page_token(row)
            else unusable_candidate(PROFILE.read(row, uid), NO_PAGE_TOKEN)
            for uid, row in pages.items()
        ]


class FacebookWorks(WorksReader):
    paging = CursorPaging(default=25, maximum=100, previous=True)
    coverage = WORK.coverage

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
        accepted = f"facebook.insights_accepted:{account.id}"
        cached = client.cache.get(accepted)
        metrics = wanted_metrics(client.app, tokens) if cached is None else cached
        while True:
            fields = {"fields": post_fields(metrics)}
            path = f"{account.uid}/published_posts"
            request = graph_request(client, path, tokens.access_token, fields)
            try:
                return await GRAPH_LIST.page(client, page, **request)
            except PlatformFailure as failure:
                detail = failure.reading.detail
                if metrics and detail == INSIGHTS_REFUSED:
                    metrics = fewer_metrics(metrics, failure)
                    client.cache.put(accepted, metrics, REFUSAL_CACHE_SECONDS)
                elif page.limit > 1 and detail == PAGE_TOO_LARGE:
                    page = replace(page, limit=page.limit // 2)
                else:
                    raise


def post_fields(metrics: tuple[str, ...]) -> str:
    insights = f",insights.metric({','.join(metrics)}).period(lifetime){{name,period,values}}"
    return POST_FIELDS + (insights if metrics else "")


def fewer_metrics(metrics: tuple[str, ...], failure: PlatformFailure) -> tuple[str, ...]:
    """Returns the metrics to ask for after a refusal; none if insights as such are refused."""
    core = tuple(metric for metric in metrics if metric in CORE_METRICS)
    return core if refuses_a_metric(failure.reading) and core != metrics else ()


def wanted_metrics(app: App, tokens: Tokens) -> tuple[str, ...]:
    """Returns the configured metrics; none if the user declined insights."""
    if tokens.scopes is not None and INSIGHTS_SCOPE not in tokens.scopes:
        return ()
    chosen = app.option("insights_metrics", METRICS)
    return tuple(chosen.replace(",", " ").split()) if isinstance(chosen, str) else tuple(chosen)


class Facebook(Connector):
    """One authorization gives the Pages that the user chose; each Page has its own token."""

    id = Platform("facebook")
    name = Text(en="Facebook", zh="Facebook")
    mark = Mark("f", "#0a63d1")
    docs_url = "https://developers.facebook.com/docs/pages-api"
    request_id_header = REQUEST_ID_HEADER
    failures = PAGE_FAILURES
    auth = FacebookAuth()
    accounts = FacebookAccounts()
    publishing = PUBLISHING
    works = FacebookWorks()
    links = LINKS

    def adopt(self, candidate: Candidate) -> Candidate | None:
        """Returns the Page without an expiry, which AiToEarn copies from the user's token."""
        return replace(candidate, tokens=replace(candidate.tokens, expires_at=None))
