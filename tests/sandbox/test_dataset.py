"""The works of an account: dated back from the sandbox's clock, and growing with it."""

from pathlib import Path

import pytest

from openchannels.sandbox.clock import Clock
from openchannels.sandbox.dataset import Creator, Dataset, Work
from openchannels.sandbox.state import State

DAY = 86_400
MIDNIGHT = 1_900_022_400
"""2030-03-18T00:00:00Z."""
IDA = Creator("tiktok", "ida")


def world(moment: float, file: Path | None = None) -> tuple[Dataset, Clock]:
    state = State(file)
    clock = Clock(lambda: moment, state)
    return Dataset(state, clock, 240), clock


def works_of(dataset: Dataset, owner: Creator = IDA) -> list[Work]:
    series = dataset.series(owner)
    return series.slice(0, series.total)


@pytest.mark.parametrize("moment", [MIDNIGHT, MIDNIGHT + 3.5 * 3600, 1_700_000_000.5])
@pytest.mark.parametrize("person", ["ida", "prolific"])
def test_the_newest_work_is_of_today(moment: float, person: str) -> None:
    dataset, _ = world(moment)
    works = works_of(dataset, Creator("douyin", person))
    assert moment // DAY * DAY <= works[0].created <= moment
    dates = [work.created for work in works]
    assert dates == sorted(set(dates), reverse=True)
    assert works == works_of(world(moment)[0], Creator("douyin", person))
    assert 0 < works[0].views(moment) < works[0].views(moment + DAY)


def test_every_day_brings_a_work_and_changes_no_other() -> None:
    dataset, clock = world(MIDNIGHT)
    before = works_of(dataset)
    clock.advance(DAY - 1)
    assert works_of(dataset) == before
    clock.advance(40 * DAY)
    after = works_of(dataset)
    assert after[40:] == before
    assert clock.now() - after[0].created < DAY
    dates = [work.created for work in after]
    assert dates == sorted(set(dates), reverse=True)
    assert works_of(dataset, Creator("tiktok", "empty")) == []


def test_after_a_publication_only_publications_follow() -> None:
    dataset, clock = world(MIDNIGHT)
    clock.advance(3 * DAY)
    before = works_of(dataset)
    (added,) = dataset.series(IDA).publish(1, clock.now())
    assert added.created >= clock.now()
    clock.advance(5 * DAY)
    assert works_of(dataset) == [added, *before]
    assert dataset.series(IDA).work_at(added.index) == added
    assert dataset.series(IDA).count_since(added.created) == 1


def test_works_keep_their_dates_over_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.sqlite"
    before = works_of(world(MIDNIGHT, file)[0])
    after = works_of(world(MIDNIGHT + 10 * DAY + 60, file)[0])
    assert after[10:] == before
    assert after[0].created == MIDNIGHT + 10 * DAY
