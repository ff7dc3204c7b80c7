"""What a process keeps in memory when its clock is set back."""

import pytest

from openchannels.core.platform_errors import FailureKind
from openchannels.transport.cache import Cache
from openchannels.transport.rate_limits import BucketState

DAY = 86_400.0
NOW = 1_800_000_000.0


@pytest.mark.parametrize("jump", [DAY, 40 * DAY])
def test_a_value_does_not_outlast_its_time(jump: float) -> None:
    now = [NOW + jump]
    cache = Cache(lambda: now[0])
    cache.put("key", "value", 60)
    assert cache.get("key") == "value"
    now[0] = NOW
    assert cache.get("key") is None
    cache.put("key", "value", 60)
    assert cache.get("key") == "value"
    now[0] += 60
    assert cache.get("key") is None


@pytest.mark.parametrize("jump", [DAY, 40 * DAY])
def test_a_bucket_does_not_stay_empty(jump: float) -> None:
    now = [NOW + jump]
    buckets = BucketState(lambda: now[0])
    kind = FailureKind.RATE_LIMITED
    buckets.mark_exhausted("host", "account", "app", now[0] + 60, kind)
    assert buckets.exhausted("host", "account") == (now[0] + 60, kind)
    now[0] = NOW
    assert buckets.exhausted("host", "account") is None
    buckets.mark_exhausted("host", "account", "account", NOW + 60, kind)
    assert buckets.exhausted("host", "account") == (NOW + 60, kind)
