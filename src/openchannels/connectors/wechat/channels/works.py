"""WeChat Channels: listing works, of which the platform has a list for each kind."""

from dataclasses import replace
from typing import Any

from openchannels.connectors.base.mapping import WorkMap
from openchannels.connectors.base.paginators import Item, ItemsPage, PageList
from openchannels.connectors.base.parse import count, dig, integer, rows, text
from openchannels.connectors.base.sources import BY_ACCOUNT
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.wechat.channels.api import API, call_body, call_headers
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.paging import NumberRequest, PagePaging, PageRequest, WorksPage
from openchannels.core.platforms import Text
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.platform_client import PlatformClient

LISTS = {ContentMode.VIDEO: 11, ContentMode.IMAGE: 10}
MODES = {4: ContentMode.VIDEO, 2: ContentMode.IMAGE}


def read_mode(item: Any) -> ContentMode:
    """Returns the mode of a post, or else of the list that contains it."""
    list_mode: ContentMode = item["list_mode"]
    return MODES.get(count(dig(item, "desc", "mediaType")) or 0, list_mode)


def read_title(item: Any) -> str | None:
    """Returns the short title, or the first line of the description."""
    description = text(dig(item, "desc", "description")) or ""
    title = text(dig(item, "desc", "shortTitle", 0, "shortTitle"))
    return title or next(iter(description.strip().splitlines()), None)


def read_status(item: Any) -> WorkStatus | None:
    if dig(item, "disableInfo", "isDisabled") is True:
        return WorkStatus.UNAVAILABLE
    visible = integer(dig(item, "visibleType"))
    if visible is None:
        return None
    return WorkStatus.PUBLISHED if visible == 1 else WorkStatus.PRIVATE


def read_plays(item: Any) -> Any:
    return dig(item, "readCount") if read_mode(item) is ContentMode.VIDEO else None


def has_next(answer: Any, _items: list[Item], page: NumberRequest) -> bool:
    listing = dig(answer, "data")
    total = count(dig(listing, "totalCount"))
    if total is not None:
        return page.page * page.size < total
    continue_flag = count(dig(listing, "continueFlag"))
    return (
        len(rows(dig(listing, "list"))) >= page.size if continue_flag is None else continue_flag > 0
    )


WORK = WorkMap(
    {
        "id": "exportId|objectId",
        "mode": read_mode,
        "title": read_title,
        "description": "desc.description",
        "cover_url": "desc.media.0.coverUrl|desc.media.0.fullCoverUrl|desc.media.0.thumbUrl",
        "published_at": "createTime",
        **BY_ACCOUNT,
        "status": read_status,
    },
    metrics={
        "views": "readCount",
        "plays": read_plays,
        "likes": "likeCount",
        "comments": "commentCount",
        "shares": "forwardCount",
        "collects": "favCount",
        "saves": "favCount",
    },
    never={
        "url": Text(
            en="The list carries no public address; each would cost a call of its own.",
            zh="列表中没有公开链接，逐条获取需要额外调用。",
        )
    },
)
POSTS = PageList(
    url=f"{API}/post/post_list",
    items="data.list",
    id="exportId|objectId",
    in_body=True,
    size="pageSize",
    number="currentPage",
    total="data.totalCount",
    has_next=has_next,
    empty=lambda answer: count(dig(answer, "data", "totalCount")) == 0,
)


class WxSphWorks(WorksReader):
    paging = PagePaging(default=20, maximum=20, total=True)
    coverage = WORK.coverage
    option = "list_works"

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        """Fetches one page of videos or of image posts: the platform has a list for each."""
        assert isinstance(page, NumberRequest)
        mode = page.content_mode or ContentMode.VIDEO
        if mode not in LISTS:
            return WorksPage(total=0)
        posts = await read_posts(client, account, tokens, mode, page)
        return posts.works(WORK, account)


async def read_posts(
    client: PlatformClient,
    account: Account,
    tokens: Tokens,
    mode: ContentMode,
    page: NumberRequest,
    operation: str = "works.list",
) -> ItemsPage:
    """Fetches one page of the list of a mode, once."""
    posts = await POSTS.page(
        client,
        page,
        operation=operation,
        idempotent=False,
        headers=call_headers(tokens.access_token),
        body={
            **call_body(client, text(account.facts.get("finderUsername"))),
            "userpageType": LISTS[mode],
            "stickyOrder": True,
        },
    )
    return replace(posts, items=[{**item, "list_mode": mode} for item in posts.items])
