"""Lists of the works of a period, from platforms that list all works."""

from dataclasses import replace

from openchannels.connectors.registry import WorksReader
from openchannels.core.insights import Period
from openchannels.core.paging import WorksPage


def within(page: WorksPage, period: Period, works: WorksReader) -> WorksPage:
    """Returns the page without works outside a period, and without those that have no date.

    A list that is newest first ends with a page whose works are all older. A total that counts
    works outside the period is left out.
    """
    if not period.bounded:
        return page
    dates = [work.published_at for work in page.items if work.published_at is not None]
    since = period.since
    ended = works.newest_first and since is not None and bool(dates) and max(dates) < since
    return replace(
        page,
        items=[
            work
            for work in page.items
            if work.published_at is not None and period.holds(work.published_at)
        ],
        next=None if ended else page.next,
        has_next=page.has_next and not ended,
        total=page.total if works.filters_by_time else None,
    )
