"""WeChat official accounts over a third-party platform; works are published articles."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from openchannels.connectors.base.accounts import AccountReader, unusable_candidate
from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.inbound import Inbound
from openchannels.connectors.base.mapping import BY_ACCOUNT, FromAccount, ProfileMap, WorkMap
from openchannels.connectors.base.paginators import CursorList, Item, ItemsPage
from openchannels.connectors.base.parse import count, dig, rows, text
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.wechat.component import API, FAILURES, receive
from openchannels.connectors.wechat.official_account.auth import WxGzhAuth, read_authorizer
from openchannels.connectors.wechat.official_account.links import LINKS
from openchannels.connectors.wechat.official_account.publishing import PUBLISHING
from openchannels.connectors.wechat.statistics import china_day, counts_of, daily_counts
from openchannels.core.accounts import Account, Candidate
from openchannels.core.credentials import Tokens
from openchannels.core.inbound import InboundMessage, InboundResult
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.platforms import EmptyHint, Mark, Platform, Text
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.platform_client import PlatformClient

MINI_PROGRAM = Text(
    en="This is a mini program, not an official account.", zh="这是小程序，不是公众号。"
)
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
        publication_id = text(publication["article_id"])
        articles = rows(dig(publication, "content", "news_item"))
        found += [
            {
                "id": publication_id if len(articles) == 1 else f"{publication_id}_{index + 1}",
                "position": (positions[id(publication)], index),
                "publication": publication,
                "article": article,
            }
            for index, article in enumerate(articles)
        ]
    return [item for item in found if item["position"] >= start]


def read_author(item: Any, account: Account) -> str:
    return text(dig(item, "article", "author")) or account.nickname


def read_status(item: Any) -> WorkStatus:
    deleted = dig(item, "article", "is_deleted") is True
    return WorkStatus.DELETED if deleted else WorkStatus.PUBLISHED


# `works` counts publications, each of which holds up to eight articles.
PROFILE = ProfileMap(
    Platform("wxGzh"),
    {
        "handle": "info.alias|info.user_name",
        "nickname": "info.nick_name",
        "avatar": "info.head_img",
    },
    counters={"fans": "fans", "works": "works"},
    scoped={"fansCount": DATA_CUBE},
)
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


async def publications(client: PlatformClient, tokens: Tokens, page: CursorRequest) -> ItemsPage:
    """Fetches one page of publications.

    https://developers.weixin.qq.com/doc/service/api/public/api_freepublish_batchget.html
    """
    return await PUBLICATIONS.page(
        client, page, params={"access_token": tokens.access_token}, body={"no_content": 1}
    )


class WxGzhAccounts(AccountReader):
    coverage = PROFILE.coverage
    empty_hint = EmptyHint(
        title=Text(en="The authorization opened a mini program.", zh="授权的是小程序。"),
        description=Text(
            en="Connect again and choose an official account.", zh="请重新授权并选择公众号。"
        ),
    )

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        appid = text(tokens.extra.get("appid"))
        answer = await read_authorizer(client, appid, "account.read")
        info = dig(answer, "authorizer_info")
        if appid is None or not isinstance(info, dict):
            raise client.malformed("account.read")
        if info.get("MiniProgramInfo"):
            return [unusable_candidate(PROFILE.read({"info": info}, appid), MINI_PROGRAM)]
        fans, works = await asyncio.gather(count_fans(client, tokens), count_works(client, tokens))
        answers = {"info": info, "fans": fans, "works": works}
        return [Candidate(PROFILE.read(answers, appid), tokens)]


async def count_fans(client: PlatformClient, tokens: Tokens) -> int | None:
    """Returns the followers on the last counted day; None for unverified accounts.

    https://developers.weixin.qq.com/doc/offiaccount/Analytics/User_Analysis_Data_Interface.html
    """
    yesterday = china_day(client.clock()) - timedelta(days=1)
    body = {"begin_date": f"{yesterday - timedelta(days=1)}", "end_date": f"{yesterday}"}
    try:
        answer = await client.call(
            "POST",
            f"{API}/datacube/getusercumulate",
            operation="account.stats",
            idempotent=True,
            params={"access_token": tokens.access_token},
            json_body=body,
        )
    except PlatformFailure:
        return None
    totals = [
        (str(row.get("ref_date")), count(row.get("cumulate_user")))
        for row in rows(dig(answer, "list"))
    ]
    known = [(day, total) for day, total in totals if total is not None]
    return max(known, default=("", None))[1]


async def count_works(client: PlatformClient, tokens: Tokens) -> int | None:
    """Returns the number of publications; None if it cannot be read."""
    try:
        listing = await publications(client, tokens, CursorRequest(limit=1))
    except PlatformFailure:
        return None
    return count(dig(listing.answer, "total_count"))


class WxGzhWorks(WorksReader):
    paging = CursorPaging(default=20, maximum=20)
    coverage = WORK.coverage

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
        days = await daily_counts(client, account, tokens, page_articles)
        works = WORK.read_all(
            ({**item, "counts": counts_of(item, days)} for item in page_articles), account
        )
        cursor = "{}:{}".format(*rest[0]["position"]) if rest else listing.next
        return WorksPage(items=works, next=cursor)


class WxGzhInbound(Inbound):
    async def receive(self, client: PlatformClient, message: InboundMessage) -> InboundResult:
        return await receive(client, message)


class WxGzh(Connector):
    """One authorization by an administrator gives one official account."""

    id = Platform("wxGzh")
    name = Text(en="WeChat Official", zh="微信公众号")
    mark = Mark("公", "#067a3d")
    docs_url = "https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/product/Third_party_platform_appid.html"
    sandbox_settings: ClassVar[Mapping[str, Any]] = {
        "component_token": "sandbox-wxGzh-token",
        "component_aes_key": "sandboxWxGzhEncodingAESKeyForOfflineUseOnly",
    }
    failures = FAILURES
    auth = WxGzhAuth()
    accounts = WxGzhAccounts()
    publishing = PUBLISHING
    works = WxGzhWorks()
    links = LINKS
    inbound = WxGzhInbound()

    def adopt(self, candidate: Candidate) -> Candidate | None:
        """Returns the account with its app id in the tokens, where refreshes look for it."""
        extra = {"appid": candidate.profile.uid}
        return replace(candidate, tokens=replace(candidate.tokens, extra=extra))
