"""Figures of accounts, over the answers of the platforms' documentation."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from openchannels.connectors.registry import CONNECTORS
from openchannels.core.credentials import Tokens
from openchannels.core.insights import AccountMetrics, Period
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from tests.connectors.figures import ACCOUNTS, PAGE, answers_of
from tests.connectors.figures.accounts import CASES, DAY, EMPTY, FANS, MIDNIGHT, REFUSED
from tests.connectors.support import NOW, FakeSend, answer, client_for


@pytest.mark.parametrize("name", CASES)
async def test_figures_of_an_account_are_read(name: str) -> None:
    case = CASES[name]
    send = case.send()
    found = await case.fetch(send)
    assert found.metrics == case.metrics
    assert {span.start: span.metrics for span in found.spans} == {
        case.first + day * DAY: metrics for day, metrics in case.spans.items()
    }
    assert all(span.end == span.start + DAY for span in found.spans)
    assert [span.start for span in found.spans] == sorted(span.start for span in found.spans)
    assert len(send.calls) == case.calls
    assert {call.method for call in send.calls} == {"GET"}


@pytest.mark.parametrize(
    ("name", "display_name", "username", "account_type"),
    [
        ("a Page", "North Pier Bakery", "northpierbakery", None),
        ("an account", "North Pier Bakery", "northpierbakery", "Business"),
        ("a profile", "North Pier Bakery", "northpierbakery", None),
        ("a channel", "Kiln & Clay", "@kilnandclay", None),
    ],
)
async def test_how_the_account_shows_itself(
    name: str, display_name: str, username: str, account_type: str | None
) -> None:
    profile = (await CASES[name].fetch(CASES[name].send())).profile
    assert profile is not None
    found = (profile.display_name, profile.username, profile.account_type)
    assert found == (display_name, username, account_type)


async def test_kinds_of_clicks_are_told_apart_beside_their_sum() -> None:
    found = await CASES["a location"].fetch(CASES["a location"].send())
    assert found.extra["dailyMetrics"] == {
        "WEBSITE_CLICKS": 12,
        "CALL_CLICKS": 3,
        "BUSINESS_IMPRESSIONS_MOBILE_MAPS": 40,
        "BUSINESS_IMPRESSIONS_MOBILE_SEARCH": 60,
    }


async def test_a_refused_metric_costs_itself_alone() -> None:
    case = CASES["a Page"]
    send = FakeSend().on(f"/{PAGE}", answers_of("facebook")["page"])
    series = {row["name"]: row for row in answers_of("facebook")["series"]["data"]}
    for name in ("page_media_view", "page_total_media_view_unique"):
        send.on("/insights", {"data": [series[name]]}, metric=name)
    send.on("/insights", REFUSED)
    found = await case.fetch(send)
    assert found.metrics == replace(FANS, views=2731)
    assert [span.metrics.reach for span in found.spans] == [900, 950]


async def test_a_refusal_of_a_metric_is_remembered() -> None:
    connector = CONNECTORS[Platform("facebook")]
    send = FakeSend().on(f"/{PAGE}", answers_of("facebook")["page"])
    send.on("/insights", EMPTY, metric="page_media_view").on("/insights", REFUSED)
    client = client_for(connector, send)
    assert connector.account_insights is not None
    for _ in range(2):
        await connector.account_insights.fetch(client, ACCOUNTS["facebook"], Tokens("t"), Period())
    assert len(send.calls) == 2 + 5 + 2
    assert send.params()["metric"] == "page_media_view"


@pytest.mark.parametrize("name", ["a Page", "an account", "a profile", "an organization"])
@pytest.mark.parametrize("status", [429, 503])
async def test_an_outage_is_no_refusal(name: str, status: int) -> None:
    case = CASES[name]
    *known, (path, params, _) = case.script
    refusal = {"error": {"code": 4, "message": "no"}} if status == 429 else b"<html>"
    case = replace(case, script=(*known, (path, params, answer(refusal, status))))
    with pytest.raises(PlatformFailure) as caught:
        await case.fetch(case.send())
    assert caught.value.operation == "account.insights"
    assert caught.value.retryable


def period(since: str, until: str) -> Period:
    return Period(*(datetime.fromisoformat(moment).timestamp() for moment in (since, until)))


def asked(send: FakeSend, first: str, last: str) -> list[tuple[str, str]]:
    """The ranges that were asked for, in order."""
    found = [send.params(number) for number in range(len(send.calls))]
    return sorted((params[first], params[last]) for params in found if first in params)


@pytest.mark.parametrize(
    ("since", "until", "windows"),
    [
        (
            "2026-03-01T12:00:00+00:00",
            "2026-09-16T12:00:00+00:00",
            [
                ("2026-03-01", "2026-05-30"),
                ("2026-05-30", "2026-08-28"),
                ("2026-08-28", "2026-09-17"),
            ],
        ),
        ("2026-08-01T07:00:00+00:00", "2026-08-02T07:00:00+00:00", [("2026-08-01", "2026-08-02")]),
        ("2026-09-20T07:00:00+00:00", "2027-01-01T00:00:00+00:00", [("2026-09-20", "2026-09-21")]),
        ("2026-09-21T10:00:00+00:00", "2026-09-21T12:00:00+00:00", []),
        ("2023-09-20T07:00:00+00:00", "2023-09-22T07:00:00+00:00", []),
    ],
)
async def test_a_page_is_asked_for_its_ended_days(
    since: str, until: str, windows: list[tuple[str, str]]
) -> None:
    send = CASES["a Page"].send()
    await CASES["a Page"].fetch(send, period(since, until))
    assert asked(send, "since", "until") == windows


async def test_days_of_a_page_follow_one_another_when_clocks_change() -> None:
    """The day on which Pacific time jumps ahead has 23 hours, that on which it falls back 25."""
    ends = (
        *("2026-03-08T08:00:00+0000", "2026-03-09T07:00:00+0000", "2026-03-10T07:00:00+0000"),
        *("2025-11-02T07:00:00+0000", "2025-11-03T08:00:00+0000"),
    )
    values = [{"value": 1, "end_time": end} for end in ends]
    send = FakeSend().on(f"/{PAGE}", answers_of("facebook")["page"])
    send.on("/insights", {"data": [{"name": "page_media_view", "values": values}]})
    found = await CASES["a Page"].fetch(send)
    hours = [(span.end - span.start) / 3600 for span in found.spans]
    assert hours == [24, 25, 24, 23, 24]
    # Between autumn and spring lie days that were not told.
    assert [later.start == one.end for one, later in pairwise(found.spans)] == [
        *(True, False, True, True)
    ]


async def test_people_of_several_months_are_not_added_up() -> None:
    case = CASES["an account"]
    send = case.send()
    found = await case.fetch(send, Period(NOW - 45 * DAY, NOW))
    assert (found.metrics.views, found.metrics.reach) == (2 * 15320, None)
    edges = [int(NOW - 45 * DAY), int(NOW - 15 * DAY), int(NOW)]
    windows = [(str(since), str(until)) for since, until in pairwise(edges)]
    assert asked(send, "since", "until") == sorted(windows * 2)


async def test_threads_counts_nothing_before_it_began() -> None:
    send = CASES["a profile"].send()
    await CASES["a profile"].fetch(send, Period(0, NOW))
    assert asked(send, "since", "until") == [("1712991600", str(int(NOW)))]


async def test_an_organization_is_asked_for_its_ended_days() -> None:
    case = CASES["an organization"]
    send = case.send()
    await case.fetch(send, Period(MIDNIGHT + 3600, NOW + DAY))
    today = datetime(2026, 9, 21, tzinfo=UTC).timestamp()
    interval = f"(timeRange:(start:{int(MIDNIGHT)}000,end:{int(today)}000)"
    assert interval in send.calls[-1].url
    send = case.send()
    await case.fetch(send, Period(today, NOW))
    assert len(send.calls) == 1


async def test_a_location_is_asked_for_days_by_date() -> None:
    case = CASES["a location"]
    send = case.send()
    await case.fetch(send, Period(MIDNIGHT, MIDNIGHT + 2 * DAY))
    edges = [
        [send.params()[f"dailyRange.{edge}.{part}"] for part in ("year", "month", "day")]
        for edge in ("startDate", "endDate")
    ]
    assert edges == [["2026", "8", "1"], ["2026", "8", "2"]]


@pytest.mark.parametrize("granted", [True, False])
async def test_followers_of_a_person_at_linkedin_need_a_scope(granted: bool) -> None:
    case = replace(
        CASES["an organization"],
        tokens=Tokens("t", scopes=("r_member_profileAnalytics",) if granted else ()),
        script=(("/memberFollowersCount", {"q": "me"}, "own_followers"),),
    )
    person = replace(case.account, uid="urn:li:person:782bbtaQex")
    send = case.send()
    if granted:
        assert (await case.fetch(send, account=person)).metrics == AccountMetrics(fans=830)
    else:
        with pytest.raises(PlatformFailure) as caught:
            await case.fetch(send, account=person)
        assert caught.value.kind is FailureKind.PERMISSION
    assert len(send.calls) == granted


def test_reports_of_youtube_cost_no_units() -> None:
    connector = CONNECTORS[Platform("youtube")]
    operations = ("works.read", "account.insights", "works.analytics", "account.analytics")
    assert [connector.cost(operation) for operation in operations] == [1, 1, 0, 0]
