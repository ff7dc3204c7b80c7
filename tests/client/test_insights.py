"""The client's methods for figures read the examples of the API's reference."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from openchannels.client.decoding import decode

from openchannels.api.endpoint import OPERATION
from openchannels.api.routes import insights as routes
from openchannels.client import Insights

WORK = "accounts/1/localPosts/3"
PATH = "/api/v2/channels/works/youtube/accounts%2F1%2FlocalPosts%2F3"


class Wire:
    """Answers with examples, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Mapping[str, Any]]] = []
        self.pages: list[Any] = []

    def __call__(self, shape: type[Any], method: str, path: str, **options: Any) -> Any:
        self.asked.append((method, path, options.get("params") or options["json"]))
        example = self.pages.pop(0)
        return decode(shape, msgspec.to_builtins(example))


def test_figures_are_read() -> None:
    wire = Wire()
    insights = Insights(wire)
    by_id = {route.opt[OPERATION].id: route.opt[OPERATION].example for route in routes.ROUTES}
    since = datetime(2026, 11, 1, tzinfo=UTC)
    wire.pages = [by_id[f"{name}_v2"] for name in (
        "AccountsController_accountAnalytics", "WorksController_getDetail",
        "WorksController_getAnalytics", "WorksController_verifyOwnership")]  # fmt: skip
    account = insights.account("a/b", since=since)
    assert (account.metrics.fans_count, account.metrics.view_count) == (1840, None)
    assert account.snapshots[0].snapshot_at == account.fetched_at
    work = insights.work("youtube", WORK, "a")
    assert work.snapshots[0].metrics.view_count == 5312
    figures = insights.work_figures("youtube", WORK, "a", until=since)
    assert figures.work == work.work
    assert insights.verify_ownership("youtube", WORK, "a").owned
    assert wire.asked == [
        ("GET", "/api/v2/channels/accounts/a%2Fb/analytics", {"since": since.isoformat()}),
        ("GET", PATH, {"accountId": "a"}),
        ("GET", f"{PATH}/analytics", {"accountId": "a", "until": since.isoformat()}),
        ("POST", f"{PATH}/ownership/verify", {"candidateAccountId": "a"}),
    ]


def test_a_history_is_read_page_by_page() -> None:
    wire = Wire()
    snapshot = routes.EXAMPLE_SNAPSHOT
    wire.pages = [{"list": [snapshot] * 2, "nextCursor": "c"}, {"list": [snapshot]}]
    found = list(Insights(wire).iter_history("youtube", WORK, "a"))
    assert [one.id for one in found] == [snapshot.id] * 3
    assert [asked.get("cursor") for _, _, asked in wire.asked] == [None, "c"]
