"""Figures of accounts, over the answers of the platforms' documentation."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from openchannels.connectors.google.business.insights import METRICS
from openchannels.connectors.registry import CONNECTORS
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import AccountFigures, AccountMetrics, Period
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from tests.connectors.figures import ACCOUNTS, LOCATION, PAGE, answers_of, graph_error
from tests.connectors.support import NOW, FakeSend, answer, client_for

DAY = 86_400.0
MIDNIGHT = datetime(2026, 8, 1, tzinfo=UTC).timestamp()
PACIFIC_MIDNIGHT = MIDNIGHT + 7 * 3600
IG = "17841401234567890"
SIZE = "/networkSizes/urn%3Ali%3Aorganization%3A2414183"
SCOPELESS = Tokens("t", scopes=("pages_show_list",))
PAGE_TOKEN = Tokens("t", extra={"page_id": "p"})
NAMES = "&".join(f"dailyMetrics={name}" for name in METRICS)
TOTALS, SERIES = {"metric_type": "total_value"}, {"metric_type": "time_series"}
EMPTY: dict[str, Any] = {"data": []}


@dataclass(frozen=True)
class Case:
    """An account that is asked for, what the platform answers, and what comes of it.

    A line of `script` is the end of a path, parameters, and an answer or its name in the file.
    `spans` are the days that are told, by their start in days from `first`.
    """

    platform: str
    script: tuple[tuple[str, Mapping[str, str], Any], ...]
    metrics: AccountMetrics
    spans: Mapping[int, AccountMetrics] = field(default_factory=dict)
    first: float = PACIFIC_MIDNIGHT
    calls: int = 2
    tokens: Tokens = field(default_factory=lambda: Tokens("t"))
    facts: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def account(self) -> Account:
        known = ACCOUNTS[self.platform]
        return replace(known, facts={**known.facts, **self.facts})

    def send(self) -> FakeSend:
        send, known = FakeSend(), answers_of(self.platform)
        for path, params, reply in self.script:
            send.on(path, known[reply] if isinstance(reply, str) else reply, **params)
        return send

    async def fetch(
        self, send: FakeSend, period: Period | None = None, account: Account | None = None
    ) -> AccountFigures:
        connector = CONNECTORS[Platform(self.platform)]
        assert connector.account_insights is not None
        client = client_for(connector, send, **self.options)
        asked = (account or self.account, self.tokens, period or Period())
        return await connector.account_insights.fetch(client, *asked)


FANS = AccountMetrics(fans=18955)
FOLLOWERS = AccountMetrics(fans=12904, following=318, works=642)
ME = ("/me", {}, "me")
CHANNEL = AccountMetrics(fans=12400, works=212, views=1840233)
REFUSED = answer(graph_error(100, message="(#100) metric must be a valid insights metric"), 400)
NO_SCOPE = answer(graph_error(200, message="Requires read_insights"), 403)
CASES = {
    "a Page": Case(
        "facebook",
        ((f"/{PAGE}", {}, "page"), ("/insights", {}, "series")),
        AccountMetrics(fans=18955, views=2731, likes=7),
        {
            0: AccountMetrics(views=1320, reach=900, likes=7),
            1: AccountMetrics(views=1411, reach=950),
        },
    ),
    "a Page without the scope": Case(
        "facebook", ((f"/{PAGE}", {}, "page"),), FANS, calls=1, tokens=SCOPELESS
    ),
    "a Page whose insights are refused": Case(
        "facebook", ((f"/{PAGE}", {}, "page"), ("/insights", {}, NO_SCOPE)), FANS
    ),
    "a Page that nobody sees": Case(
        "facebook", ((f"/{PAGE}", {}, "page"), ("/insights", {}, EMPTY)), FANS
    ),
    "an account": Case(
        "instagram",
        (ME, (f"/{IG}/insights", TOTALS, "totals"), (f"/{IG}/insights", SERIES, "series")),
        replace(
            FOLLOWERS,
            views=15320,
            reach=11020,
            likes=845,
            collects=96,
            forwards=62,
            engagements=1030,
        ),
        {0: AccountMetrics(reach=410), 1: AccountMetrics(reach=388)},
        calls=3,
    ),
    "an account over Facebook Login": Case(
        "instagram",
        ((f"/{IG}", {}, "me"), (f"/{IG}/insights", TOTALS, EMPTY), ("/insights", SERIES, EMPTY)),
        FOLLOWERS,
        calls=3,
        tokens=PAGE_TOKEN,
    ),
    "an account without the scope": Case("instagram", (ME,), FOLLOWERS, calls=1, tokens=SCOPELESS),
    "a profile": Case(
        "threads",
        (
            ME,
            ("/me/threads_insights", {"metric": "followers_count"}, "followers"),
            ("/me/threads_insights", {}, "figures"),
        ),
        AccountMetrics(
            fans=5210, views=798, likes=96, comments=12, forwards=6, clicks=9, engagements=114
        ),
        {0: AccountMetrics(views=410), 1: AccountMetrics(views=388)},
        calls=3,
    ),
    "a profile without the scope": Case(
        "threads", (ME,), AccountMetrics(), calls=1, tokens=SCOPELESS
    ),
    "an organization": Case(
        "linkedin",
        ((SIZE, {}, "followers"), ("timeGranularityType:DAY)", {}, "series")),
        AccountMetrics(
            fans=3120, impressions=798, likes=6, comments=1, forwards=1, clicks=13, engagements=16
        ),
        {
            0: AccountMetrics(impressions=388, reach=310, comments=1, forwards=0, clicks=4),
            1: AccountMetrics(
                impressions=410,
                reach=300,
                likes=6,
                comments=0,
                forwards=1,
                clicks=9,
                engagements=16,
            ),
        },
        first=MIDNIGHT,
    ),
    "an organization for a content administrator": Case(
        "linkedin",
        ((SIZE, {}, "followers"),),
        AccountMetrics(fans=3120),
        calls=1,
        facts={"role": "CONTENT_ADMINISTRATOR"},
    ),
    "an organization without a post": Case(
        "linkedin",
        ((SIZE, {}, "followers"), ("timeGranularityType:DAY)", {}, {"elements": []})),
        AccountMetrics(fans=3120),
    ),
    "a location": Case(
        "google_business",
        ((f"/locations/{LOCATION}:fetchMultiDailyMetricsTimeSeries?{NAMES}", {}, "series"),),
        AccountMetrics(impressions=100, clicks=15),
        {0: AccountMetrics(clicks=0), 1: AccountMetrics(impressions=100, clicks=15)},
        first=MIDNIGHT,
        calls=1,
    ),
    "a location that nobody sees": Case(
        "google_business",
        ((f"/locations/{LOCATION}:fetchMultiDailyMetricsTimeSeries?{NAMES}", {}, {}),),
        AccountMetrics(),
        calls=1,
    ),
    "a channel": Case("youtube", (("/channels", {}, "channels"),), CHANNEL, calls=1),
    "a channel with Analytics": Case(
        "youtube",
        (("/channels", {}, "channels"), ("/reports", {"dimensions": "day"}, "days")),
        replace(CHANNEL, likes=3, forwards=3),
        {
            0: AccountMetrics(views=120, likes=3, forwards=2),
            1: AccountMetrics(views=98, forwards=1),
        },
        options={"analytics": True},
    ),
    "a channel without a report": Case(
        "youtube",
        (("/channels", {}, "channels"), ("/reports", {}, "no_days")),
        CHANNEL,
        options={"analytics": True},
    ),
    "a channel without the scope": Case(
        "youtube",
        (("/channels", {}, "channels"),),
        CHANNEL,
        calls=1,
        tokens=SCOPELESS,
        options={"analytics": True},
    ),
}


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
