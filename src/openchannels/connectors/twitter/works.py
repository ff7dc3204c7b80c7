"""X: listing works."""

import html
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from openchannels.connectors.base.mapping import WorkMap
from openchannels.connectors.base.paginators import Item, ItemsPage
from openchannels.connectors.base.parse import count, dig, first, https, moment, rows, text
from openchannels.connectors.base.sources import BY_ACCOUNT, FromAccount
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.twitter.fields import DAY, accepted_names, with_accepted_names
from openchannels.connectors.twitter.timeline import (
    MAX_RESULTS,
    TIMELINE,
    TimelinePage,
    period_params,
)
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.platforms import Text
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

API = "https://api.x.com/2"
MAX_CALLS_PER_PAGE = 3
"""Most calls for one page while the answers are empty and a next page exists."""
PRIVATE_METRICS_SECONDS = 30 * DAY
POST_COST = 0.005
PRIVATE = "platforms.twitter.private_metrics"
MEDIA = {
    "expansions": "attachments.media_keys",
    "media.fields": "type,url,preview_image_url,public_metrics",
}


def merge_post(post: Item, media: Mapping[str, Item], private: Mapping[str, Any]) -> Item:
    """Returns one post merged with its media and private metrics."""
    media_keys = dig(post, "attachments", "media_keys")
    keys = [str(key) for key in media_keys] if isinstance(media_keys, list) else []
    return {
        **post,
        "keys": keys,
        "attached": [media[key] for key in keys if key in media],
        "private": private.get(str(post["id"])),
    }


def read_mode(post: Any) -> ContentMode:
    """Returns the mode; an attachment that the answer does not describe is an image."""
    if any(item.get("type") in ("video", "animated_gif") for item in post["attached"]):
        return ContentMode.VIDEO
    return ContentMode.IMAGE if post["keys"] else ContentMode.TEXT


def read_text(post: Any) -> str:
    long_text = first((dig(post, "note_tweet", "text"), dig(post, "note_post", "text")))
    return html.unescape(text(long_text) or text(post.get("text")) or "")


def read_url(post: Any, account: Account) -> str:
    return f"https://x.com/{account.handle or 'i/web'}/status/{post['id']}"


def read_cover(post: Any) -> Any:
    pictures = ((item.get("url"), item.get("preview_image_url")) for item in post["attached"])
    return first(https(address) for picture in pictures for address in picture)


def read_plays(post: Any) -> Any:
    return first(count(dig(item, "public_metrics", "view_count")) for item in post["attached"])


def read_views(post: Any) -> Any:
    return first((read_plays(post), dig(post, "public_metrics", "impression_count")))


def read_shares(post: Any) -> int | None:
    public = dig(post, "public_metrics")
    reposts = count(first((dig(public, "retweet_count"), dig(public, "repost_count"))))
    quotes = count(dig(public, "quote_count"))
    return None if reposts is None or quotes is None else reposts + quotes


# https://docs.x.com/x-api/fundamentals/metrics
WORK = WorkMap(
    {
        "id": "id",
        "mode": read_mode,
        "description": read_text,
        "url": FromAccount(read_url),
        "cover_url": read_cover,
        "published_at": "created_at",
        **BY_ACCOUNT,
        "status": WorkStatus.PUBLISHED,
    },
    metrics={
        "views": read_views,
        "plays": read_plays,
        "impressions": "public_metrics.impression_count",
        "likes": "public_metrics.like_count",
        "comments": "public_metrics.reply_count",
        "shares": read_shares,
        "collects": "public_metrics.bookmark_count",
        "saves": "public_metrics.bookmark_count",
        "clicks": "private.url_link_clicks",
        "engagements": "private.engagements",
    },
    scoped=dict.fromkeys(("clickCount", "engagementCount"), PRIVATE),
    never={"title": Text(en="Posts on X have no title.", zh="X 的帖子没有标题。")},
)


class TwitterWorks(WorksReader):
    paging = CursorPaging(default=10, maximum=MAX_RESULTS, previous=True)
    coverage = WORK.coverage
    filters_by_time = True
    newest_first = True

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        """Fetches one page of posts; follows up to two empty answers to the next page.

        https://docs.x.com/x-api/posts/timelines/introduction
        """
        assert isinstance(page, CursorRequest)
        for _ in range(MAX_CALLS_PER_PAGE):
            fetch = partial(self._posts, client, account, tokens, page)
            listing = await with_accepted_names(client, fetch)
            # Posts that were read twice within a day are charged once.
            client.charge("works.list", POST_COST * len(rows(dig(listing.answer, "data"))))
            posts = TimelinePage.of(listing.answer, listing.items, page).posts
            following = listing.next if page.direction == "next" else listing.previous
            if posts or following is None:
                break
            page = replace(page, position=following)
        items = await merge_posts(client, tokens, listing.answer, posts)
        return replace(listing, items=items).works(WORK, account)

    async def _posts(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        page: CursorRequest,
        fields: Mapping[str, str],
    ) -> ItemsPage:
        """Makes one call with these names of the fields."""
        params = {
            **fields,
            **MEDIA,
            "exclude": client.app.option("exclude", "retweets,replies"),
            **period_params(page.period, client.clock()),
        }
        url = f"{API}/users/{account.uid}/tweets"
        return await TIMELINE.page(client, page, url=url, params=params, headers=bearer(tokens))


async def merge_posts(
    client: PlatformClient, tokens: Tokens, answer: Any, posts: list[Item]
) -> list[Item]:
    """Returns the account's own posts merged with the media of their answer and private metrics."""
    private = await read_private(client, tokens, posts)
    return [merge_post(post, read_media(answer), private) for post in posts]


def read_media(answer: Any) -> dict[str, Item]:
    """Returns the media of an answer by key."""
    included = rows(dig(answer, "includes", "media"))
    return {str(item.get("media_key")): item for item in included}


async def read_private(client: PlatformClient, tokens: Tokens, posts: list[Item]) -> dict[str, Any]:
    """Returns clicks and engagements by post if the setting is on; empty if the call fails.

    Only recent posts have them, and a list call with these fields would omit older posts.
    https://docs.x.com/x-api/fundamentals/metrics
    """
    since = client.clock() - PRIVATE_METRICS_SECONDS
    recent_ids = [str(p["id"]) for p in posts if (moment(p.get("created_at")) or 0) > since]
    if not recent_ids or not client.app.option("private_metrics"):
        return {}
    name = next(iter(accepted_names(client)))
    try:
        answer = await client.get(
            f"{API}/tweets",
            operation="works.private",
            params={"ids": ",".join(recent_ids), name: "non_public_metrics"},
            headers=bearer(tokens),
        )
    except PlatformFailure:
        return {}
    return {str(p.get("id")): p.get("non_public_metrics") for p in rows(dig(answer, "data"))}
