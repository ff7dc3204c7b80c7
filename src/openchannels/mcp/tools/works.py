"""Tools on works: posts, videos and articles of an account, and their figures."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from openchannels.client import DetailedWork, Work, WorkSnapshot
from openchannels.mcp.answers import (
    AccountId,
    Figures,
    Next,
    PlatformId,
    Since,
    ToolAnswer,
    Until,
    WorkId,
    figures,
    shortened,
)
from openchannels.mcp.registration import AgentTool, ToolCall
from openchannels.mcp.tokens import whole
from openchannels.mcp.works_pages import WorksSource

MAX_DESCRIPTION = 2_000
SEARCHED_PAGE = 50


class WorkItem(ToolAnswer):
    """A work in a list."""

    work_id: str
    title: str | None = Field(None, description="Title, or the beginning of the description.")
    kind: str = Field(description="video, article (with images) or article2 (text only).")
    url: str | None = None
    published_at: datetime | None = None
    metrics: Figures


class WorksAnswer(ToolAnswer):
    """Works, in the platform's order: as a rule the newest first."""

    works: list[WorkItem]
    next: str | None = None


class FoundWorksAnswer(ToolAnswer):
    """Works that hold the text, and how far the search looked."""

    works: list[WorkItem]
    looked_at: int = Field(description="How many works this call compared.")
    oldest_looked_at: datetime | None = None
    complete: bool = Field(description="True: no works are left. Else go on with `next`.")
    next: str | None = None


class WorkAnswer(ToolAnswer):
    """One work with its figures at present."""

    work_id: str
    platform: str
    title: str | None = None
    description: str | None = None
    kind: str | None = None
    status: str | None = None
    author: str | None = None
    url: str | None = None
    cover_url: str | None = None
    published_at: datetime | None = None
    metrics: Figures
    fetched_at: datetime | None = None


class WorkFiguresItem(ToolAnswer):
    """A work's figures at one time."""

    at: datetime
    metrics: Figures


class HistoryAnswer(ToolAnswer):
    """A work's figures over time, newest first."""

    work_id: str
    history: list[WorkFiguresItem]
    next: str | None = None


async def list_works(
    call: ToolCall,
    platform: PlatformId,
    account_id: AccountId,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, Field(ge=1, le=50)] = 10,
    next: Next = "",
) -> WorksAnswer:
    """Lists an account's works with their metrics, as the platform shows them now.

    A platform may give fewer than `limit` at once. A metric that it does not tell is absent, which
    does not mean zero.
    """
    source = WorksSource(call.client, platform, account_id, since, until, limit)
    page, following = await source.read(next)
    return WorksAnswer(works=[_work(one) for one in page.items], next=following)


async def search_works(
    call: ToolCall,
    platform: PlatformId,
    account_id: AccountId,
    text: Annotated[
        str, Field(min_length=1, max_length=200, description="Words; a work must hold them all.")
    ],
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, Field(ge=1, le=50, description="The most works to answer.")] = 10,
    max_pages: Annotated[
        int, Field(ge=1, le=20, description="The most pages of works to read at the platform.")
    ] = 5,
    next: Next = "",
) -> FoundWorksAnswer:
    """Searches the titles and descriptions of an account's works, from the newest on.

    Platforms have no such search, so pages of works are read and compared, which uses the
    platform's quota. The answer says how far it looked: unless `complete`, a work that was not
    found may still be further back. `since` and `until` make it quicker.
    """
    source = WorksSource(call.client, platform, account_id, since, until, SEARCHED_PAGE)
    search = _Search(text.casefold().split(), limit)
    skip, _, token = next.partition(":")
    first = whole(skip) if skip else 0
    for number in range(max_pages):
        page, following = await source.read(token)
        stopped = search.compare(page.items, first)
        if stopped is not None:
            return search.answer(f"{stopped}:{token}")
        if following is None:
            return search.answer(None)
        first, token = 0, following
        await call.report(number + 1, max_pages, f"{search.looked_at} works compared")
    return search.answer(f"0:{token}")


class _Search:
    """What was found, and how far the search came."""

    def __init__(self, words: list[str], limit: int) -> None:
        self._words = words
        self._limit = limit
        self._found: list[WorkItem] = []
        self._oldest: datetime | None = None
        self.looked_at = 0

    def compare(self, works: tuple[Work, ...], first: int) -> int | None:
        """Compares works from the index `first` on; returns the one to go on with if it is full."""
        for index, work in enumerate(works[first:], first):
            if len(self._found) == self._limit:
                return index
            self.looked_at += 1
            self._oldest = _older(self._oldest, work.published_at)
            text = f"{work.title or ''}\n{work.description or ''}".casefold()
            if all(word in text for word in self._words):
                self._found.append(_work(work))
        return None

    def answer(self, following: str | None) -> FoundWorksAnswer:
        return FoundWorksAnswer(
            works=self._found,
            looked_at=self.looked_at,
            oldest_looked_at=self._oldest,
            complete=following is None,
            next=following,
        )


def _older(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one and other else one or other


def _work(one: Work) -> WorkItem:
    return WorkItem(
        work_id=one.platform_work_id,
        title=shortened(one.title or one.description),
        kind=one.content_mode,
        url=one.url,
        published_at=one.published_at,
        metrics=figures(one.metrics),
    )


async def get_work(
    call: ToolCall, platform: PlatformId, work_id: WorkId, account_id: AccountId
) -> WorkAnswer:
    """Reads one work with its description and its metrics at present.

    `account_id` is the account with which the platform is asked, as a rule the work's own.
    """
    told = await call.client.works.get(platform, work_id, account_id)
    work = told.work or DetailedWork(work_id)
    known = told.snapshots[0].metrics if told.snapshots else None
    return WorkAnswer(
        work_id=work.id,
        platform=told.platform,
        title=shortened(work.title),
        description=shortened(work.description, MAX_DESCRIPTION),
        kind=work.media_type,
        status=work.status,
        author=work.author,
        url=work.url,
        cover_url=work.cover_url,
        published_at=work.published_at,
        metrics=figures(known) if known else {},
        fetched_at=told.fetched_at,
    )


async def work_history(
    call: ToolCall,
    platform: PlatformId,
    work_id: WorkId,
    account_id: AccountId,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, Field(ge=1, le=100)] = 20,
    next: Next = "",
) -> HistoryAnswer:
    """Shows a work's metrics over time, newest first, from what this service has kept.

    It asks no platform: a time is kept whenever the work was read with get_work, and where the
    operator has it done daily.
    """
    page = await call.client.works.history(
        platform, work_id, account_id, since=since, until=until, limit=limit, cursor=next or None
    )
    return HistoryAnswer(
        work_id=work_id, history=[_at(one) for one in page.list], next=page.next_cursor
    )


def _at(one: WorkSnapshot) -> WorkFiguresItem:
    return WorkFiguresItem(at=one.snapshot_at, metrics=figures(one.metrics))


TOOLS = [
    AgentTool(list_works, "List works", "works:read", asks_platform=True),
    AgentTool(search_works, "Search works", "works:read", asks_platform=True),
    AgentTool(get_work, "Read a work", "works:read", asks_platform=True),
    AgentTool(work_history, "Show a work's history", "works:read"),
]
