"""WeChat official accounts: listing works."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openchannels.connectors.base.parse import count, dig, https, moment, rows, text
from openchannels.connectors.base.works import Works
from openchannels.connectors.wechat.official_account.api import DATA_CUBE, published
from openchannels.connectors.wechat.statistics import daily_metrics, with_metrics
from openchannels.core.accounts import Account
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.works import ContentMode, Work, WorkStatus
from openchannels.transport.platform_client import PlatformClient

Place = tuple[int, int]
"""Where an article stands: its publication in WeChat's list, and its place in that, both from 0."""


@dataclass(frozen=True, slots=True)
class Article:
    """An article with its place."""

    offset: int
    index: int
    work: Work


@dataclass(frozen=True, slots=True)
class Listing:
    """Articles in order, and the position behind them where the list goes on."""

    articles: list[Article]
    following: str | None


class WxGzhWorks(Works):
    paging = CursorPaging(default=20, maximum=20)
    coverage = FieldCoverage(
        "platformWorkId contentMode title description url coverUrl publishedAt authorName"
        " authorPlatformUid status",
        scoped=dict.fromkeys(
            (
                "viewCount",
                "likeCount",
                "commentCount",
                "shareCount",
                "collectCount",
                "saveCount",
            ),
            DATA_CUBE,
        ),
    )

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        """A page of articles, of which a publication holds up to eight.

        The cursor is the publication's place in WeChat's list and the article's place in it.
        """
        assert isinstance(page, CursorRequest)
        place, _, skipped = (page.position or "0").partition(":")
        start = (count(place) or 0, count(skipped) or 0)
        listing = await self._articles(client, account, tokens, start, page.limit)
        shown, rest = listing.articles[: page.limit], listing.articles[page.limit :]
        works = [article.work for article in shown]
        statistics = await daily_metrics(client, account, tokens, works)
        going_on = f"{rest[0].offset}:{rest[0].index}" if rest else listing.following
        return WorksPage(
            items=[with_metrics(work, statistics) for work in works],
            next=going_on,
        )

    async def _articles(
        self, client: PlatformClient, account: Account, tokens: Tokens, start: Place, limit: int
    ) -> Listing:
        """At least a page of articles from a place on, where there are so many: at most two calls.

        As many publications as articles are wanted nearly always suffice, since each holds one.
        """
        offset = start[0]
        articles: list[Article] = []
        for _ in range(2):
            answer = await published(client, tokens, offset, limit)
            publications = rows(answer.get("item"))
            articles += expand(publications, offset, account)
            offset += len(publications)
            total = count(answer.get("total_count"))
            ended = len(publications) < limit if total is None else offset >= total
            articles = [found for found in articles if (found.offset, found.index) >= start]
            if ended or not publications or len(articles) >= limit:
                break
        return Listing(articles, None if ended or not publications else f"{offset}:0")


def expand(
    publications: Sequence[Mapping[str, Any]], offset: int, account: Account
) -> list[Article]:
    """The articles of publications in the order of the list, each with its place."""
    found = []
    for place, publication in enumerate(publications, offset):
        items = rows(dig(publication, "content", "news_item"))
        name = text(publication.get("article_id"))
        for index, item in enumerate(items if name else []):
            identifier = str(name) if len(items) == 1 else f"{name}_{index + 1}"
            work = read_work(identifier, publication, item, account)
            found.append(Article(place, index, work))
    return found


def read_work(
    identifier: str, publication: Mapping[str, Any], item: Mapping[str, Any], account: Account
) -> Work:
    return Work(
        id=identifier,
        mode=ContentMode.IMAGE,
        title=text(item.get("title")),
        description=text(item.get("digest")),
        url=https(item.get("url")),
        cover_url=https(item.get("thumb_url")),
        published_at=moment(publication.get("update_time")),
        author_name=text(item.get("author")) or account.nickname,
        author_uid=account.uid,
        status=WorkStatus.DELETED if item.get("is_deleted") is True else WorkStatus.PUBLISHED,
    )
