"""What `tests.soak.endurance` finds in the metrics of a service that leaks, grows or slows down."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tests.soak.scrapes import HOUR, MB, Scrape, judged, leaked, quantile, slope

START = Scrape(
    at=0.0, memory=150.0 * MB, private=120.0 * MB, files=30, connections=80, cpu=0.0, idle=0.0,
    busy=0.0, backlog=0, answers=Counter(), refreshes=Counter(), attempts=Counter(),
    batches=Counter(), buckets={},
)  # fmt: skip


def after(minute: int, **changed: Any) -> Scrape:
    """A minute of a service that answers a thousand requests in 20 ms of processor time each."""
    return replace(
        START, at=60.0 * minute, cpu=20.0 * minute, idle=30.0 * minute, busy=90.0 * minute,
        answers=Counter({"0": 1000 * minute}),
        buckets={"poll": Counter({0.01: 900 * minute, 0.025: 100 * minute})}, **changed,
    )  # fmt: skip


def test_a_service_that_stays_as_it_is() -> None:
    load = [0, 3, 1, 2]
    run = [after(n, connections=80 + load[n % 4], memory=START.memory) for n in range(120)]
    whole, first, last = judged(run)
    assert whole.scrapes[0].at == 20 * 60
    assert slope(whole, "memory") == pytest.approx(0)
    assert leaked(first, last, "connections") == leaked(first, last, "files") == 0
    assert first.p99_ms() == pytest.approx(last.p99_ms()) == pytest.approx(23.5)
    assert first.cpu_ms == pytest.approx(20)
    assert first.spare_percent == pytest.approx(25)


def test_memory_that_grows_and_files_that_stay_open() -> None:
    grown = [{"memory": START.memory + n * MB / 10, "files": 30 + n / 6} for n in range(120)]
    run = [after(n, connections=80 + n // 2, **more) for n, more in enumerate(grown)]
    whole, first, last = judged(run)
    assert slope(whole, "memory") == pytest.approx(HOUR / 60 / 10)
    assert leaked(first, last, "files") == 12
    # A pool that holds a connection for each of 64 clients has not lost them.
    assert last.least("connections") - first.least("connections") == 37
    assert leaked(first, last, "connections") == 0
    lost = [replace(one, connections=80 + n) for n, one in enumerate(run)]
    assert leaked(*judged(lost)[1:], "connections") == 75


def test_answers_that_become_slower_in_the_last_quarter_only() -> None:
    run = [after(n) for n in range(120)]
    for n in range(95, 120):
        slow = Counter({0.1: 50_000 * (n - 94)})
        run[n] = replace(run[n], buckets={**run[n].buckets, "works": slow})
    _, first, last = judged(run)
    assert first.p99_ms() == pytest.approx(23.5)
    assert last.p99_ms() > 90
    assert last.operations() == ["works", "poll"]


def test_a_share_falls_into_a_bucket_as_prometheus_says() -> None:
    assert quantile(Counter({0.01: 50, 0.025: 50}), 0.5) == pytest.approx(0.01)
    assert quantile(Counter({0.01: 50, 0.025: 50}), 0.75) == pytest.approx(0.0175)
    assert quantile(Counter({float("inf"): 1}), 0.99) == 30.0
