"""Google Business Profile: listing local posts, and reading one."""

import re
from dataclasses import replace
from typing import Any

from openchannels.connectors.base.insights import WorkDetails, check_id
from openchannels.connectors.base.mapping import WorkMap
from openchannels.connectors.base.parse import dig, moment, rows
from openchannels.connectors.base.sources import BY_ACCOUNT
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.google.business.api import PAGES, posts_url, resource_id
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import DetailedWork
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Text
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

WORK_ID = re.compile("[A-Za-z0-9_-]{1,128}")
LOCATION = re.compile("/locations/(?P<id>[^/]+)/localPosts/")
STATES = {
    "LIVE": WorkStatus.PUBLISHED,
    "PROCESSING": WorkStatus.PROCESSING,
    "REJECTED": WorkStatus.REJECTED,
    "SCHEDULED": WorkStatus.SCHEDULED,
    "RECURRING": WorkStatus.SCHEDULED,
}
NO_METRICS = Text(
    en="Google switched off the metrics of single posts in February 2023.",
    zh="Google 已于 2023 年 2 月停止提供单条帖子的数据。",
)


def read_mode(post: Any) -> ContentMode:
    media = rows(dig(post, "media"))
    if any(part.get("mediaFormat") == "VIDEO" for part in media):
        return ContentMode.VIDEO
    return ContentMode.IMAGE if media else ContentMode.TEXT


def read_status(post: Any) -> WorkStatus | None:
    return STATES.get(str(dig(post, "state")))


def read_published(post: Any) -> float | None:
    scheduled = dig(post, "scheduledTime") if read_status(post) is WorkStatus.SCHEDULED else None
    return moment(scheduled) or moment(dig(post, "createTime"))


# Events and offers both have their title under `event`.
WORK = WorkMap(
    {
        "id": lambda post: resource_id(dig(post, "name")),
        "mode": read_mode,
        "title": "event.title",
        "description": "summary",
        "url": "searchUrl",
        "cover_url": "media.0.googleUrl|media.0.thumbnailUrl",
        "published_at": read_published,
        **BY_ACCOUNT,
        "status": read_status,
    },
    otherwise=NO_METRICS,
)
POST_LIST = replace(PAGES, items="localPosts")


class GoogleBusinessWorks(WorksReader):
    paging = CursorPaging(default=20, maximum=100)
    coverage = WORK.coverage

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        """Fetches one page of local posts. https://developers.google.com/my-business/content/posts-data"""
        assert isinstance(page, CursorRequest)
        url = posts_url(account)
        try:
            posts = await POST_LIST.page(client, page, url=url, headers=bearer(tokens))
        except PlatformFailure as failure:
            raise with_invalid_cursor(failure, page) from failure
        return posts.works(WORK, account)


class GoogleBusinessDetails(WorkDetails):
    own_only = True

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str
    ) -> DetailedWork:
        """Fetches one local post of the location; Google counts nothing of single posts."""
        operation = "works.read"
        check_id(client, operation, work_id, WORK_ID)
        url = f"{posts_url(account)}/{work_id}"
        post = await client.get(url, operation=operation, headers=bearer(tokens))
        work, location = WORK.read(post, account), LOCATION.search(str(post.get("name")))
        if work is None or location is None:
            raise client.malformed(operation)
        return DetailedWork(work, author=location["id"])


def with_invalid_cursor(failure: PlatformFailure, page: CursorRequest) -> PlatformFailure:
    """Returns the failure with `cursor` set if the page token is the invalid argument."""
    if failure.kind is not FailureKind.INVALID or page.position is None:
        return failure
    return failure.with_reading(replace(failure.reading, cursor=True))
