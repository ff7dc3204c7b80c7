"""Google Business Profile: locations over Google OAuth, works through their local posts."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from openchannels.connectors.base.accounts import AccountReader, unusable_candidate
from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.mapping import BY_ACCOUNT, ProfileMap, WorkMap
from openchannels.connectors.base.paginators import CursorList, Item
from openchannels.connectors.base.parse import dig, moment, rows, text
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.google.identity import (
    GoogleAuth,
    google_config,
    google_failures,
    id_token_subject,
    read_error,
)
from openchannels.core.accounts import Account, Candidate, Profile
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import EmptyHint, Mark, Platform, Text
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.answers import body_of
from openchannels.transport.client import Answer
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

ACCOUNTS = "https://mybusinessaccountmanagement.googleapis.com/v1"
LOCATIONS = "https://mybusinessbusinessinformation.googleapis.com/v1"
POSTS = "https://mybusiness.googleapis.com/v4"
SCOPE = "https://www.googleapis.com/auth/business.manage"
READ_MASK = "name,title,storeCode,storefrontAddress,metadata"
ROLES = ("PRIMARY_OWNER", "OWNER", "MANAGER", "SITE_MANAGER")
PARALLEL = 5
MAX_PAGES = 100

STATES = {
    "LIVE": WorkStatus.PUBLISHED,
    "PROCESSING": WorkStatus.PROCESSING,
    "REJECTED": WorkStatus.REJECTED,
    "SCHEDULED": WorkStatus.SCHEDULED,
    "RECURRING": WorkStatus.SCHEDULED,
}
LOCATIONS_REFUSED = Text(
    en="Google refused to list the locations of this account. Ask its owner for the role of a "
    "manager.",
    zh="Google 拒绝列出该账户下的商家地点，请联系所有者授予管理员角色。",
)
NO_METRICS = Text(
    en="Google switched off the metrics of single posts in February 2023.",
    zh="Google 已于 2023 年 2 月停止提供单条帖子的数据。",
)
NOT_APPROVED = Text(
    en="Google has not approved this Cloud project for the Business Profile APIs.",
    zh="Google 尚未批准该 Cloud 项目使用 Business Profile API。",
)


def check_quota(answer: Answer, reading: Failure | None) -> Failure | None:
    """Returns the failure; a quota of zero means that Google has not approved the app.

    https://developers.google.com/my-business/content/limits
    """
    reading = read_error(answer, reading)
    if reading is None or reading.kind is not FailureKind.RATE_LIMITED:
        return reading
    details = rows(dig(body_of(answer), "error", "details"))
    limits = (dig(row, "metadata", "quota_limit_value") for row in details)
    if any(text(limit) == "0" for limit in limits):
        return replace(reading, kind=FailureKind.MISCONFIGURED, detail=NOT_APPROVED)
    return reading


FAILURES = google_failures(
    {"RATE_LIMIT_EXCEEDED": FailureKind.RATE_LIMITED},
    # Limits of calls per minute are the Cloud project's.
    app_wide=(FailureKind.RATE_LIMITED,),
    refine=check_quota,
)


def is_empty_page(answer: Any) -> bool:
    """Returns whether an answer without a list is an empty page: Google omits empty values."""
    return not answer or bool(answer.keys() & {"nextPageToken", "totalSize"})


def resource_id(name: Any) -> str | None:
    """Returns the id at the end of a resource name."""
    return (text(name) or "").rpartition("/")[2] or None


def read_address_line(item: Any) -> str | None:
    location = dig(item, "location")
    address = dig(location, "storefrontAddress")
    address_parts = (text(dig(address, "addressLines", 0)), text(dig(address, "locality")))
    return ", ".join(filter(None, address_parts)) or text(dig(location, "storeCode"))


def read_flag(name: str) -> Callable[[Any], bool]:
    """Returns a source for a flag that Google omits when it is false."""
    return lambda item: dig(item, "location", "metadata", name) is True


def read_mode(post: Any) -> ContentMode:
    media = rows(dig(post, "media"))
    if any(part.get("mediaFormat") == "VIDEO" for part in media):
        return ContentMode.VIDEO
    return ContentMode.IMAGE if media else ContentMode.TEXT


def read_status(post: Any) -> WorkStatus | None:
    return STATES.get(str(dig(post, "state")))


def read_published(post: Any) -> float | None:
    scheduled = dig(post, "scheduledTime") if read_status(post) is WorkStatus.SCHEDULED else None
    return moment(scheduled) or moment(dig(post, "createTime"))


# Reads a location together with its account. Google provides no picture and no counts.
PROFILE = ProfileMap(
    Platform("google_business"),
    {
        "uid": lambda item: resource_id(dig(item, "location", "name")),
        "handle": "account",
        "nickname": "location.title",
    },
    facts={
        "account": "account",
        "place": read_address_line,
        "can_post": read_flag("canOperateLocalPost"),
        "verified": read_flag("hasVoiceOfMerchant"),
    },
)
# Events and offers both have their title under `event`.
WORK = WorkMap(
    {
        "id": lambda post: resource_id(dig(post, "name")),
        "mode": read_mode,
        "title": "event.title",
        "description": "summary",
        "url": "searchUrl",
        "cover_url": "media.0.googleUrl|media.0.thumbnailUrl",
        "published_at": read_published,
        **BY_ACCOUNT,
        "status": read_status,
    },
    otherwise=NO_METRICS,
)
ACCOUNT_LIST = CursorList(
    url=f"{ACCOUNTS}/accounts",
    items="accounts",
    id="name",
    size="pageSize",
    cursor="pageToken",
    next="nextPageToken",
    empty=is_empty_page,
)
LOCATION_LIST = replace(ACCOUNT_LIST, url="", items="locations")
POST_LIST = replace(ACCOUNT_LIST, url="", items="localPosts")


class GoogleBusinessAuth(GoogleAuth):
    config = google_config(SCOPE)
    instructions = Text(
        en="Open the link, choose the Google account that manages the business, and leave every "
        "permission ticked. You then choose which locations to connect.",
        zh="打开链接，选择管理该商家的 Google 账号，并保持所有权限勾选，随后选择要连接的地点。",
    )


class GoogleBusinessAccounts(AccountReader):
    coverage = PROFILE.coverage
    empty_hint = EmptyHint(
        title=Text(
            en="This Google account manages no Business Profile location.",
            zh="该 Google 账号未管理任何商家地点。",
        ),
        description=Text(
            en="Add or claim the business at business.google.com, or ask its owner for access, "
            "then connect again.",
            zh="请先在 business.google.com 添加或认领商家，或向所有者申请管理权限，然后重新授权。",
        ),
        action=Text(en="Add the business", zh="添加商家"),
        url="https://business.google.com/",
    )

    def several(self, app: App) -> bool:
        return True

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        """Returns all locations without duplicates, each under the account with the best role."""
        accounts = await fetch_all_items(ACCOUNT_LIST, client, tokens, 20)
        locations_by_account = await self._locations(
            client, tokens, sorted(accounts, key=account_rank)
        )
        found: dict[str, Profile] = {}
        refused: list[str] = []
        for account, locations in locations_by_account:
            if locations is None:
                refused.append(account)
            for location in locations or []:
                profile = PROFILE.read({"account": account, "location": location})
                if profile is not None:
                    found.setdefault(profile.uid, profile)
        subject = id_token_subject(tokens)
        usable = [
            Candidate(profile, tokens, subject) for profile in with_distinct_names(found.values())
        ]
        names = {str(account["name"]): text(account.get("accountName")) for account in accounts}
        return [*usable, *(refused_account(name, names[name]) for name in refused)]

    async def _locations(
        self, client: PlatformClient, tokens: Tokens, accounts: list[dict[str, Any]]
    ) -> list[tuple[str, list[dict[str, Any]] | None]]:
        """Returns the locations of each account, read in parallel; None if it may not be read.

        Raises PlatformFailure if no location is found and an account may not be read.
        """
        semaphore = asyncio.Semaphore(PARALLEL)
        refused: list[PlatformFailure] = []

        async def account_locations(account: str) -> tuple[str, list[dict[str, Any]] | None]:
            url = f"{LOCATIONS}/{account}/locations"
            params = {"orderBy": "title", "readMask": READ_MASK}
            try:
                async with semaphore:
                    return account, await fetch_all_items(
                        LOCATION_LIST, client, tokens, 100, url=url, params=params
                    )
            except PlatformFailure as failure:
                if failure.kind not in (FailureKind.PERMISSION, FailureKind.NOT_FOUND):
                    raise
                refused.append(failure)
                return account, None

        locations_by_account = await asyncio.gather(
            *(account_locations(str(account["name"])) for account in accounts)
        )
        if refused and not any(locations for _, locations in locations_by_account):
            raise refused[0]
        return locations_by_account


class GoogleBusinessWorks(WorksReader):
    paging = CursorPaging(default=20, maximum=100)
    coverage = WORK.coverage

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        """Fetches one page of local posts. https://developers.google.com/my-business/content/posts-data"""
        assert isinstance(page, CursorRequest)
        owner = text(account.facts.get("account")) or account.handle
        url = f"{POSTS}/{owner}/locations/{account.uid}/localPosts"
        try:
            posts = await POST_LIST.page(client, page, url=url, headers=bearer(tokens))
        except PlatformFailure as failure:
            raise with_invalid_cursor(failure, page) from failure
        return posts.works(WORK, account)


class GoogleBusiness(Connector):
    """One authorization gives every location that a user manages; each is a separate account.

    Posts are only readable under the Google account that owns the location, and no call returns
    that account for a location: it is stored in the account's facts.
    """

    id = Platform("google_business")
    name = Text(en="Google Business", zh="Google 商家")
    mark = Mark("G", "#1967d2")
    docs_url = "https://developers.google.com/my-business"
    failures = FAILURES
    auth = GoogleBusinessAuth()
    accounts = GoogleBusinessAccounts()
    works = GoogleBusinessWorks()

    def adopt(self, candidate: Candidate) -> Candidate | None:
        """Returns the location, which AiToEarn names `accounts/{account}/locations/{location}`."""
        owner, found, location = candidate.profile.uid.partition("/locations/")
        if not found:
            return None
        profile = replace(candidate.profile, uid=location, handle=owner, facts={"account": owner})
        return replace(candidate, profile=profile)


def with_invalid_cursor(failure: PlatformFailure, page: CursorRequest) -> PlatformFailure:
    """Returns the failure with `cursor` set if the page token is the invalid argument."""
    if failure.kind is not FailureKind.INVALID or page.position is None:
        return failure
    return failure.with_reading(replace(failure.reading, cursor=True))


async def fetch_all_items(
    listing: CursorList, client: PlatformClient, tokens: Tokens, size: int, **parts: Any
) -> list[Item]:
    """Returns the items of all pages of a list."""
    found: list[Item] = []
    request = CursorRequest(limit=size)
    parts |= {"operation": "account.read", "headers": bearer(tokens)}
    for _ in range(MAX_PAGES):
        page = await listing.page(client, request, **parts)
        found += page.items
        if page.next is None or page.next == request.position:
            break
        request = replace(request, position=page.next)
    return found


def refused_account(name: str, title: str | None) -> Candidate:
    """Returns an account whose locations may not be read."""
    profile = Profile(GoogleBusiness.id, name, nickname=title or name)
    return unusable_candidate(profile, LOCATIONS_REFUSED)


def account_rank(account: Mapping[str, Any]) -> tuple[bool, int]:
    """Returns a sort key: groups before personal accounts, higher roles before lower ones."""
    role = str(account.get("role"))
    rank = ROLES.index(role) if role in ROLES else len(ROLES)
    return account.get("type") == "PERSONAL", rank


def with_distinct_names(profiles: Collection[Profile]) -> list[Profile]:
    """Appends the address to profiles of the same name, so that users can tell them apart."""
    name_counts = Counter(profile.nickname for profile in profiles)
    return [
        replace(profile, nickname=f"{profile.nickname} ({profile.facts['place']})")
        if name_counts[profile.nickname] > 1 and profile.facts["place"]
        else profile
        for profile in profiles
    ]
