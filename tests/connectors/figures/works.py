"""Works that are asked for by their ids, and what the platforms' documents say of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from openchannels.connectors.meta.threads.works import EXPANSION, UNSUPPORTED
from openchannels.connectors.registry import CONNECTORS
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import DetailedWork, Period, WorkFigures
from openchannels.core.platforms import Platform
from openchannels.core.works import ContentMode, Metrics, WorkStatus
from tests.connectors.figures import ACCOUNTS, CHANNEL, LOCATION, PAGE, answers_of, graph_error
from tests.connectors.support import FakeSend, answer, client_for

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
