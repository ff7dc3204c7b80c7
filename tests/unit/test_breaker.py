"""The breaker of a host, by a clock and dice of the test's own."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openchannels.transport.circuit_breaker import CircuitBreaker, CircuitOpen, Permit


class Hands:
    """A breaker with its time, and the longest of each random wait that it asked for."""

    def __init__(self, failures: int = 3, longest: float = 30.0, share: float = 1.0) -> None:
        self.now = 1000.0
        self.windows: list[float] = []
        self._share = share
        self.breaker = CircuitBreaker(
            lambda: self.now, failures=failures, longest=longest, spread=self._spread
        )

    def _spread(self, least: float, most: float) -> float:
        assert least == 0.0
        self.windows.append(most)
        return most * self._share

    def call(self, answered: bool | None, **options: Any) -> None:
        ended(self.breaker.acquire_permit(**options), answered)

    def fail(self, times: int) -> None:
        for _ in range(times):
            self.call(False)

    def refusal(self) -> float:
        with pytest.raises(CircuitOpen) as refused:
            self.breaker.acquire_permit()
        return refused.value.seconds


def ended(permit: Permit, answered: bool | None) -> None:
    permit.answered = answered
    permit.report_outcome()


def test_a_run_of_failures_opens_it() -> None:
    hands = Hands(failures=3)
    hands.fail(2)
    assert hands.breaker.closed
    hands.fail(1)
    assert hands.refusal() == 1.0
    hands.now += 0.4
    assert hands.refusal() == pytest.approx(0.6)


@pytest.mark.parametrize("between", [True, None])
def test_only_a_success_ends_the_run(between: bool | None) -> None:
    hands = Hands(failures=3)
    hands.fail(2)
    hands.call(between)
    hands.fail(1)
    assert hands.breaker.closed is (between is True)


def test_none_of_failures_never_opens() -> None:
    hands = Hands(failures=0)
    hands.fail(1000)
    assert hands.breaker.closed


def test_one_probe_at_a_time_closes_it() -> None:
    hands = Hands()
    hands.fail(3)
    hands.now += 1.0
    probe = hands.breaker.acquire_permit()
    assert probe.probing
    assert hands.refusal() > 0
    ended(probe, True)
    assert hands.breaker.closed
    assert not hands.breaker.acquire_permit().probing
    hands.fail(2)
    assert hands.breaker.closed, "the run began again"


def test_a_probe_of_which_nothing_is_learnt_makes_room_for_another() -> None:
    hands = Hands()
    hands.fail(3)
    hands.now += 1.0
    ended(hands.breaker.acquire_permit(), None)
    assert hands.breaker.acquire_permit().probing


def test_waits_double_up_to_the_longest_and_begin_again() -> None:
    hands = Hands(longest=10.0)
    hands.fail(3)
    for _ in range(60):
        hands.now += 10.0
        hands.call(False)
    assert hands.windows[:6] == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    assert set(hands.windows[4:]) == {10.0}
    hands.now += 10.0
    hands.call(True)
    hands.fail(3)
    assert hands.windows[-1] == 1.0


def test_the_wait_is_spread_over_the_whole_window() -> None:
    hands = Hands(share=0.0)
    hands.fail(3)
    assert hands.breaker.acquire_permit().probing


@pytest.mark.parametrize("answered", [True, False, None])
def test_calls_in_flight_at_the_opening_change_nothing(answered: bool | None) -> None:
    hands = Hands()
    late = [hands.breaker.acquire_permit() for _ in range(5)]
    hands.fail(3)
    for permit in late:
        ended(permit, answered)
    assert not hands.breaker.closed
    assert hands.windows == [1.0]


def test_calls_of_an_earlier_era_do_not_settle_a_probe() -> None:
    hands = Hands()
    late = hands.breaker.acquire_permit()
    hands.fail(3)
    hands.now += 1.0
    probe = hands.breaker.acquire_permit()
    ended(late, True)
    assert hands.refusal() > 0, "the probe is still out"
    ended(probe, False)
    assert hands.windows == [1.0, 2.0]


def test_an_insistent_call_passes_and_may_close_it() -> None:
    hands = Hands()
    hands.fail(3)
    hands.call(False, interactive=True)
    assert hands.windows == [1.0], "it was no probe yet"
    hands.call(None, interactive=True)
    assert hands.refusal() == 1.0
    hands.call(True, interactive=True)
    assert hands.breaker.closed


def test_an_insistent_call_is_the_probe_when_one_is_due() -> None:
    hands = Hands()
    hands.fail(3)
    hands.now += 1.0
    probe = hands.breaker.acquire_permit(interactive=True)
    assert probe.probing
    other = hands.breaker.acquire_permit(interactive=True)
    assert not other.probing
    hands.refusal()
    ended(probe, False)
    ended(other, True)
    assert not hands.breaker.closed, "the other was sent before the probe failed"


steps = st.lists(
    st.one_of(
        st.tuples(st.just("enter"), st.booleans()),
        st.tuples(st.just("leave"), st.sampled_from([True, False, None])),
        st.tuples(st.just("wait"), st.floats(0, 40)),
    ),
    max_size=200,
)


@given(steps)
def test_whatever_happens_at_most_one_probe_is_out_and_it_recovers(
    story: list[tuple[str, Any]],
) -> None:
    hands = Hands()
    out: list[Permit] = []
    for step, value in story:
        if step == "wait":
            hands.now += value
        elif step == "leave" and out:
            ended(out.pop(0), value)
        elif step == "enter":
            with contextlib.suppress(CircuitOpen):
                out.append(hands.breaker.acquire_permit(interactive=value))
        assert sum(permit.probing for permit in out) <= 1
    for permit in out:
        ended(permit, None)
    hands.now += 30.0
    hands.call(True)
    assert hands.breaker.closed


def test_a_clock_set_back_does_not_keep_it_open() -> None:
    hands = Hands(failures=3, longest=30.0)
    hands.fail(3)
    hands.now -= 3600
    hands.call(True)
    assert hands.breaker.closed
