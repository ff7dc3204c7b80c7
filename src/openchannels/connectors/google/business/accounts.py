"""Google Business Profile: reading the locations of a grant."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from openchannels.connectors.base.accounts import AccountReader, unusable_candidate
from openchannels.connectors.base.mapping import ProfileMap
from openchannels.connectors.base.paginators import CursorList, Item
from openchannels.connectors.base.parse import dig, text
from openchannels.connectors.google.business.api import PAGES, resource_id
from openchannels.connectors.google.identity import id_token_subject
from openchannels.core.accounts import Candidate, Profile
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorRequest
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import EmptyHint, Platform, Text
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

ACCOUNTS = "https://mybusinessaccountmanagement.googleapis.com/v1"
LOCATIONS = "https://mybusinessbusinessinformation.googleapis.com/v1"
READ_MASK = "name,title,storeCode,storefrontAddress,metadata"
ROLES = ("PRIMARY_OWNER", "OWNER", "MANAGER", "SITE_MANAGER")
PARALLEL = 5
MAX_PAGES = 100
LOCATIONS_REFUSED = Text(
    en="Google refused to list the locations of this account. Ask its owner for the role of a "
    "manager.",
    zh="Google 拒绝列出该账户下的商家地点，请联系所有者授予管理员角色。",
)


def read_address_line(item: Any) -> str | None:
    location = dig(item, "location")
    address = dig(location, "storefrontAddress")
    address_parts = (text(dig(address, "addressLines", 0)), text(dig(address, "locality")))
    return ", ".join(filter(None, address_parts)) or text(dig(location, "storeCode"))


def read_flag(name: str) -> Callable[[Any], bool]:
    """Returns a source for a flag that Google omits when it is false."""
    return lambda item: dig(item, "location", "metadata", name) is True


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
ACCOUNT_LIST = replace(PAGES, url=f"{ACCOUNTS}/accounts", items="accounts")
LOCATION_LIST = replace(PAGES, items="locations")


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
    profile = Profile(PROFILE.platform, name, nickname=title or name)
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
