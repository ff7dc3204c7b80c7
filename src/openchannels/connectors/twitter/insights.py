"""X: single posts, and the figures of posts."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from typing import Any

from openchannels.connectors.base.figures import (
    DAY,
    FOUR_WEEKS,
    FiguresMap,
    Range,
    bounds,
    known_spans,
)
from openchannels.connectors.base.insights import REFUSED, WorkDetails, WorkInsights, check_id
from openchannels.connectors.base.paginators import ItemsPage
from openchannels.connectors.base.parse import count, dig, moment, rows, sum_if_complete, text
from openchannels.connectors.base.shapes import object_at, rows_at
from openchannels.connectors.base.sources import Source
from openchannels.connectors.twitter.fields import with_accepted_names
from openchannels.connectors.twitter.works import (
    API,
    MEDIA,
    POST_COST,
    WORK,
    merge_post,
    merge_posts,
    read_media,
)
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import DetailedWork, Period, WorkFigures, WorkSpan
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.works import ContentMode, Metrics, Work
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

POST_ID = re.compile("[0-9]{1,20}")
USER_COST = 0.01
REFUSAL_CACHE_SECONDS = 6 * 3600
NO_ACCESS = {FailureKind.PERMISSION, FailureKind.MISCONFIGURED}
ANALYTICS = (
    "impressions,likes,replies,retweets,quote_tweets,bookmarks,url_clicks,engagements,media_views"
)


def read_url(post: Any) -> str:
    owner = text(dig(post, "author", "username"))
    return f"https://x.com/{owner or 'i/web'}/status/{post['id']}"


# Posts of others can be read, too, so the answer names the author.
POST = replace(
    WORK,
    fields={
        **WORK.fields,
        "url": read_url,
        "author_name": "author.name",
        "author_uid": "author_id|author.id",
    },
)
COUNTS: Mapping[str, Source] = {
    "impressions": "impressions",
    "likes": "likes",
    "comments": "replies",
    "shares": lambda row: sum_if_complete(
        count(dig(row, name)) for name in ("retweets", "quote_tweets")
    ),
    "collects": "bookmarks",
    "saves": "bookmarks",
    "clicks": "url_clicks",
    "engagements": "engagements",
}
FIGURES = FiguresMap(Metrics, {**COUNTS, "views": "impressions"})
VIDEO_FIGURES = FiguresMap(Metrics, {**COUNTS, "views": "media_views", "plays": "media_views"})


class TwitterDetails(WorkDetails):
    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str
    ) -> DetailedWork:
        """Fetches one post with its author, which X charges as a post and a user.

        https://docs.x.com/x-api/posts/lookup/introduction
        """
        check_id(client, "works.read", work_id, POST_ID)
        fetch = partial(self._post, client, tokens, work_id)
        found = await with_accepted_names(client, fetch)
        [post] = found.items
        author = read_author(found.answer, post)
        # Posts and users that were read twice within a day are charged once.
        client.charge("works.read", POST_COST + (USER_COST if author else 0.0))
        if text(dig(author, "id")) == account.uid:
            [item] = await merge_posts(client, tokens, found.answer, [post])
        else:
            item = merge_post(post, read_media(found.answer), {})
        work = POST.read({**item, "author": author}, account)
        if work is None:
            raise client.malformed("works.read")
        return DetailedWork(work, author=work.author_uid)

    async def _post(
        self, client: PlatformClient, tokens: Tokens, work_id: str, fields: Mapping[str, str]
    ) -> ItemsPage:
        """Makes one call with these names of the fields."""
        answer = await client.get(
            f"{API}/tweets/{work_id}",
            operation="works.read",
            params={**fields, **MEDIA, "expansions": f"{MEDIA['expansions']},author_id"},
            headers=bearer(tokens),
        )
        post = object_at(client, "works.read", answer, "data")
        if text(post.get("id")) is None:
            raise client.malformed("works.read")
        return ItemsPage(answer, [post])


def read_author(answer: Any, post: Any) -> Any:
    """Returns the author among the users of an answer; None if they do not contain him."""
    users = rows(dig(answer, "includes", "users"))
    author = text(dig(post, "author_id"))
    if author is None:
        # The newer API does not name the author in the post, whose only user it is.
        return users[0] if len(users) == 1 else None
    return next((user for user in users if text(user.get("id")) == author), {"id": author})


class TwitterWorkInsights(WorkInsights):
    """Counts of a post, and its days where X gives the app their analytics."""

    def __init__(self, details: WorkDetails) -> None:
        self._details = details

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str, period: Period
    ) -> WorkFigures:
        found = await self._details.fetch(client, account, tokens, work_id)
        spans: list[WorkSpan] = []
        if found.author == account.uid:
            spans = await self._days(client, account, tokens, found.work, period)
        return WorkFigures(metrics=found.work.metrics, work=found.work, spans=spans)

    async def _days(
        self, client: PlatformClient, account: Account, tokens: Tokens, work: Work, period: Period
    ) -> list[WorkSpan]:
        """Returns the days of one's own post; a refusal is remembered for some hours."""
        now, key = client.clock(), f"twitter:analytics_refused:{account.id}"
        age = now - (work.published_at or 0.0)
        known = bounds(period, now, default=FOUR_WEEKS, kept=age)
        if known is None or client.cache.get(key):
            return []
        try:
            days = await read_analytics(client, tokens, work.id, *known)
        except PlatformFailure as failure:
            if failure.kind not in REFUSED:
                raise
            if failure.kind in NO_ACCESS:
                client.cache.put(key, True, REFUSAL_CACHE_SECONDS)
            return []
        figures = VIDEO_FIGURES if work.mode is ContentMode.VIDEO else FIGURES
        found = {
            start: figures.read(row.get("metrics"))
            for row in days
            if (start := moment(row.get("timestamp")))
        }
        return known_spans(
            WorkSpan(start, end, found[start]) for start, end in day_ends(found, known[1])
        )


def day_ends(starts: Iterable[float], last: float) -> Iterator[Range]:
    """Yields the days that begin at these times, none beyond the next one or `last`.

    Whether the first day of a period is cut where the period begins is not documented.
    """
    for start, after in pairwise([*sorted(starts), last]):
        if start < after:
            yield start, min(start + DAY, after)


async def read_analytics(
    client: PlatformClient, tokens: Tokens, post_id: str, start: float, end: float
) -> list[dict[str, Any]]:
    """Returns the rows of a post's days.

    https://docs.x.com/x-api/posts/get-post-analytics
    """
    answer = await client.get(
        f"{API}/tweets/analytics",
        operation="works.insights",
        params={
            "ids": post_id,
            "start_time": rfc3339(start),
            "end_time": rfc3339(end),
            "granularity": "daily",
            "analytics.fields": ANALYTICS,
        },
        headers=bearer(tokens),
    )
    posts = rows_at(client, "works.insights", answer, "data")
    return rows(dig(posts, 0, "timestamped_metrics"))


def rfc3339(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
