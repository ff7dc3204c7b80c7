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

from .test_dataset import DAY, IDA, MIDNIGHT, works_of, world

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
