"""What was used is counted in the platform's own unit."""

from typing import Any

import pytest

from tests.platforms.cases import BY_NAME, each
from tests.platforms.facts import UNITS
from tests.platforms.live import Live


def used(live: Live, platform: str) -> list[dict[str, Any]]:
    answer = live.client.get("/api/v2/channels/platforms/usage").json()
    assert answer["code"] == 0
    return [row for row in answer["data"]["used"] if row["platform"] == platform]


@each("usage: counted in the platform's unit")
def test_every_call_is_counted(live: Live, platform: str) -> None:
    before = used(live, platform)
    live.accounts(platform, "uma")
    works = 0
    if BY_NAME[platform].works is not None:
        works = len(live.works(platform, live.lister(platform, "uma"))["items"])
    rows = used(live, platform)
    assert sum(r["calls"] for r in rows) - sum(r["calls"] for r in before) == live.upstream_calls()
    assert {row["unit"] for row in rows} == {UNITS.get(platform, "calls")}
    cost = sum(row["cost"] for row in rows) - sum(row["cost"] for row in before)
    if platform == "youtube":
        # A token costs nothing; channel, list and videos cost one unit each.
        assert cost == pytest.approx(3)
    elif platform == "twitter":
        # A user costs a cent, a post half of one.
        assert cost == pytest.approx(0.01 + 0.005 * works)
    else:
        assert cost == live.upstream_calls()


@each("usage: operations of the costs are real")
def test_costs_name_operations_that_exist(live: Live, platform: str) -> None:
    live.accounts(platform, "uma")
    if BY_NAME[platform].works is not None:
        live.works(platform, live.lister(platform, "uma"))
    seen = {row["operation"] for row in used(live, platform)}
    elsewhere = ("publish.", "comments.", "engagement.")
    named = {name for name in BY_NAME[platform].costs if not name.startswith(elsewhere)}
    # Nothing was published, said or refreshed, and no setting, single work or figure asked for.
    others = {"works.read", "works.insights", "account.insights", "works.rate", "accounts.follow"}
    assert named - seen <= {
        "auth.refresh",
        "works.private",
        "works.analytics",
        "account.analytics",
        *others,
    }
