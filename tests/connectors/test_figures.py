"""Figures over time: their maps, their sums, and the part of a period that a platform tells."""

import re
from datetime import UTC, date
from zoneinfo import ZoneInfo

import pytest

from openchannels.connectors.base.figures import (
    DAY,
    FiguresMap,
    bounds,
    day_of,
    day_range,
    days_in,
    known_spans,
    overlaid,
    pieces,
    read_day,
    summed,
)
from openchannels.connectors.base.insights import REFUSED, check_id, unless_refused
from openchannels.connectors.registry import CONNECTORS
from openchannels.core.insights import AccountMetrics, Period, WorkSpan
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.works import Metrics
from tests.connectors.support import NOW, FakeSend, client_for

ROW = FiguresMap(Metrics, {"views": "seen", "watch_seconds": lambda row: row["minutes"] * 60})


def test_a_row_becomes_counts() -> None:
    assert ROW.read({"seen": "12", "minutes": 1.5}) == Metrics(views=12, watch_seconds=90)
    assert ROW.read({"seen": [12], "minutes": -1}) == Metrics()
    with pytest.raises(ValueError, match="saves"):
        FiguresMap(AccountMetrics, {"saves": "saved"})


def test_sums_know_what_a_part_knows() -> None:
    parts = [AccountMetrics(views=3, reach=2), AccountMetrics(views=4, reach=2, likes=0)]
    assert summed(AccountMetrics, parts, apart=["reach"]) == AccountMetrics(views=7, likes=0)
    assert summed(AccountMetrics, parts[:1], apart=["reach"]) == parts[0]
    assert summed(Metrics, []) == Metrics()
    assert overlaid(AccountMetrics(fans=0), parts[1]) == AccountMetrics(
        fans=0, views=4, reach=2, likes=0
    )


@pytest.mark.parametrize(
    ("since", "until", "known"),
    [
        (None, None, (-7, 0)),
        (-3, -1, (-3, -1)),
        (-900, None, (-90, 0)),
        (None, 5, (-7, 0)),
        (None, -88, (-90, -88)),
        (-900, -100, None),
        (1, None, None),
        (-1, -2, None),
    ],
)
def test_a_period_is_cut_to_what_is_known(
    since: int | None, until: int | None, known: tuple[int, int] | None
) -> None:
    asked = Period(*(None if days is None else NOW + days * DAY for days in (since, until)))
    found = bounds(asked, NOW, default=7 * DAY, kept=90 * DAY)
    assert found == (known and tuple(NOW + days * DAY for days in known))


def test_spans_are_in_order_and_say_something() -> None:
    first, second = (WorkSpan(day, day + 1, Metrics(views=0)) for day in (1.0, 2.0))
    assert known_spans([second, WorkSpan(0.0, 1.0, Metrics()), first]) == [first, second]


def test_a_range_is_asked_for_in_parts() -> None:
    assert list(pieces(0, 200, 90)) == [(0, 90), (90, 180), (180, 200)]
    assert list(pieces(5, 5, 90)) == []


def test_days_are_those_of_the_platforms_zone() -> None:
    pacific = ZoneInfo("America/Los_Angeles")
    assert day_of(0, UTC) == date(1970, 1, 1)
    assert day_of(0, pacific) == date(1969, 12, 31)
    assert day_range(date(1970, 1, 2), UTC) == (DAY, 2 * DAY)
    assert days_in((DAY, 3 * DAY), UTC) == (date(1970, 1, 2), date(1970, 1, 3))
    assert days_in((DAY, DAY + 0.5), UTC) == (date(1970, 1, 2), date(1970, 1, 2))
    start, end = day_range(date(2026, 11, 1), pacific)
    assert end - start == 25 * 3600
    texts = ("2026-11-28", "20261128", "2026-13-28", "9999-12-31", "0001-01-01", 20261128, None)
    assert [read_day(text) for text in texts] == [date(2026, 11, 28)] * 2 + [None] * 5


@pytest.mark.parametrize("work_id", ["", "12/insights", "12?fields=x", "12\n", "..", "１２"])
def test_an_id_of_another_form_is_no_work(work_id: str) -> None:
    client = client_for(CONNECTORS[Platform("facebook")], FakeSend())
    check_id(client, "works.read", "12", re.compile("[0-9]+"))
    with pytest.raises(PlatformFailure) as caught:
        check_id(client, "works.read", work_id, re.compile("[0-9]+"))
    assert (caught.value.kind, caught.value.sent) == (FailureKind.NOT_FOUND, False)


@pytest.mark.parametrize("kind", FailureKind)
async def test_only_a_refusal_leaves_figures_out(kind: FailureKind) -> None:
    async def refused() -> int:
        raise PlatformFailure(Platform("facebook"), "account.insights", Failure(kind))

    if kind in REFUSED:
        assert await unless_refused(refused(), 0) == 0
    else:
        with pytest.raises(PlatformFailure):
            await unless_refused(refused(), 0)
