"""Accounts that are asked for, and what the platforms' documents say of their figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from openchannels.connectors.google.business.insights import METRICS
from openchannels.connectors.registry import CONNECTORS
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import AccountFigures, AccountMetrics, Period
from openchannels.core.platforms import Platform
from tests.connectors.figures import ACCOUNTS, LOCATION, PAGE, answers_of, graph_error
from tests.connectors.support import FakeSend, answer, client_for

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
