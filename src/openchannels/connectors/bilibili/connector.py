"""Bilibili: OAuth with signed calls; the list of videos has no counts, each video is asked."""

import asyncio
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar
from uuid import uuid4

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.parse import count, dig, https, moment, rows, text, whole
from openchannels.core.accounts import Account, Candidate, Counters, Profile
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.paging import NumberRequest, PagePaging, PageRequest, WorksPage
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.core.works import ContentMode, Metrics, Work, WorkStatus
from openchannels.transport.client import Answer, Call
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_client import App, PlatformClient, body_of, classify_status

API = "https://member.bilibili.com/arcopen/fn"
STATS_AT_ONCE = 5
STATS_KEPT = 300
STATS_TIMEOUT = 5.0
STATS_PATIENCE = 10
DAY = 86_400

# https://open.bilibili.com/doc/4/8673959e-f7bb-56e6-6e68-d225f971b81b
CODES = {
    code: kind
    for kind, codes in {
        FailureKind.TOKEN_EXPIRED: (127000, 127001, 127003, 127008),
        FailureKind.DEAD_GRANT: (122002, 122007),
        FailureKind.MISCONFIGURED: (
            122000,
            122001,
            122008,
            127002,
            127004,
            127010,
            *range(4002, 4010),
        ),
        FailureKind.PERMISSION: (123001, 127005, 127006, 127007, 127011, 127304, 127305),
        FailureKind.RATE_LIMITED: (123026, 127009, 127306),
        FailureKind.UNAVAILABLE: (-500, 4010, 4011, 122009, 122010, 123002, 123023, 123028),
        FailureKind.NOT_FOUND: (123004, 123005),
        FailureKind.INVALID: (4000, 4001, 4012, 123008),
    }.items()
    for code in codes
}
WAIT = {123028: 10.0}
ONE_WORK_ONLY = {
    FailureKind.NOT_FOUND,
    FailureKind.INVALID,
    FailureKind.UNAVAILABLE,
    FailureKind.MALFORMED,
}
"""Failures of a statistics call that say nothing about the calls for other works."""
REFUSED_TOKEN = {FailureKind.TOKEN_EXPIRED, FailureKind.DEAD_GRANT}

# Beyond 0 and -2 the platform publishes no list; these are the ones its community reports.
STATES = {
    0: WorkStatus.PUBLISHED,
    **dict.fromkeys((-2, -3, -4, -5, -16), WorkStatus.REJECTED),
    -40: WorkStatus.SCHEDULED,
    -100: WorkStatus.DELETED,
}


class Bilibili(Connector):
    """One authorization opens one account, named by an `openid` that differs per app."""

    id = Platform("bilibili")
    name = Text(en="Bilibili", zh="哔哩哔哩")
    mark = Mark("B", "#00749f")
    docs_url = "https://open.bilibili.com/doc"
    oauth: ClassVar[OAuthConfig] = OAuthConfig(
        # https://open.bilibili.com/doc/4/eaf0e2b5-bde9-b9a0-9be1-019bb455701c
        authorize_url="https://account.bilibili.com/pc/account-pc/auth/oauth",
        token_url="https://api.bilibili.com/x/account-oauth2/v1/token",
        refresh_url="https://api.bilibili.com/x/account-oauth2/v1/refresh_token",
        # Granted in the console and on the consent page; never part of a request.
        scopes=("USER_INFO", "USER_DATA", "ARC_BASE", "ARC_DATA"),
        required_scopes=("USER_INFO", "ARC_BASE"),
        scope_param=None,
        response_type=None,
        redirect_param="gourl",
        redirect_in_token=False,
        answer_at="data",
        token_model=TokenModel.ROTATING,
        # The official example shows a moment in Unix seconds under this name.
        expires_is="either",
        # A grant whose access token has ended needs a new authorization.
        # https://open.bilibili.com/doc/4/eaf0e2b5-bde9-b9a0-9be1-019bb455701c
        needs_live_access=True,
        leeway=3 * DAY,
    )
    paging = PagePaging(default=20, maximum=50, total=True)
    # Four weeks lie between two refreshes, and no push that we take tells of a grant's end.
    probe_every = 7.0 * DAY
    account_given = FieldCoverage(
        "uid account nickname avatar",
        scoped=dict.fromkeys(("fansCount", "followingCount", "workCount"), "USER_DATA"),
    )
    work_given = FieldCoverage(
        "platformWorkId contentMode title description url coverUrl publishedAt authorName"
        " authorPlatformUid status",
        scoped=dict.fromkeys(
            (
                "viewCount",
                "playCount",
                "likeCount",
                "commentCount",
                "collectCount",
                "saveCount",
                "shareCount",
            ),
            "ARC_DATA",
        ),
    )
    instructions = Text(
        en="Open the link, sign in to Bilibili, and leave every permission ticked: "
        "without the data permissions there are no follower counts and no metrics.",
        zh="打开链接，登录哔哩哔哩并保持所有权限勾选；缺少数据权限时无法获取粉丝数和作品数据。",
    )

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        line = signed(client, tokens)
        await line.get(f"{API}/user/account/info", operation="auth.probe")

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        line = signed(client, tokens)
        answer = await line.get(f"{API}/user/account/info", operation="account.read")
        person = dig(answer, "data")
        openid = text(dig(person, "openid"))
        if openid is None:
            raise client.malformed("account.read")
        totals = await self._totals(line, tokens)
        return [Candidate(read_profile(openid, person, totals), tokens)]

    async def _totals(self, line: PlatformClient, tokens: Tokens) -> Any:
        """Counts of the account; without them it is still an account."""
        if not granted(tokens, "USER_DATA"):
            return None
        try:
            answer = await line.get(f"{API}/data/user/stat", operation="account.stats")
        except PlatformFailure:
            return None
        return dig(answer, "data")

    async def works(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        assert isinstance(page, NumberRequest)
        line = signed(client, tokens)
        answer = await line.get(
            f"{API}/archive/viewlist",
            operation="works.list",
            params={"pn": page.page, "ps": page.size, "status": "all"},
        )
        listing = dig(answer, "data")
        total = count(dig(listing, "page", "total"))
        if total is None:
            raise client.malformed("works.list")
        items = [item for item in rows(dig(listing, "list")) if work_id(item)]
        public = dict.fromkeys(work_id(item) for item in items if state_of(item) == 0)
        metrics = await self._metrics(line, account, tokens, list(public))
        return WorksPage(
            items=[read_work(item, account, metrics) for item in items],
            has_next=page.page * page.size < total,
            total=total,
        )

    async def _metrics(
        self, line: PlatformClient, account: Account, tokens: Tokens, ids: list[str]
    ) -> dict[str, Metrics]:
        """Counts by work, each from its own call or from the last minutes.

        A refused token is raised: the list was read with it a moment ago, so it has just ended,
        and the caller knows how to refresh.
        """
        if not granted(tokens, "ARC_DATA"):
            return {}
        asking = Asking(line, account.id, line.clock() + STATS_PATIENCE)
        found = await asyncio.gather(*map(asking.metrics, ids))
        if refused := [f for f in asking.ended if f.kind in REFUSED_TOKEN]:
            raise refused[0]
        return dict(zip(ids, found, strict=True))

    def classify(self, answer: Answer) -> Failure | None:
        """Failures are told by `code`, mostly under HTTP 200, at the token endpoints too."""
        body = body_of(answer)
        code = whole(dig(body, "code"))
        by_status = classify_status(answer)
        if not code:
            return by_status
        kind = CODES.get(code) or (by_status.kind if by_status else FailureKind.INVALID)
        return Failure(
            kind,
            code=str(code),
            retry_after=WAIT.get(code) or (by_status.retry_after if by_status else None),
            request_id=text(dig(body, "request_id")),
        )


@dataclass(slots=True)
class Asking:
    """The statistics calls of one page: a few at a time, none after `until` or once `ended`.

    A failure leaves one work without counts; a limit or a missing permission ends the asking.
    """

    line: PlatformClient
    account_id: str
    until: float
    ended: list[PlatformFailure] = field(default_factory=list)
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(STATS_AT_ONCE))

    async def metrics(self, work_id: str) -> Metrics:
        key = f"bilibili:stat:{self.account_id}:{work_id}"
        kept: Metrics | None = self.line.cache.get(key)
        if kept is not None:
            return kept
        async with self.gate:
            fresh = await self._fetch(work_id)
        if fresh is None:
            return Metrics()
        self.line.cache.put(key, fresh, STATS_KEPT)
        return fresh

    async def _fetch(self, work_id: str) -> Metrics | None:
        if self.ended or self.line.clock() > self.until:
            return None
        try:
            answer = await self.line.get(
                f"{API}/data/arc/stat",
                operation="works.stats",
                params={"resource_id": work_id},
                timeout=STATS_TIMEOUT,
            )
        except PlatformFailure as failure:
            if failure.kind not in ONE_WORK_ONLY or failure.category == "timeout":
                self.ended.append(failure)
            return None
        return read_metrics(dig(answer, "data"))


def signature(app: App, body: bytes, timestamp: int, nonce: str) -> dict[str, str]:
    """The headers that sign a call; path, query and access token are no part of it.

    https://open.bilibili.com/doc/4/8673959e-f7bb-56e6-6e68-d225f971b81b
    """
    headers = {
        "x-bili-accesskeyid": app.client_id,
        "x-bili-content-md5": hashlib.md5(body, usedforsecurity=False).hexdigest(),
        "x-bili-signature-method": "HMAC-SHA256",
        "x-bili-signature-nonce": nonce,
        "x-bili-signature-version": "2.0",
        "x-bili-timestamp": str(timestamp),
    }
    lines = "\n".join(f"{name}:{headers[name]}" for name in sorted(headers))
    digest = hmac.new(app.client_secret.encode(), lines.encode(), hashlib.sha256).hexdigest()
    return {**headers, "Authorization": digest}


def signed(client: PlatformClient, tokens: Tokens) -> PlatformClient:
    """The same line with each attempt signed anew: a repeated nonce is refused."""

    async def send(call: Call) -> Answer:
        headers = {
            **call.headers,
            "Accept": "application/json",
            "Content-Type": "application/json",
            "access-token": tokens.access_token,
            **signature(client.app, call.body or b"", int(client.clock()), str(uuid4())),
        }
        return await client.send(replace(call, headers=headers))

    return replace(client, send=send)


def granted(tokens: Tokens, scope: str) -> bool:
    """Whether a call is worth making; an unknown grant is tried."""
    return tokens.scopes is None or scope in tokens.scopes


def read_profile(openid: str, person: Mapping[str, Any], totals: Any) -> Profile:
    return Profile(
        platform=Platform("bilibili"),
        uid=openid,
        handle=openid,
        nickname=text(person.get("name")) or openid,
        avatar=https(person.get("face")),
        counters=Counters(
            fans=count(dig(totals, "follower")),
            following=count(dig(totals, "following")),
            works=count(dig(totals, "arc_passed_total")),
        ),
    )


def read_metrics(stats: Any) -> Metrics:
    views = count(dig(stats, "view"))
    favorites = count(dig(stats, "favorite"))
    return Metrics(
        views=views,
        plays=views,
        likes=count(dig(stats, "like")),
        comments=count(dig(stats, "reply")),
        collects=favorites,
        saves=favorites,
        shares=count(dig(stats, "share")),
    )


def work_id(item: Mapping[str, Any]) -> str:
    return text(item.get("resource_id")) or ""


def state_of(item: Mapping[str, Any]) -> int | None:
    return whole(dig(item, "addit_info", "state"))


def read_status(state: int | None) -> WorkStatus | None:
    if state is None or state > 0:
        return None
    return STATES.get(state, WorkStatus.REVIEWING)


def read_work(item: Mapping[str, Any], account: Account, metrics: Mapping[str, Metrics]) -> Work:
    """https://open.bilibili.com/doc/4/a24030b7-6b8f-b36c-32d8-a4aae67fcc35"""
    identifier = work_id(item)
    return Work(
        id=identifier,
        mode=ContentMode.VIDEO,
        title=text(item.get("title")),
        description=text(item.get("desc")),
        url=f"https://www.bilibili.com/video/{identifier}",
        cover_url=https(item.get("cover")),
        published_at=moment(item.get("ptime")),
        author_name=account.nickname,
        author_uid=account.uid,
        status=read_status(state_of(item)),
        metrics=metrics.get(identifier, Metrics()),
    )
