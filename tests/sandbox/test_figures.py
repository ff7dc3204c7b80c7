"""Figures by day: they add up to the counts at a moment, grow with time and differ by account."""

from datetime import timedelta
from itertools import pairwise

import pytest

from openchannels.sandbox.dataset import Creator
from openchannels.sandbox.figures import (
    VIEWS,
    Growth,
    Share,
    day_of,
    days_between,
    pacific,
)

from .conftest import Client
from .oauth_platforms import PLATFORMS, restli
from .oauth_protocol import login
from .test_dataset import DAY, IDA, MIDNIGHT, works_of, world
from .test_google_business import dates

LIKES = Share(60, 20, 60)


@pytest.mark.parametrize("share", [VIEWS, LIKES])
def test_the_days_of_a_work_add_up_to_its_count(share: Share) -> None:
    dataset, _ = world(MIDNIGHT)
    works = works_of(dataset)[:40]
    today = day_of(MIDNIGHT)
    days = days_between(today - timedelta(days=100), today)
    each = [Growth([work], days).gains(share) for work in works]
    assert all(gain >= 0 for gains in each for gain in gains)
    assert [sum(gains) for gains in each] == [share.at(work, MIDNIGHT + DAY) for work in works]
    assert Growth(works, days).gains(share) == [sum(gains) for gains in zip(*each, strict=True)]
    assert Growth(works, []).gains(share) == []


def test_days_follow_each_other_also_when_the_clocks_change() -> None:
    first = day_of(MIDNIGHT, pacific())
    days = days_between(first, first + timedelta(days=300), pacific())
    assert [one.start for one in days[1:]] == [one.end for one in days[:-1]]
    assert {one.end - one.start for one in days} >= {DAY}
    assert days_between(first, first - timedelta(days=1)) == []


def test_accounts_grow_by_different_figures_each_day() -> None:
    moments = [MIDNIGHT + number * DAY for number in range(60)]
    series = [
        [Creator("tiktok", person).growing_count("fans", 50_000, 90_000, now) for now in moments]
        for person in ("ida", "mara")
    ]
    for counts in series:
        steps = [after - before for before, after in pairwise(counts)]
        assert min(steps) >= 0
        assert len(set(steps)) > 10
    assert series[0] != series[1]


def test_an_account_adds_up_its_works_from_a_fixed_one_on() -> None:
    dataset, clock = world(MIDNIGHT)
    assert dataset.series(IDA).counted() == works_of(dataset)
    prolific = Creator("tiktok", "prolific")
    before = dataset.series(prolific).counted()
    clock.advance(3 * DAY)
    assert dataset.series(prolific).counted()[3:] == before
    assert len(before) == 1_000


def linkedin_days(start: str, end: str) -> dict[str, str]:
    return {
        "q": "organizationalEntity",
        "timeIntervals": f"(timeRange:(start:{start},end:{end}),timeGranularityType:DAY)",
    }


EXTREMES: list[tuple[str, str, list[dict[str, str]]]] = [
    (
        "threads",
        "graph.threads.net/v1.0/me/threads_insights",
        [
            {"metric": "views,likes", "since": since, "until": until}
            for since, until in (("1712991600", "9999999999"), ("0001-01-01", "9999-12-31"))
        ],
    ),
    (
        "google_business",
        "businessprofileperformance.googleapis.com/v1/{location}:fetchMultiDailyMetricsTimeSeries",
        [{"dailyMetrics": "CALL_CLICKS"} | dates("0001-01-01", "9999-12-31")],
    ),
    (
        "google_business",
        "businessprofileperformance.googleapis.com/v1/{location}/searchkeywords/impressions/monthly",
        [dates("0001-01", "9999-12", "monthlyRange.{}Month")],
    ),
    (
        "linkedin",
        "api.linkedin.com/rest/organizationalEntityShareStatistics",
        [linkedin_days("0", "9" * 13), linkedin_days("1", "9" * 30), linkedin_days("9" * 400, "0")],
    ),
]


@pytest.mark.parametrize(("platform", "url", "extremes"), EXTREMES)
async def test_extreme_spans_are_answered(
    still: Client, platform: str, url: str, extremes: list[dict[str, str]]
) -> None:
    tokens = await login(still, PLATFORMS[platform])
    world = (await still.get(f"/_world/{platform}/ida")).json()
    if "locations" in world:
        url = url.format(location=world["locations"][0]["name"])
    for params in extremes:
        if "organizations" in world:
            params = {"organizationalEntity": world["organizations"][0]["urn"], **params}
        head = restli(tokens)
        answer = await still.get(f"/{url}", params=params, headers=head)
        assert answer.status_code in (200, 400), (params, answer.text)
