"""Facebook: listing works."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from openchannels.connectors.base.parse import count, dig, first, https, moment, rows, text
from openchannels.connectors.base.works import Works
from openchannels.connectors.meta.facebook.auth import INSIGHTS_SCOPE
from openchannels.connectors.meta.graph import (
    DIALOG,
    INSIGHTS_REFUSED,
    TOO_MUCH,
    graph_get,
    graph_url,
    insight_values,
    next_position,
    position_params,
    previous_position,
)
from openchannels.core.accounts import Account
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.works import ContentMode, Metrics, Work, WorkStatus
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

REFUSAL_REMEMBERED = 6 * 3600
# Never `type`, `link`, `name`, `caption`, `description`, `object_id` or `source` of a post: any of
# them fails the request with code 12.
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


class FacebookWorks(Works):
    paging = CursorPaging(default=25, maximum=100, previous=True)
    coverage = FieldCoverage(
        "platformWorkId contentMode title description url coverUrl publishedAt authorName"
        " authorPlatformUid status likeCount commentCount shareCount",
        scoped=dict.fromkeys(
            ("viewCount", "playCount", "reachCount", "clickCount", "watchTimeSeconds"),
            "read_insights",
        ),
    )

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        assert isinstance(page, CursorRequest)
        listing = await self._listing(client, account, tokens, page)
        paging = dig(listing, "paging")
        return WorksPage(
            items=[
                read_work(post, account)
                for post in rows(dig(listing, "data"))
                if text(post.get("id"))
            ],
            next=next_position(paging),
            previous=previous_position(paging, first_page=page.position is None),
        )

    async def _listing(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: CursorRequest
    ) -> Any:
        """One call where all goes well; else without insights, else with fewer posts."""
        refusal = f"facebook.insights_refused:{account.id}"
        metrics = () if client.cache.get(refusal) else wanted_metrics(client.app, tokens)
        while True:
            try:
                return await self._posts(client, account, tokens, page, metrics)
            except PlatformFailure as failure:
                detail = failure.reading.detail
                if metrics and detail == INSIGHTS_REFUSED:
                    metrics = ()
                    client.cache.put(refusal, True, REFUSAL_REMEMBERED)
                elif page.limit > 1 and detail == TOO_MUCH:
                    page = replace(page, limit=page.limit // 2)
                else:
                    raise

    async def _posts(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        page: CursorRequest,
        metrics: tuple[str, ...],
    ) -> Any:
        fields = POST_FIELDS
        if metrics:
            listed = ",".join(metrics)
            fields += f",insights.metric({listed}).period(lifetime){{name,period,values}}"
        return await graph_get(
            client,
            graph_url(client, f"{account.uid}/published_posts"),
            tokens.access_token,
            "works.list",
            {"fields": fields, "limit": page.limit, **position_params(page.position)},
        )


def wanted_metrics(app: App, tokens: Tokens) -> tuple[str, ...]:
    """The configured metrics; none where the person is known to have declined insights."""
    if tokens.scopes is not None and INSIGHTS_SCOPE not in tokens.scopes:
        return ()
    chosen = app.option("insights_metrics", METRICS)
    return tuple(chosen.replace(",", " ").split()) if isinstance(chosen, str) else tuple(chosen)


def read_work(post: Mapping[str, Any], account: Account) -> Work:
    attached = attachments(post)
    mode = read_mode(post, attached)
    author = text(dig(post, "from", "id")) or account.uid
    own_name = account.nickname if author == account.uid else None
    return Work(
        id=str(post["id"]),
        mode=mode,
        title=read_title(attached),
        description=text(post.get("message")) or text(post.get("story")),
        url=read_url(post),
        cover_url=read_cover(post, attached),
        published_at=moment(post.get("created_time")),
        author_name=text(dig(post, "from", "name")) or own_name,
        author_uid=author,
        status=WorkStatus.DRAFT if post.get("is_published") is False else WorkStatus.PUBLISHED,
        metrics=read_metrics(post, video=mode is ContentMode.VIDEO),
    )


def attachments(post: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Attachments, each followed by those inside it."""
    return [
        part
        for outer in rows(dig(post, "attachments", "data"))
        for part in (outer, *rows(dig(outer, "subattachments", "data")))
    ]


def kind_of(part: Mapping[str, Any]) -> str:
    """What an attachment is: `link`, or its two type names together."""
    media, kind = str(part.get("media_type")).lower(), str(part.get("type")).lower()
    preview = media == "link" or (kind == "share" and part.get("media_type") is None)
    return "link" if preview else f"{media} {kind}"


def read_mode(post: Mapping[str, Any], attached: list[dict[str, Any]]) -> ContentMode:
    kinds = [kind_of(part) for part in attached]
    address = str(post.get("permalink_url"))
    if (
        any("video" in kind for kind in kinds)
        or post.get("status_type") == "added_video"
        or any(part in address for part in ("/videos/", "/reel/"))
    ):
        return ContentMode.VIDEO
    if kinds and all(kind == "link" for kind in kinds):
        return ContentMode.TEXT
    pictured = any(word in kind for kind in kinds for word in ("photo", "album", "image"))
    return ContentMode.IMAGE if pictured or text(post.get("full_picture")) else ContentMode.TEXT


def read_title(attached: list[dict[str, Any]]) -> str | None:
    """The title of a video or a link; that of an album only repeats the Page's name."""
    titled = (part for part in attached if kind_of(part) == "link" or "video" in kind_of(part))
    return next(filter(None, (text(part.get("title")) for part in titled)), None)


def read_url(post: Mapping[str, Any]) -> str | None:
    address = text(post.get("permalink_url"))
    if address and address.startswith("/") and not address.startswith("//"):
        return DIALOG + address
    return https(address)


def read_cover(post: Mapping[str, Any], attached: list[dict[str, Any]]) -> str | None:
    pictures = (https(dig(part, "media", "image", "src")) for part in attached)
    return https(post.get("full_picture")) or first(pictures)


def read_metrics(post: Mapping[str, Any], *, video: bool) -> Metrics:
    """Likes, comments and shares come from the post's fields, everything else from insights."""
    values = insight_values(post)
    watched = values.get("post_video_view_time") if video else None
    return Metrics(
        views=values.get("post_media_view"),
        reach=values.get("post_total_media_view_unique"),
        plays=values.get("post_video_views") if video else None,
        watch_seconds=None if watched is None else watched / 1000,
        likes=count(dig(post, "reactions", "summary", "total_count")),
        comments=count(dig(post, "comments", "summary", "total_count")),
        shares=count(dig(post, "shares", "count")),
        clicks=values.get("post_clicks"),
    )
