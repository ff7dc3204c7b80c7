"""When credentials are due: spread, never too late, and ever longer pauses after failures."""

import pytest

from openchannels.connectors.registry import CONNECTORS
from openchannels.core.credentials import Reason, Tokens
from openchannels.core.platforms import Platform
from openchannels.core.reconnect_hints import HINTS, reconnect_hint
from openchannels.service.credentials import schedule

NOW, DAY = 1_790_000_000.0, 86_400.0
BILIBILI = CONNECTORS[Platform("bilibili")]
TOKENS = Tokens("access", "refresh", NOW + 30 * DAY)


def test_accounts_connected_together_fall_due_one_after_another() -> None:
    moments = [schedule.refresh_due(BILIBILI, f"account-{n}", TOKENS, NOW) for n in range(200)]
    known = [moment for moment in moments if moment is not None]
    first = BILIBILI.auth.next_refresh_at(TOKENS, NOW)
    assert first is not None
    assert len(known) == 200
    assert len(set(known)) == 200
    assert first <= min(known) < max(known) <= first + schedule.SPREAD_SECONDS
    assert schedule.refresh_due(BILIBILI, "account-0", TOKENS, NOW) == moments[0]


def test_a_short_wait_is_spread_a_little() -> None:
    tokens = Tokens("access", "refresh", NOW + 7200)
    moments = [schedule.refresh_due(BILIBILI, f"account-{n}", tokens, NOW) for n in range(50)]
    assert all(m is not None and m <= NOW + 3600 * 1.02 for m in moments)


def test_pauses_grow_up_to_an_hour() -> None:
    for failures in (1, 2, 5, 10, 1000):
        window = min(3600.0, 60.0 * 2 ** (min(failures, 20) - 1))
        pauses = [schedule.back_off(failures) for _ in range(300)]
        assert 1.0 <= min(pauses) < window / 4
        assert window / 2 < max(pauses) <= window


@pytest.mark.parametrize(("asked", "least"), [(300.0, 300.0), (10**7, 3600.0)])
def test_a_platform_that_asks_for_patience_gets_it(asked: float, least: float) -> None:
    assert schedule.back_off(1, asked) >= least
    assert schedule.back_off(1, asked) <= 3600.0


def test_a_person_is_asked_late_where_refreshes_should_help() -> None:
    end = NOW + 30 * DAY
    assert schedule.attention_from(None, None) is None
    assert schedule.attention_from(end, None) == end - 7 * DAY
    assert schedule.attention_from(end, NOW) == end - 2 * DAY


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_its_advice(reason: Reason) -> None:
    assert reason in HINTS
    for platform, connector in CONNECTORS.items():
        text = reconnect_hint(reason, connector.name)
        assert connector.name.en in text.en, platform
        assert connector.name.zh in text.zh, platform
