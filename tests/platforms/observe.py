"""Which fields came, over whole walks, and how many calls it took."""

from dataclasses import dataclass, field

from openchannels.core.availability import ACCOUNT_FIELDS, METRIC_FIELDS, WORK_FIELDS
from openchannels.core.paging import PagePaging
from tests.platforms.cases import BY_NAME
from tests.platforms.live import Live

PERSONS = ("ida", "mara")


@dataclass
class Seen:
    """Fields that came at least once."""

    account: set[str] = field(default_factory=set)
    work: set[str] = field(default_factory=set)
    works: int = 0


def observe(live: Live, platform: str, persons: tuple[str, ...] = PERSONS) -> Seen:
    """Connect persons on a platform and walk all of their works, of every kind of content."""
    seen = Seen()
    for person in persons:
        for account in live.accounts(platform, person):
            seen.account |= live.shown(account).keys() & set(ACCOUNT_FIELDS)
        if BY_NAME[platform].works is not None:
            read_works(live, platform, person, seen)
    return seen


def read_works(live: Live, platform: str, person: str, seen: Seen) -> None:
    account = live.lister(platform, person)
    if platform == "twitter":
        # Some counts are told of young posts only, and the sandbox's usual ones are old.
        live.service.sandbox.post(f"/_world/twitter/{person}/works", json={"add": 1})
    modes = ({}, {"contentMode": "article"}) if platform == "wxSph" else ({},)
    for mode in modes:
        for page in live.walk(platform, account, **mode):
            for item in page["items"]:
                seen.works += 1
                seen.work |= item.keys() & set(WORK_FIELDS)
                seen.work |= item.get("metrics", {}).keys() & set(METRIC_FIELDS)


def calls_to_connect(live: Live, platform: str, person: str) -> int:
    """Calls of the service for one connection; those of the person's browser are not ours."""
    live.accounts(platform, "warm")
    live.begin()
    live.connect(platform, person)
    return live.upstream_calls()


def calls_per_page(live: Live, platform: str, size: int = 0, page: int = 0) -> int:
    """Calls for one page, with nothing remembered from an earlier one."""
    live.begin()
    account = live.lister(platform, "pages")
    forget(live)
    live.begin()
    works = BY_NAME[platform].works
    name = "pageSize" if works and isinstance(works.paging, PagePaging) else "limit"
    query = {name: size} if size else {}
    live.works(platform, account, **query, **({"page": page} if page else {}))
    return live.upstream_calls()


def forget(live: Live) -> None:
    for cache in live.platforms._caches.values():
        cache._entries.clear()
