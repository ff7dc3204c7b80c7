"""WeChat official accounts: listing published articles."""

from dataclasses import replace
from typing import Any

from openchannels.connectors.base.mapping import WorkMap
from openchannels.connectors.base.paginators import CursorList, Item, ItemsPage
from openchannels.connectors.base.parse import count, dig, rows, text
from openchannels.connectors.base.sources import BY_ACCOUNT, FromAccount
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.wechat.component import API
from openchannels.connectors.wechat.statistics import counts_of, daily_counts
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.platform_client import PlatformClient

DATA_CUBE = "data cube of a verified account"
"""What an account needs for counts."""

ArticlePosition = tuple[int, int]
"""Index of an article's publication in WeChat's list, and of the article in it, both from 0."""


def read_position(page: CursorRequest) -> ArticlePosition:
    publication, _, article = (page.position or "0").partition(":")
    return count(publication) or 0, count(article) or 0


def read_paging(page: CursorRequest) -> dict[str, int]:
    return {"offset": read_position(page)[0], "count": page.limit}


def next_position(answer: Any, _items: list[Item], page: CursorRequest) -> str | None:
    """Returns the position after the answer's publications, also counting those without an id."""
    number = len(rows(dig(answer, "item")))
    next_offset = read_position(page)[0] + number
    total = count(dig(answer, "total_count"))
    is_last = number < page.limit if total is None else next_offset >= total
    return None if is_last or not number else f"{next_offset}:0"


def is_listing(answer: Any) -> bool:
    """Returns whether an answer without a list means an empty list."""
    return isinstance(answer, dict) and bool(answer.keys() & {"item", "total_count"})


def articles_of_page(listing: ItemsPage, page: CursorRequest) -> list[Item]:
    """Returns the articles of a page's publications with positions, from the page's start on."""
    start = read_position(page)
    # By identity: positions count the raw list, which may be longer than `items`.
    positions = {
        id(row): position for position, row in enumerate(rows(listing.answer.get("item")), start[0])
    }
    found: list[Item] = []
    for publication in listing.items:
        position = positions[id(publication)]
        found += [
            {**article, "position": (position, index)}
            for index, article in enumerate(articles_of(publication))
        ]
    return [item for item in found if item["position"] >= start]


def articles_of(publication: Item) -> list[Item]:
    """Returns the articles of a publication, each under an id of its own."""
    publication_id = text(publication["article_id"])
    articles = rows(dig(publication, "content", "news_item"))
    return [
        {
            "id": publication_id if len(articles) == 1 else f"{publication_id}_{number}",
            "publication": publication,
            "article": article,
        }
        for number, article in enumerate(articles, 1)
    ]


def read_author(item: Any, account: Account) -> str:
    return text(dig(item, "article", "author")) or account.nickname


def read_status(item: Any) -> WorkStatus:
    deleted = dig(item, "article", "is_deleted") is True
    return WorkStatus.DELETED if deleted else WorkStatus.PUBLISHED


# WeChat counts people who read or shared, not how often they did.
WORK = WorkMap(
    {
        "id": "id",
        "mode": ContentMode.IMAGE,
        "title": "article.title",
        "description": "article.digest",
        "url": "article.url",
        "cover_url": "article.thumb_url",
        "published_at": "publication.update_time",
        **BY_ACCOUNT,
        "author_name": FromAccount(read_author),
        "status": read_status,
    },
    metrics_at="counts",
    metrics={
        "views": "read_user",
        "likes": "like_user",
        "comments": "comment_count",
        "shares": "share_user",
        "collects": "collection_user",
        "saves": "collection_user",
    },
    scoped=dict.fromkeys(
        (
            *("viewCount", "likeCount", "commentCount"),
            *("shareCount", "collectCount", "saveCount"),
        ),
        DATA_CUBE,
    ),
)
# https://developers.weixin.qq.com/doc/service/api/public/api_freepublish_batchget.html
PUBLICATIONS = CursorList(
    url=f"{API}/cgi-bin/freepublish/batchget",
    items="item",
    id="article_id",
    in_body=True,
    paging=read_paging,
    next=next_position,
    empty=is_listing,
)


async def publications(
    client: PlatformClient, tokens: Tokens, page: CursorRequest, operation: str = "works.list"
) -> ItemsPage:
    """Fetches one page of publications.

    https://developers.weixin.qq.com/doc/service/api/public/api_freepublish_batchget.html
    """
    return await PUBLICATIONS.page(
        client,
        page,
        operation=operation,
        params={"access_token": tokens.access_token},
        body={"no_content": 1},
    )


async def with_counts(
    client: PlatformClient, account: Account, tokens: Tokens, articles: list[Item]
) -> list[Item]:
    """Returns articles with the counts that the data cube has of them."""
    days = await daily_counts(client, account, tokens, articles)
    return [{**item, "counts": counts_of(item, days)} for item in articles]


class WxGzhWorks(WorksReader):
    paging = CursorPaging(default=20, maximum=20)
    coverage = WORK.coverage
    newest_first = True

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        """Fetches one page of articles; a publication contains up to eight.

        Each publication contains at least one article, so one call nearly always fills the page;
        there are at most two. The cursor is the position of the next article.
        """
        assert isinstance(page, CursorRequest)
        articles: list[Item] = []
        for _ in range(2):
            listing = await publications(client, tokens, page)
            articles += articles_of_page(listing, page)
            if listing.next is None or len(articles) >= page.limit:
                break
            page = replace(page, position=listing.next)
        page_articles, rest = articles[: page.limit], articles[page.limit :]
        counted = await with_counts(client, account, tokens, page_articles)
        works = WORK.read_all(counted, account)
        cursor = "{}:{}".format(*rest[0]["position"]) if rest else listing.next
        return WorksPage(items=works, next=cursor)
