"""The works of a period, cut out of the pages of a list of all works."""

from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openchannels.connectors.base.works import WorksReader
from openchannels.core.insights import Period
from openchannels.core.paging import WorksPage
from openchannels.core.works import ContentMode, Work
from openchannels.service.works.periods import within


class Ordered(WorksReader):
    newest_first: ClassVar[bool] = True


class Filtering(WorksReader):
    filters_by_time: ClassVar[bool] = True


def listed(*dates: float | None) -> WorksPage:
    """A page in the middle of a list, of both kinds of paging at once."""
    works = [
        Work(id=str(n), mode=ContentMode.TEXT, published_at=date) for n, date in enumerate(dates)
    ]
    return WorksPage(works, next="n", previous="p", has_next=True, total=99)


@pytest.mark.parametrize(
    ("reader", "dates", "goes_on"),
    [
        (Ordered(), (3.0, 2.0), False),
        (Ordered(), (None, 3.0), False),
        (Ordered(), (5.0, 3.0), True),
        # The oldest work of the period may be the last of its page.
        (Ordered(), (4.0,), True),
        (Ordered(), (None, None), True),
        (Ordered(), (), True),
        (WorksReader(), (3.0, 2.0), True),
        (Filtering(), (3.0, 2.0), True),
    ],
)
def test_only_an_ordered_list_ends_behind_the_period(
    reader: WorksReader, dates: tuple[float | None, ...], goes_on: bool
) -> None:
    found = within(listed(*dates), Period(4.0, 9.0), reader)
    assert (found.next, found.has_next) == ("n" if goes_on else None, goes_on)
    assert found.previous == "p"
    assert found.total == (99 if reader.filters_by_time else None)
    newer = within(listed(*dates), Period(until=9.0), reader)
    assert (newer.next, newer.has_next) == ("n", True)


@given(
    st.lists(st.none() | st.integers(0, 9).map(float), max_size=9),
    st.none() | st.integers(0, 9).map(float),
    st.none() | st.integers(0, 9).map(float),
)
def test_works_within_are_given_in_their_order(
    dates: list[float | None], since: float | None, until: float | None
) -> None:
    whole, period = listed(*dates), Period(since, until)
    found = within(whole, period, WorksReader())
    if since is until is None:
        assert found == whole
        return
    first, last = 0.0 if since is None else since, 10.0 if until is None else until
    wanted = [str(n) for n, date in enumerate(dates) if date is not None and first <= date < last]
    assert [work.id for work in found.items] == wanted
