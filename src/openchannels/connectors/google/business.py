"""Google Business Profile: locations over Google OAuth, works through their local posts."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from openchannels.connectors.base.accounts import Accounts
from openchannels.connectors.base.auth import OAuth
from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.parse import dig, https, moment, rows, text
from openchannels.connectors.base.works import Works
from openchannels.connectors.google.identity import (
    REALM,
    bearer,
    google_config,
    google_failures,
    id_token_subject,
)
from openchannels.core.accounts import Account, Candidate, Profile
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.core.works import ContentMode, Work, WorkStatus
from openchannels.transport.client import Answer
from openchannels.transport.platform_client import PlatformClient, body_of

ACCOUNTS = "https://mybusinessaccountmanagement.googleapis.com/v1"
LOCATIONS = "https://mybusinessbusinessinformation.googleapis.com/v1"
POSTS = "https://mybusiness.googleapis.com/v4"
SCOPE = "https://www.googleapis.com/auth/business.manage"
READ_MASK = "name,title,storeCode,storefrontAddress,metadata"
ROLES = ("PRIMARY_OWNER", "OWNER", "MANAGER", "SITE_MANAGER")
PARALLEL = 5
MAX_PAGES = 100

FAILURES = google_failures(
    {
        "SERVICE_DISABLED": FailureKind.MISCONFIGURED,
        "accessNotConfigured": FailureKind.MISCONFIGURED,
        "RATE_LIMIT_EXCEEDED": FailureKind.RATE_LIMITED,
    }
)
STATES = {
    "LIVE": WorkStatus.PUBLISHED,
    "PROCESSING": WorkStatus.PROCESSING,
    "REJECTED": WorkStatus.REJECTED,
    "SCHEDULED": WorkStatus.SCHEDULED,
    "RECURRING": WorkStatus.SCHEDULED,
}
NO_METRICS = Text(
    en="Google switched off the metrics of single posts in February 2023.",
    zh="Google 已于 2023 年 2 月停止提供单条帖子的数据。",
)
NOT_APPROVED = Text(
    en="Google has not approved this Cloud project for the Business Profile APIs.",
    zh="Google 尚未批准该 Cloud 项目使用 Business Profile API。",
)


class GoogleBusinessAuth(OAuth):
    shared_grant_group = REALM
    config = google_config(SCOPE)
    instructions = Text(
        en="Open the link, choose the Google account that manages the business, and leave every "
        "permission ticked. You then choose which locations to connect.",
        zh="打开链接，选择管理该商家的 Google 账号，并保持所有权限勾选，随后选择要连接的地点。",
    )


class GoogleBusinessAccounts(Accounts):
    coverage = FieldCoverage("uid account nickname")
    empty_hint = Text(
        en="This Google account manages no Business Profile location. Add or claim the business "
        "at business.google.com, or ask its owner for access, then connect again.",
        zh="该 Google 账号未管理任何商家地点。请先在 business.google.com 添加或认领商家，"
        "或向所有者申请管理权限，然后重新授权。",
    )

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        """Every location of every account, each once and under the account best placed to act."""
        accounts = await listed(client, tokens, f"{ACCOUNTS}/accounts", "accounts", pageSize=20)
        named = [row for row in accounts if text(row.get("name"))]
        behind = await self._locations(client, tokens, sorted(named, key=standing))
        found: dict[str, Profile] = {}
        for account, locations in behind:
            for location in locations:
                uid = last(location.get("name"))
                if uid and uid not in found:
                    found[uid] = read_location(location, uid, account)
        subject = id_token_subject(tokens)
        return [Candidate(profile, tokens, subject) for profile in told_apart(found)]

    async def _locations(
        self, client: PlatformClient, tokens: Tokens, accounts: list[dict[str, Any]]
    ) -> list[tuple[str, list[dict[str, Any]]]]:
        """The locations of some accounts, a few accounts at a time.

        An account that may not be read is passed over, unless nothing else was found.
        """
        gate = asyncio.Semaphore(PARALLEL)
        refused: list[PlatformFailure] = []

        async def one(account: str) -> tuple[str, list[dict[str, Any]]]:
            url, given = f"{LOCATIONS}/{account}/locations", {"readMask": READ_MASK}
            try:
                async with gate:
                    return account, await listed(
                        client, tokens, url, "locations", pageSize=100, orderBy="title", **given
                    )
            except PlatformFailure as failure:
                if failure.kind not in (FailureKind.PERMISSION, FailureKind.NOT_FOUND):
                    raise
                refused.append(failure)
                return account, []

        behind = await asyncio.gather(*(one(str(account["name"])) for account in accounts))
        if refused and not any(locations for _, locations in behind):
            raise refused[0]
        return behind


class GoogleBusinessWorks(Works):
    paging = CursorPaging(default=20, maximum=100)
    coverage = FieldCoverage(
        "platformWorkId contentMode title description url coverUrl publishedAt authorName"
        " authorPlatformUid status",
        otherwise=NO_METRICS,
    )

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        """One page of local posts. https://developers.google.com/my-business/content/posts-data"""
        assert isinstance(page, CursorRequest)
        owner = text(account.facts.get("account")) or account.handle
        try:
            answer = await client.get(
                f"{POSTS}/{owner}/locations/{account.uid}/localPosts",
                operation="works.list",
                params={"pageSize": page.limit, "pageToken": page.position},
                headers=bearer(tokens),
            )
        except PlatformFailure as failure:
            raise blamed(failure, page) from failure
        posts = rows(dig(answer, "localPosts"))
        return WorksPage(
            items=[read_work(post, account) for post in posts if last(post.get("name"))],
            next=text(dig(answer, "nextPageToken")),
        )


class GoogleBusiness(Connector):
    """One authorization opens every location a person manages; each is an account of its own.

    Google names a location `locations/{id}` today, but its posts only answer under the account
    that owns it, which cannot be asked for afterwards: an account's facts keep it.
    """

    id = Platform("google_business")
    name = Text(en="Google Business", zh="Google 商家")
    mark = Mark("G", "#1967d2")
    docs_url = "https://developers.google.com/my-business"
    auth = GoogleBusinessAuth()
    accounts = GoogleBusinessAccounts()
    works = GoogleBusinessWorks()

    def classify(self, answer: Answer) -> Failure | None:
        """Read an answer. A project that Google has not approved has a quota of nothing.

        https://developers.google.com/my-business/content/limits
        """
        reading = FAILURES.classify(answer)
        if reading is None or reading.kind is not FailureKind.RATE_LIMITED:
            return reading
        if no_quota(body_of(answer)):
            return replace(reading, kind=FailureKind.MISCONFIGURED, detail=NOT_APPROVED)
        return replace(reading, bucket="app")


def no_quota(body: Any) -> bool:
    limits = (
        dig(row, "metadata", "quota_limit_value") for row in rows(dig(body, "error", "details"))
    )
    return any(text(limit) == "0" for limit in limits)


def blamed(failure: PlatformFailure, page: CursorRequest) -> PlatformFailure:
    """The failure of a list. An invalid argument is the page token: the rest is the same always."""
    if failure.kind is not FailureKind.INVALID or page.position is None:
        return failure
    return PlatformFailure(
        failure.platform,
        failure.operation,
        replace(failure.reading, cursor=True),
        http_status=failure.http_status,
        request_id=failure.request_id,
    )


async def listed(
    client: PlatformClient, tokens: Tokens, url: str, key: str, **params: str | int
) -> list[dict[str, Any]]:
    """Every row of a list, page by page."""
    found: list[dict[str, Any]] = []
    token: str | None = None
    for _ in range(MAX_PAGES):
        answer = await client.get(
            url,
            operation="account.read",
            params={**params, "pageToken": token},
            headers=bearer(tokens),
        )
        found += rows(dig(answer, key))
        before, token = token, text(dig(answer, "nextPageToken"))
        if token is None or token == before:
            break
    return found


def standing(account: Mapping[str, Any]) -> tuple[bool, int]:
    """A key by which groups come before a person's own account, and high roles before low ones."""
    role = str(account.get("role"))
    rank = ROLES.index(role) if role in ROLES else len(ROLES)
    return account.get("type") == "PERSONAL", rank


def last(name: Any) -> str | None:
    """The id at the end of a resource name."""
    return (text(name) or "").rpartition("/")[2] or None


def told_apart(found: Mapping[str, Profile]) -> list[Profile]:
    """Branches of one name get their place after it, or nobody could choose between them."""
    shared = Counter(profile.nickname for profile in found.values())
    return [
        replace(profile, nickname=f"{profile.nickname} ({profile.facts['place']})")
        if shared[profile.nickname] > 1 and profile.facts["place"]
        else profile
        for profile in found.values()
    ]


def read_location(location: Mapping[str, Any], uid: str, account: str) -> Profile:
    """A location as an account. Google tells no picture and no counts here.

    `canOperateLocalPost` and `hasVoiceOfMerchant` are left out by Google where they are false.
    """
    metadata = location.get("metadata")
    return Profile(
        platform=Platform("google_business"),
        uid=uid,
        handle=account,
        nickname=text(location.get("title")) or uid,
        facts={
            "account": account,
            "place": read_place(location),
            "can_post": dig(metadata, "canOperateLocalPost") is True,
            "verified": dig(metadata, "hasVoiceOfMerchant") is True,
        },
    )


def read_place(location: Mapping[str, Any]) -> str | None:
    address = location.get("storefrontAddress")
    parts = (text(dig(address, "addressLines", 0)), text(dig(address, "locality")))
    return ", ".join(filter(None, parts)) or text(location.get("storeCode"))


def read_work(post: Mapping[str, Any], account: Account) -> Work:
    media = rows(post.get("media"))
    status = STATES.get(str(post.get("state")))
    due = post.get("scheduledTime") if status is WorkStatus.SCHEDULED else None
    return Work(
        id=last(post.get("name")) or "",
        mode=read_mode(media),
        # Events and offers alike carry their title here.
        title=text(dig(post, "event", "title")),
        description=text(post.get("summary")),
        url=https(post.get("searchUrl")),
        cover_url=https(dig(media, 0, "googleUrl")) or https(dig(media, 0, "thumbnailUrl")),
        published_at=moment(due) or moment(post.get("createTime")),
        author_name=account.nickname,
        author_uid=account.uid,
        status=status,
    )


def read_mode(media: list[dict[str, Any]]) -> ContentMode:
    if any(part.get("mediaFormat") == "VIDEO" for part in media):
        return ContentMode.VIDEO
    return ContentMode.IMAGE if media else ContentMode.TEXT
