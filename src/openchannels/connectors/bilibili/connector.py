"""Bilibili: OAuth with signed calls; the counts of videos take a call each."""

from dataclasses import replace
from typing import Any

from openchannels.connectors.base.accounts import AccountReader
from openchannels.connectors.base.auth import OAuth
from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.failures import FailureTable, by_kind
from openchannels.connectors.base.mapping import BY_ACCOUNT, ProfileMap, WorkMap
from openchannels.connectors.base.paginators import Item, PageList
from openchannels.connectors.base.parse import count, dig, integer, text
from openchannels.connectors.base.shapes import object_at, text_at
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.bilibili.api import API, signing_client
from openchannels.connectors.bilibili.links import LINKS
from openchannels.connectors.bilibili.publishing import PUBLISHING
from openchannels.connectors.bilibili.statistics import read_statistics
from openchannels.core.accounts import Account, Candidate
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.paging import PagePaging, PageRequest, WorksPage
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_client import PlatformClient

DAY = 86_400

# The code decides, mostly under HTTP 200, at the token endpoints too.
# https://open.bilibili.com/doc/4/8673959e-f7bb-56e6-6e68-d225f971b81b
FAILURES = FailureTable(
    code="code",
    request_id="request_id",
    code_decides=True,
    success=("0",),
    codes=by_kind(
        {
            FailureKind.TOKEN_EXPIRED: (127000, 127001, 127003, 127008),
            FailureKind.DEAD_GRANT: (122002, 122007),
            FailureKind.MISCONFIGURED: (
                *(122000, 122001, 122008, 127002, 127004, 127010),
                *range(4002, 4010),
            ),
            FailureKind.PERMISSION: (123001, 127005, 127006, 127007, 127011, 127304, 127305),
            FailureKind.RATE_LIMITED: (123026, 127009, 127306),
            FailureKind.UNAVAILABLE: (
                *(-500, 4010, 4011, 122009, 122010),
                *(123002, 123023, 123028),
            ),
            FailureKind.NOT_FOUND: (123004, 123005),
            FailureKind.INVALID: (4000, 4001, 4012, 123008),
        }
    ),
    wait={"123028": 10.0},
)
# The platform documents only 0 and -2; the others are reported by its users.
STATES = {
    0: WorkStatus.PUBLISHED,
    **dict.fromkeys((-2, -3, -4, -5, -16), WorkStatus.REJECTED),
    -40: WorkStatus.SCHEDULED,
    -100: WorkStatus.DELETED,
}


def video_id(video: Any) -> str:
    return text(dig(video, "resource_id")) or ""


def read_status(video: Any) -> WorkStatus | None:
    state = integer(dig(video, "addit_info", "state"))
    if state is None or state > 0:
        return None
    return STATES.get(state, WorkStatus.REVIEWING)


def is_public(video: Item) -> bool:
    return read_status(video) is WorkStatus.PUBLISHED


PROFILE = ProfileMap(
    Platform("bilibili"),
    {
        "uid": "openid",
        "handle": "openid",
        "nickname": "name",
        "avatar": "face",
    },
    counters={
        "fans": "totals.follower",
        "following": "totals.following",
        "works": "totals.arc_passed_total",
    },
    scoped=dict.fromkeys(("fansCount", "followingCount", "workCount"), "USER_DATA"),
)
# https://open.bilibili.com/doc/4/a24030b7-6b8f-b36c-32d8-a4aae67fcc35
WORK = WorkMap(
    {
        "id": "resource_id",
        "mode": ContentMode.VIDEO,
        "title": "title",
        "description": "desc",
        "url": lambda video: f"https://www.bilibili.com/video/{video_id(video)}",
        "cover_url": "cover",
        "published_at": "ptime",
        **BY_ACCOUNT,
        "status": read_status,
    },
    metrics_at="counts",
    metrics={
        "views": "view",
        "plays": "view",
        "likes": "like",
        "comments": "reply",
        "collects": "favorite",
        "saves": "favorite",
        "shares": "share",
    },
    scoped=dict.fromkeys(
        (
            *("viewCount", "playCount", "likeCount", "commentCount"),
            *("collectCount", "saveCount", "shareCount"),
        ),
        "ARC_DATA",
    ),
)
VIDEOS = PageList(
    url=f"{API}/archive/viewlist",
    items="data.list",
    id="resource_id",
    size="ps",
    number="pn",
    total="data.page.total",
    empty=lambda answer: count(dig(answer, "data", "page", "total")) is not None,
)


def may_have_scope(tokens: Tokens, scope: str) -> bool:
    """Returns whether a scope is granted; True if the granted scopes are unknown."""
    return tokens.scopes is None or scope in tokens.scopes


class BilibiliAuth(OAuth):
    config = OAuthConfig(
        # https://open.bilibili.com/doc/4/eaf0e2b5-bde9-b9a0-9be1-019bb455701c
        authorize_url="https://account.bilibili.com/pc/account-pc/auth/oauth",
        token_url="https://api.bilibili.com/x/account-oauth2/v1/token",
        refresh_url="https://api.bilibili.com/x/account-oauth2/v1/refresh_token",
        # Scopes are set in the console and on the consent page, and not sent in requests.
        scopes=("USER_INFO", "USER_DATA", "ARC_BASE", "ARC_DATA"),
        required_scopes=("USER_INFO", "ARC_BASE"),
        scope_param=None,
        response_type=None,
        redirect_param="gourl",
        redirect_in_token=False,
        answer_at="data",
        token_model=TokenModel.ROTATING,
        # The official example shows a Unix time under this name.
        expires_is="either",
        # A grant whose access token has expired needs a new authorization.
        # https://open.bilibili.com/doc/4/eaf0e2b5-bde9-b9a0-9be1-019bb455701c
        needs_live_access=True,
        leeway=3 * DAY,
        classify=FAILURES.classify,
    )
    # Refreshes are four weeks apart, and no webhook that we handle reports a revoked grant.
    probe_every = 7.0 * DAY
    instructions = Text(
        en="Open the link, sign in to Bilibili, and leave every permission ticked: "
        "without the data permissions there are no follower counts and no metrics.",
        zh="打开链接，登录哔哩哔哩并保持所有权限勾选；缺少数据权限时无法获取粉丝数和作品数据。",
    )

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        operation, signed_client = "auth.probe", signing_client(client, tokens)
        answer = await signed_client.get(f"{API}/user/account/info", operation=operation)
        text_at(client, operation, answer, "data.openid")


class BilibiliAccounts(AccountReader):
    coverage = PROFILE.coverage

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        signed_client = signing_client(client, tokens)
        answer = await signed_client.get(f"{API}/user/account/info", operation="account.read")
        user = object_at(client, "account.read", answer, "data")
        openid = text_at(client, "account.read", user, "openid")
        totals = await self._totals(signed_client, tokens)
        return [Candidate(PROFILE.read({**user, "totals": totals}, openid), tokens)]

    async def _totals(self, signed_client: PlatformClient, tokens: Tokens) -> Any:
        """Returns the account's counts; None if they cannot be read."""
        if not may_have_scope(tokens, "USER_DATA"):
            return None
        try:
            answer = await signed_client.get(f"{API}/data/user/stat", operation="account.stats")
        except PlatformFailure:
            return None
        return dig(answer, "data")


class BilibiliWorks(WorksReader):
    paging = PagePaging(default=20, maximum=50, total=True)
    coverage = WORK.coverage

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        signed_client = signing_client(client, tokens)
        videos = await VIDEOS.page(signed_client, page, params={"status": "all"})
        counts: dict[str, Any] = {}
        if may_have_scope(tokens, "ARC_DATA"):
            public = [video_id(video) for video in videos.items if is_public(video)]
            counts = await read_statistics(signed_client, account.id, public)
        counted = [{**video, "counts": counts.get(video_id(video))} for video in videos.items]
        return replace(videos, items=counted).works(WORK, account)


class Bilibili(Connector):
    """One authorization gives one account, whose `openid` differs per app."""

    id = Platform("bilibili")
    name = Text(en="Bilibili", zh="哔哩哔哩")
    mark = Mark("B", "#00749f")
    docs_url = "https://open.bilibili.com/doc"
    failures = FAILURES
    auth = BilibiliAuth()
    accounts = BilibiliAccounts()
    publishing = PUBLISHING
    works = BilibiliWorks()
    links = LINKS
