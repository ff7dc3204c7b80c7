"""Works of a period: which platforms are asked for it, and how."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from openchannels.connectors.meta.graph import period_params, read_paging
from openchannels.connectors.registry import CONNECTORS
from openchannels.connectors.twitter import timeline
from openchannels.core.insights import Period
from openchannels.core.platforms import Platform
from openchannels.transport.client import clean
from tests.connectors.played import PLAYED, Play, account, client_of, first_page
from tests.connectors.support import NOW, page

DAY = 86_400.0
PERIOD = Period(NOW - 2 * DAY + 0.5, NOW - DAY + 0.5)
BEFORE_X = Period(0.0, 1.0)
LISTING = [platform for platform, connector in CONNECTORS.items() if connector.works is not None]


async def sent(platform: Platform, period: Period) -> dict[str, str]:
    """What the call carries that lists works."""
    works, play = CONNECTORS[platform].works, Play(PLAYED[platform])
    assert works is not None
    request = replace(first_page(platform), period=period)
    await works.fetch_page(
        client_of(platform, play), account(platform), PLAYED[platform].tokens, request
    )
    return clean(play.calls[0].params)


@pytest.mark.parametrize("platform", LISTING)
async def test_platforms_are_asked_for_a_period_where_that_is_declared(platform: Platform) -> None:
    works = CONNECTORS[platform].works
    assert works is not None
    whole, part = await sent(platform, Period()), await sent(platform, PERIOD)
    assert (whole != part) == works.filters_by_time
    named = {"start_time", "end_time"} if platform == "twitter" else {"since", "until"}
    assert part.keys() - whole.keys() == (named if works.filters_by_time else set())


@pytest.mark.parametrize(
    ("period", "since", "until"),
    [
        (PERIOD, NOW - 2 * DAY - 1, NOW - DAY + 2),
        (Period(since=5.0), 4, None),
        (Period(until=-1e9), None, 0),
        (Period(-1e9, 1e12), 0, 2**31 - 1),
        (Period(), None, None),
    ],
)
def test_meta_is_asked_for_a_second_more_at_each_end(
    period: Period, since: float | None, until: float | None
) -> None:
    expected = {"since": since, "until": until}
    assert period_params(period) == {k: v for k, v in expected.items() if v is not None}


def test_a_position_in_time_replaces_the_period() -> None:
    """Pages of some Facebook Pages are continued by time, not by a token."""
    by_token = read_paging(page("after=x", period=PERIOD))
    assert by_token == {"limit": 25, "after": "x", **period_params(PERIOD)}
    by_time = read_paging(page("until=7&__paging_token=x", period=PERIOD))
    assert (by_time["until"], by_time["since"]) == ("7", period_params(PERIOD)["since"])


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        (PERIOD, NOW - 2 * DAY - 1, NOW - DAY + 2),
        # X refuses times that are to come, and those before its first posts.
        (Period(NOW + DAY, NOW + 2 * DAY), NOW - 31, None),
        (Period(until=NOW), None, None),
        (BEFORE_X, timeline.EARLIEST, timeline.EARLIEST + 1),
        (Period(NOW - DAY, NOW - DAY), NOW - DAY - 1, NOW - DAY + 1),
        (Period(), None, None),
    ],
)
def test_x_is_asked_for_times_that_it_accepts(
    period: Period, start: float | None, end: float | None
) -> None:
    params = timeline.period_params(period, NOW)
    read = {
        name: datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
        for name, text in params.items()
    }
    expected = {"start_time": start, "end_time": end}
    assert read == {name: moment for name, moment in expected.items() if moment is not None}
