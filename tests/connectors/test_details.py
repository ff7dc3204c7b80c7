"""Single works and their figures, over the answers of the platforms' documentation."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from openchannels.connectors.google.youtube.api import ANALYTICS_SCOPE
from openchannels.connectors.meta.threads.works import EXPANSION, UNSUPPORTED
from openchannels.connectors.registry import CONNECTORS
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import DetailedWork, Period, WorkFigures
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.works import ContentMode, Metrics, WorkStatus
from tests.connectors.figures import ACCOUNTS, CHANNEL, LOCATION, PAGE, answers_of, graph_error
from tests.connectors.support import NOW, FakeSend, answer, client_for

POST, VIDEO = f"{PAGE}_912345678901234", "912345678905555"
REEL, THREAD = "17918920912340654", "18051234567890123"
SHARE, LOCAL, CLIP = "urn:li:share:7378012345678901234", "4455667788990099887", "aB3dE5gH7jK"
SHARE_PATH = "/rest/posts/urn%3Ali%3Ashare%3A7378012345678901234"
STATISTICS = "&shares=List(urn%3Ali%3Ashare%3A7378012345678901234)"
IMAGES = "/images?ids=List(urn%3Ali%3Aimage%3AD4E10AQEx)"
SOCIAL = "/socialMetadata?ids=List(urn%3Ali%3Ashare%3A7378012345678901234)"
SCOPELESS = Tokens("t", scopes=("pages_show_list",))
PAGE_TOKEN = Tokens("t", extra={"page_id": "p"})


@dataclass(frozen=True)
class Case:
    """A work that is asked for, what the platform answers by path, and what comes of it."""

    platform: str
    work_id: str
    script: Mapping[str, Any]
    metrics: Metrics
    author: str
    calls: int = 1
    tokens: Tokens = field(default_factory=lambda: Tokens("t"))
    facts: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    cache: Mapping[str, Any] = field(default_factory=dict)
    shape: tuple[ContentMode, str | None, WorkStatus] | None = None

    @property
    def account(self) -> Account:
        known = ACCOUNTS[self.platform]
        return replace(known, facts={**known.facts, **self.facts})

    def client(self, send: FakeSend) -> Any:
        client = client_for(CONNECTORS[Platform(self.platform)], send, **self.options)
        for name, value in self.cache.items():
            client.cache.put(name, value, 60)
        return client

    def send(self) -> FakeSend:
        """The platform: a text of the script names an answer of its file."""
        send, known = FakeSend(), answers_of(self.platform)
        for path, reply in self.script.items():
            replies = reply if isinstance(reply, tuple) else (reply,)
            send.on(path, *(known[name] if isinstance(name, str) else name for name in replies))
        return send

    async def fetch(self, send: FakeSend) -> DetailedWork:
        details = CONNECTORS[Platform(self.platform)].details
        assert details is not None
        return await details.fetch(self.client(send), self.account, self.tokens, self.work_id)

    async def figures(self, send: FakeSend, period: Period | None = None) -> WorkFigures:
        insights = CONNECTORS[Platform(self.platform)].work_insights
        assert insights is not None
        asked = (self.account, self.tokens, self.work_id, period or Period())
        return await insights.fetch(self.client(send), *asked)


def with_insights(platform: str, name: str) -> dict[str, Any]:
    known = answers_of(platform)
    return {**known[name], "insights": known["insights"]}


FACEBOOK = Metrics(views=5210, reach=3877, clicks=212, likes=143, comments=19, shares=7)
INSTAGRAM = Metrics(
    views=15320, plays=15320, reach=11020, likes=845, comments=31, saves=96, collects=96
)
THREADS = Metrics(views=1840, likes=96, shares=14)
LINKEDIN = Metrics(impressions=1207, reach=830, likes=19, shares=2, clicks=37)
YOUTUBE = Metrics(views=5312, plays=5312, likes=241)
CASES = {
    "a post": Case(
        "facebook",
        POST,
        {f"/{POST}": "post"},
        FACEBOOK,
        PAGE,
        shape=(ContentMode.TEXT, None, WorkStatus.PUBLISHED),
    ),
    "a post, a metric refused": Case(
        "facebook",
        POST,
        {
            f"/{POST}": (
                answer(graph_error(100, message="not a valid insights metric"), 400),
                "post",
            )
        },
        FACEBOOK,
        PAGE,
        calls=2,
    ),
    "a video": Case(
        "facebook",
        VIDEO,
        {f"/{VIDEO}": "video"},
        Metrics(plays=4100),
        PAGE,
        shape=(ContentMode.VIDEO, "Rye", WorkStatus.PUBLISHED),
    ),
    "a reel": Case(
        "instagram",
        REEL,
        {f"/{REEL}": with_insights("instagram", "reel")},
        INSTAGRAM,
        "17841401234567890",
        shape=(ContentMode.VIDEO, None, WorkStatus.PUBLISHED),
    ),
    "a reel whose insights do not come along": Case(
        "instagram",
        REEL,
        {f"/{REEL}": "reel", "/insights": "insights"},
        INSTAGRAM,
        "17841401234567890",
        calls=2,
        tokens=PAGE_TOKEN,
    ),
    "a reel without the scope": Case(
        "instagram",
        REEL,
        {f"/{REEL}": "reel"},
        Metrics(likes=845, comments=31),
        "17841401234567890",
        tokens=SCOPELESS,
    ),
    "a story with few viewers": Case(
        "instagram",
        REEL,
        {
            f"/{REEL}": (
                answer(graph_error(10, message="(#10) Not enough viewers for the media"), 400),
                "reel",
            )
        },
        Metrics(likes=845, comments=31),
        "17841401234567890",
        calls=2,
    ),
    "a thread": Case(
        "threads",
        THREAD,
        {f"/{THREAD}": with_insights("threads", "post")},
        THREADS,
        "26194837465019283",
        shape=(ContentMode.TEXT, None, WorkStatus.PUBLISHED),
    ),
    "a thread where expansions are unsupported": Case(
        "threads",
        THREAD,
        {f"/{THREAD}": "post", "/insights": "insights"},
        THREADS,
        "26194837465019283",
        calls=2,
        cache={EXPANSION: UNSUPPORTED},
    ),
    "a thread, the expansion refused": Case(
        "threads",
        THREAD,
        {
            f"/{THREAD}": (answer(graph_error(1), 500), "post"),
            "/insights": "insights",
        },
        THREADS,
        "26194837465019283",
        calls=3,
    ),
    "a thread without the scope": Case(
        "threads",
        THREAD,
        {f"/{THREAD}": "post"},
        Metrics(),
        "26194837465019283",
        tokens=SCOPELESS,
    ),
    "an organization's post": Case(
        "linkedin",
        SHARE,
        {SHARE_PATH: "post", STATISTICS: "statistics", IMAGES: "images"},
        LINKEDIN,
        "urn:li:organization:2414183",
        calls=3,
        shape=(ContentMode.IMAGE, None, WorkStatus.PUBLISHED),
    ),
    "an organization's post for a content administrator": Case(
        "linkedin",
        SHARE,
        {SHARE_PATH: "post", SOCIAL: "social", IMAGES: "images"},
        Metrics(likes=19, comments=3),
        "urn:li:organization:2414183",
        calls=3,
        facts={"role": "CONTENT_ADMINISTRATOR"},
    ),
    "a local post": Case(
        "google_business",
        LOCAL,
        {f"/localPosts/{LOCAL}": "post"},
        Metrics(),
        LOCATION,
        shape=(ContentMode.IMAGE, None, WorkStatus.PROCESSING),
    ),
    "a clip": Case(
        "youtube",
        CLIP,
        {"/videos": "videos"},
        YOUTUBE,
        CHANNEL,
        shape=(ContentMode.VIDEO, "Glaze test 14", WorkStatus.PUBLISHED),
    ),
    "a clip with Analytics": Case(
        "youtube",
        CLIP,
        {"/videos": "videos", "/reports": "lifetime"},
        replace(YOUTUBE, shares=7, watch_seconds=5400),
        CHANNEL,
        calls=2,
        options={"analytics": True},
    ),
    "a clip without the scope": Case(
        "youtube",
        CLIP,
        {"/videos": "videos"},
        YOUTUBE,
        CHANNEL,
        tokens=SCOPELESS,
        options={"analytics": True},
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_a_work_is_read_by_its_id(name: str) -> None:
    case = CASES[name]
    send = case.send()
    found = await case.fetch(send)
    assert (found.work.id, found.work.metrics) == (case.work_id, case.metrics)
    assert (found.author, len(send.calls)) == (case.author, case.calls)
    if case.shape is not None:
        assert (found.work.mode, found.work.title, found.work.status) == case.shape


COUNTED = [name for name, case in CASES.items() if case.platform != "google_business"]


@pytest.mark.parametrize("name", COUNTED)
async def test_figures_of_a_work_come_with_the_work(name: str) -> None:
    case = CASES[name]
    if "/reports" in case.script:
        case = replace(case, script={**case.script, "/reports": "no_days"}, metrics=YOUTUBE)
    send = case.send()
    found = await case.figures(send)
    assert found.work is not None
    assert (found.work.id, found.metrics) == (case.work_id, case.metrics)
    assert (list(found.spans), len(send.calls)) == ([], case.calls)


@pytest.mark.parametrize(
    ("name", "at", "strange"),
    [
        ("a post", "from", {"id": "999", "name": "Another bakery"}),
        ("a reel", "owner", {"id": "999"}),
        ("a thread", "owner", {"id": "999"}),
        ("a post", "from", None),
        ("a reel", "owner", None),
        ("a thread", "owner", ["999"]),
    ],
)
async def test_the_author_is_who_the_answer_names(name: str, at: str, strange: Any) -> None:
    case = CASES[name]
    [(path, reply)] = case.script.items()
    known = answers_of(case.platform)[reply] if isinstance(reply, str) else reply
    found = await case.fetch(FakeSend().on(path, {**known, at: strange, "username": "another"}))
    expected = strange["id"] if isinstance(strange, dict) else None
    assert (found.author, found.work.author_uid) == (expected, expected)
    assert found.work.author_name != case.account.nickname


async def test_a_stranger_at_linkedin_has_public_counts_only() -> None:
    case = replace(CASES["an organization's post"], script={SOCIAL: "social", IMAGES: "images"})
    stranger = {**answers_of("linkedin")["post"], "author": "urn:li:organization:9"}
    found = await case.fetch(case.send().on(SHARE_PATH, stranger))
    assert (found.author, found.work.author_name) == ("urn:li:organization:9", None)
    assert found.work.metrics == Metrics(likes=19, comments=3)


async def test_a_person_at_linkedin_has_no_posts() -> None:
    case = CASES["an organization's post"]
    person = replace(case.account, uid="urn:li:person:782bbtaQex")
    details = CONNECTORS[Platform("linkedin")].details
    assert details is not None
    with pytest.raises(PlatformFailure) as caught:
        await details.fetch(case.client(FakeSend()), person, case.tokens, SHARE)
    assert caught.value.kind is FailureKind.PERMISSION


UNKNOWN = [
    ("a post", f"/{POST}", answer(graph_error(100, 33, "Unsupported get request."), 400)),
    ("a post", f"/{POST}", answer(graph_error(803), 404)),
    ("a video", f"/{VIDEO}", answer(graph_error(100, 33, "Unsupported get request."), 400)),
    ("a video", f"/{VIDEO}", answer(graph_error(100, message="nonexisting field (views)"), 400)),
    ("a reel", f"/{REEL}", answer(graph_error(100, 33, "Unsupported get request."), 400)),
    ("a reel", f"/{REEL}", answer(graph_error(24, 2207006), 400)),
    ("a thread", f"/{THREAD}", answer(graph_error(24), 400)),
    ("a thread", f"/{THREAD}", answer(graph_error(100, message="Object does not exist"), 500)),
    (
        "an organization's post",
        SHARE_PATH,
        answer({"status": 404, "code": "RESOURCE_NOT_FOUND", "message": "gone"}, 404),
    ),
    (
        "a local post",
        f"/{LOCAL}",
        answer({"error": {"code": 404, "message": "no", "status": "NOT_FOUND"}}, 404),
    ),
    ("a clip", "/videos", answers_of("youtube")["no_videos"]),
]


@pytest.mark.parametrize(("name", "path", "reply"), UNKNOWN)
async def test_an_unknown_work_is_not_found_by_one_call(name: str, path: str, reply: Any) -> None:
    send = FakeSend().on(path, reply)
    with pytest.raises(PlatformFailure) as caught:
        await CASES[name].fetch(send)
    assert (caught.value.kind, caught.value.operation) == (FailureKind.NOT_FOUND, "works.read")
    assert (len(send.calls), caught.value.sent) == (1, True)


async def test_what_is_refused_of_one_post_says_nothing_of_the_list() -> None:
    case = CASES["a post, a metric refused"]
    send = case.send().on("/published_posts", {"data": []})
    client, connector = case.client(send), CONNECTORS[Platform("facebook")]
    assert connector.details is not None
    await connector.details.fetch(client, case.account, case.tokens, POST)
    assert "post_clicks" in send.params(0)["fields"]
    assert "post_clicks" not in send.params(1)["fields"]
    assert client.cache.get(f"facebook.insights_accepted:{case.account.id}") is None


async def test_days_of_a_video_are_those_of_its_report() -> None:
    case = CASES["a clip with Analytics"]
    case = replace(case, script={"/videos": "videos", "/reports": "days"})
    case = replace(case, tokens=Tokens("t", scopes=(ANALYTICS_SCOPE,)))
    send = case.send()
    since, until = (datetime(2026, 8, day, 12, tzinfo=UTC).timestamp() for day in (1, 2))
    found = await case.figures(send, Period(since, until))
    first, second = found.spans
    assert first.metrics == Metrics(views=120, plays=120, likes=3, shares=2, watch_seconds=2460)
    assert second.metrics == Metrics(views=98, plays=98, shares=1, watch_seconds=2340)
    midnight = datetime(2026, 8, 1, 7, tzinfo=UTC).timestamp()
    assert [first.start, first.end, second.start] == [midnight, second.start, midnight + 86_400]
    assert found.metrics == replace(YOUTUBE, shares=3, watch_seconds=4800)
    asked = send.params()
    assert (asked["startDate"], asked["endDate"]) == ("2026-08-01", "2026-08-02")
    assert (asked["dimensions"], asked["filters"]) == ("day", f"video=={CLIP}")


@pytest.mark.parametrize(("status", "given"), [(403, True), (503, False)])
async def test_a_refused_report_costs_its_figures_alone(status: int, given: bool) -> None:
    case = CASES["a clip with Analytics"]
    refusal = answer({"error": {"code": status, "message": "no", "status": "ODD"}}, status)
    send = replace(case, script={"/videos": "videos"}).send().on("/reports", refusal)
    if given:
        assert (await case.figures(send)).metrics == YOUTUBE
    else:
        with pytest.raises(PlatformFailure):
            await case.figures(send)


async def test_a_period_without_an_end_ends_now() -> None:
    case = replace(CASES["a clip with Analytics"], script={"/videos": "videos", "/reports": "days"})
    send = case.send()
    await case.figures(send, Period(until=NOW + 1e6))
    assert (send.params()["startDate"], send.params()["endDate"]) == ("2026-08-24", "2026-09-21")
