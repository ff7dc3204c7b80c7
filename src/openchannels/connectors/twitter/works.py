"""X: listing works."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openchannels.connectors.base.parse import count, dig, first, https, moment, rows, text
from openchannels.connectors.base.works import Works
from openchannels.connectors.twitter.api import API, DAY, FIELDS, NEW_FIELDS, RENAMED
from openchannels.core.accounts import Account
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.platforms import Text
from openchannels.core.works import ContentMode, Metrics, Work, WorkStatus
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

SMALLEST, LARGEST = 5, 100
CALLS_A_PAGE = 3
"""How often a page is asked for while what comes is empty and has more behind it."""
YOUNG = 30 * DAY
POST_COST = 0.005
RENAMED_KEY = "twitter:fields_renamed"
PRIVATE = "platforms.twitter.private_metrics"


class TwitterWorks(Works):
    paging = CursorPaging(default=10, maximum=LARGEST, previous=True)
    coverage = FieldCoverage(
        "platformWorkId contentMode description url coverUrl publishedAt authorName"
        " authorPlatformUid status viewCount playCount impressionCount likeCount commentCount"
        " shareCount collectCount saveCount",
        scoped=dict.fromkeys(("clickCount", "engagementCount"), PRIVATE),
        never={"title": Text(en="Posts on X have no title.", zh="X 的帖子没有标题。")},
    )

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        """A page of posts. An empty answer with more behind it is followed a little."""
        assert isinstance(page, CursorRequest)
        place = TimelinePosition.read(page.position)
        for _ in range(CALLS_A_PAGE):
            listing = await self._timeline(client, account, tokens, place.params(page))
            cut = Cut.of(listing, place, page)
            onward = cut.next if page.direction == "next" else cut.previous
            if cut.posts or onward is None:
                break
            place = onward
        media = {str(m.get("media_key")): m for m in rows(dig(listing, "includes", "media"))}
        private = await self._private(client, tokens, cut.posts)
        return WorksPage(
            items=[read_work(post, media, private, account) for post in cut.posts],
            next=str(cut.next) if cut.next else None,
            previous=str(cut.previous) if cut.previous else None,
        )

    async def _timeline(
        self, client: PlatformClient, account: Account, tokens: Tokens, params: Mapping[str, Any]
    ) -> Any:
        """One call, by the names of fields that the server was last seen to take."""
        if not client.cache.get(RENAMED_KEY):
            try:
                return await self._posts(client, account, tokens, {**params, **FIELDS})
            except PlatformFailure as failure:
                if failure.reading.detail != RENAMED:
                    raise
                client.cache.put(RENAMED_KEY, True, DAY)
        return await self._posts(client, account, tokens, {**params, **NEW_FIELDS})

    async def _posts(
        self, client: PlatformClient, account: Account, tokens: Tokens, params: Mapping[str, Any]
    ) -> Any:
        """https://docs.x.com/x-api/posts/timelines/introduction"""
        listing = await client.get(
            f"{API}/users/{account.uid}/tweets",
            operation="works.list",
            params={
                **params,
                "exclude": client.app.option("exclude", "retweets,replies"),
                "expansions": "attachments.media_keys",
                "media.fields": "type,url,preview_image_url,public_metrics",
            },
            headers=bearer(tokens),
        )
        client.charge("works.list", POST_COST * len(rows(dig(listing, "data"))))
        return listing

    async def _private(
        self, client: PlatformClient, tokens: Tokens, posts: list[dict[str, Any]]
    ) -> dict[str, Any]:
        """Clicks and engagements, where the setting asks for them; their failure costs nothing.

        Asked together with older posts they would take those out of the answer.
        https://docs.x.com/x-api/fundamentals/metrics
        """
        since = client.clock() - YOUNG
        young = [str(p["id"]) for p in posts if (moment(p.get("created_at")) or 0) > since]
        if not young or not client.app.option("private_metrics"):
            return {}
        renamed = client.cache.get(RENAMED_KEY)
        name = next(iter(NEW_FIELDS if renamed else FIELDS))
        try:
            answer = await client.get(
                f"{API}/tweets",
                operation="works.private",
                params={"ids": ",".join(young), name: "non_public_metrics"},
                headers=bearer(tokens),
            )
        except PlatformFailure:
            return {}
        return {str(p.get("id")): p.get("non_public_metrics") for p in rows(dig(answer, "data"))}


@dataclass(frozen=True, slots=True)
class TimelinePosition:
    """A point between two posts of a timeline, from which both directions start.

    `token` fetches the posts around it, None the newest ones. `taken` counts the posts between
    the point and the end of the fetch at which `token` holds on: the first post for a token that
    leads to older ones, the last for one that leads back. `after` is the post before the point:
    what was published or deleted since the fetch moves the count, but not the post.
    """

    token: str | None = None
    taken: int = 0
    back: bool = False
    after: str = ""

    @classmethod
    def read(cls, position: str | None) -> "TimelinePosition":
        if position is None:
            return cls()
        way, taken, after, token = position.split(".", 3)
        return cls(token or None, int(taken), way == "b", after)

    def __str__(self) -> str:
        return f"{'b' if self.back else 'f'}.{self.taken}.{self.after}.{self.token or ''}"

    def params(self, page: CursorRequest) -> dict[str, Any]:
        """X gives no fewer than five posts, so a small page is cut out of a larger fetch."""
        onward = self.back == (page.direction == "previous")
        wanted = self.taken + (page.limit if onward else 0)
        size = min(LARGEST, max(SMALLEST, wanted))
        return {"max_results": size, "pagination_token": self.token}

    def index(self, ids: list[str]) -> int:
        if self.after in ids:
            return ids.index(self.after) + 1
        return max(0, len(ids) - self.taken) if self.back else min(self.taken, len(ids))

    def moved(self, ids: list[str], index: int) -> "TimelinePosition":
        """Another point of the same fetch."""
        taken = len(ids) - index if self.back else index
        return TimelinePosition(self.token, taken, self.back, ids[index - 1] if index else "")


@dataclass(frozen=True, slots=True)
class Cut:
    """The posts of a fetch that make the page, and the points at its two ends."""

    posts: list[dict[str, Any]]
    next: TimelinePosition | None
    previous: TimelinePosition | None

    @classmethod
    def of(cls, listing: Any, place: TimelinePosition, page: CursorRequest) -> "Cut":
        posts = [post for post in rows(dig(listing, "data")) if text(post.get("id"))]
        ids = [str(post["id"]) for post in posts]
        at = place.index(ids)
        if page.direction == "next":
            start, end = at, min(at + page.limit, len(ids))
        else:
            start, end = max(0, at - page.limit), at
        older = text(dig(listing, "meta", "next_token"))
        newer = text(dig(listing, "meta", "previous_token"))
        following = TimelinePosition(older) if older else None
        preceding = TimelinePosition(newer, back=True) if newer else None
        return cls(
            posts[start:end],
            next=place.moved(ids, end) if end < len(ids) else following,
            previous=place.moved(ids, start) if start else preceding,
        )


def read_work(
    post: Mapping[str, Any],
    media: Mapping[str, dict[str, Any]],
    private: Mapping[str, Any],
    account: Account,
) -> Work:
    uid = str(post["id"])
    listed = dig(post, "attachments", "media_keys")
    keys = [str(key) for key in listed] if isinstance(listed, list) else []
    attached = [media[key] for key in keys if key in media]
    long = first((dig(post, "note_tweet", "text"), dig(post, "note_post", "text")))
    return Work(
        id=uid,
        mode=read_mode(keys, attached),
        description=html.unescape(text(long) or text(post.get("text")) or "") or None,
        url=f"https://x.com/{account.handle or 'i/web'}/status/{uid}",
        cover_url=first(map(read_cover, attached)),
        published_at=moment(post.get("created_at")),
        author_name=account.nickname,
        author_uid=account.uid,
        status=WorkStatus.PUBLISHED,
        metrics=read_metrics(post.get("public_metrics"), attached, private.get(uid)),
    )


def read_mode(keys: list[str], attached: list[dict[str, Any]]) -> ContentMode:
    """Something attached that the answer does not describe counts as a picture."""
    if any(item.get("type") in ("video", "animated_gif") for item in attached):
        return ContentMode.VIDEO
    return ContentMode.IMAGE if keys else ContentMode.TEXT


def read_cover(item: Mapping[str, Any]) -> str | None:
    return https(item.get("url")) or https(item.get("preview_image_url"))


def read_metrics(public: Any, attached: list[dict[str, Any]], private: Any) -> Metrics:
    """https://docs.x.com/x-api/fundamentals/metrics"""
    watched = first(count(dig(item, "public_metrics", "view_count")) for item in attached)
    impressions = count(dig(public, "impression_count"))
    reposts = count(first((dig(public, "retweet_count"), dig(public, "repost_count"))))
    quotes = count(dig(public, "quote_count"))
    bookmarks = count(dig(public, "bookmark_count"))
    return Metrics(
        views=impressions if watched is None else watched,
        plays=watched,
        impressions=impressions,
        likes=count(dig(public, "like_count")),
        comments=count(dig(public, "reply_count")),
        shares=None if reposts is None or quotes is None else reposts + quotes,
        collects=bookmarks,
        saves=bookmarks,
        clicks=count(dig(private, "url_link_clicks")),
        engagements=count(dig(private, "engagements")),
    )
