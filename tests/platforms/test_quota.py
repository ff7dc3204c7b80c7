"""Daily snapshots leave the last fifth of a limit alone, where a platform's headers tell it."""

import json
from collections.abc import Callable

import pytest

from openchannels.core.exceptions import PlatformError
from tests.platforms import figures
from tests.platforms.live import Live

Headers = Callable[[int], dict[str, str]]


def usage(left: int) -> str:
    return json.dumps({"call_count": 100 - left, "total_time": 3, "total_cputime": 2})


def counted(prefix: str, limit: str, reset: str) -> Headers:
    return lambda left: {
        f"{prefix}-limit": limit,
        f"{prefix}-remaining": str(left),
        f"{prefix}-reset": reset,
    }


def business(left: int) -> dict[str, str]:
    rows = [{"type": "pages", **json.loads(usage(left)), "estimated_time_to_regain_access": 0}]
    return {"X-Business-Use-Case-Usage": json.dumps({"104857600012345": rows})}


TOLD: dict[tuple[str, str], Headers] = {
    ("twitter", "window"): counted("x-rate-limit", "100", "9999999999"),
    ("twitter", "day of the app"): counted("x-app-limit-24hour", "100", "9999999999"),
    ("pinterest", "minute"): counted("x-ratelimit", '100, 100;w=60;name="org_read"', "60"),
    ("pinterest", "day of the app"): counted("x-ratelimit", '100, 100;w=86400;name="x"', "4000"),
    ("facebook", "business use case"): business,
    ("facebook", "app"): lambda left: {"X-App-Usage": usage(left)},
    ("instagram", "app"): lambda left: {"X-App-Usage": usage(left)},
    ("threads", "app"): lambda left: {"X-App-Usage": usage(left)},
}
"""Platforms and limits, with the headers that tell how much of a hundred is left."""


USED_UP = {"twitter"}
"""Platforms of which no call is made at all while a limit is used up."""


@pytest.mark.parametrize(("platform", "limit"), TOLD)
def test_a_daily_snapshot_leaves_the_last_fifth(live: Live, platform: str, limit: str) -> None:
    account = live.lister(platform)
    take = live.service.services.account_analytics.take
    live.service.clock.hold()
    for left in (21, 20, 1 if platform in USED_UP else 0, 90):
        live.service.reset_sandbox()
        live.service.fault(host="*", kind="patch", headers=TOLD[platform, limit](left))
        live.works(platform, account)
        live.recorder.calls.clear()
        if left > 20:
            live.service.run(take(live.account(account)))
            assert live.upstream_calls() > 0
            continue
        with pytest.raises(PlatformError) as caught:
            live.service.run(take(live.account(account)))
        assert (caught.value.code.number, live.upstream_calls()) == (15071, 0)
        # Somebody waits for these.
        assert figures.account(live, account)["code"] == 0
