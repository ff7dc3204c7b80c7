"""Figures of accounts and of works: what agrees, days in order, what is kept, missing scopes."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from openchannels.core.clock import iso
from tests.platforms import figures
from tests.platforms.cases import BY_NAME, OAUTH, WORKS, each, oauth_of
from tests.platforms.live import EVERYTHING, Live, running

DAY = 86_400.0
LEVELS = {"fansCount", "workCount"}
"""Counts that a day tells as they stood then, and that have no sum."""
PEOPLE = {"reachCount"}
"""Counts of distinct people, which have no sum either."""
APART = {
    "wxGzh": {"viewCount", "likeCount", "forwardCount", "collectCount"},
    "youtube": {"viewCount"},
}
"""Counts that are not those of the days: of people each day, or of all time."""
AGE = 61.0
"""Seconds after which the same figures are kept again."""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service with every setting on that makes a platform tell more, at a time that stands."""
    with running(tmp_path_factory.mktemp("figures"), **EVERYTHING) as service:
        service.service.clock.hold()
        yield service


def good(answer: dict[str, Any]) -> dict[str, Any]:
    assert answer["code"] == 0, answer
    data: dict[str, Any] = answer["data"]
    return data


def days(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts of the period that the platform tells apart."""
    return [one for one in data["snapshots"] if "id" not in one]


def kept(data: dict[str, Any]) -> set[str]:
    """Ids of the stored snapshots."""
    return {one["id"] for one in data["snapshots"] if "id" in one}


def sums(data: dict[str, Any]) -> dict[str, float]:
    """What the days add up to, of counts that have a sum."""
    found: dict[str, float] = {}
    for day in days(data):
        for name, value in day["metrics"].items():
            if name not in LEVELS | PEOPLE | APART.get(data["platform"], set()):
                found[name] = found.get(name, 0) + value
    return found


def check_snapshots(data: dict[str, Any], since: float, until: float) -> None:
    """Days lie in the period, in order and one after another; all snapshots are by time."""
    spans = [(one["periodStartAt"], one["periodEndAt"]) for one in days(data)]
    for start, end in spans:
        assert start < end
        # A day of the platform's zone may begin before the period, and end after it.
        assert iso(since - DAY) <= start < iso(until)
        assert iso(since) < end <= iso(until + DAY)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans)), spans
    moments = [one["snapshotAt"] for one in data["snapshots"]]
    assert moments == sorted(moments)
    assert all(moment <= data["fetchedAt"] for moment in moments)
    assert all(one["metrics"] for one in days(data))


def reader(live: Live, platform: str, person: str) -> str:
    """An account of which the platform tells figures: at LinkedIn a page."""
    if BY_NAME[platform].works is None:
        return live.accounts(platform, person)[0]
    return live.lister(platform, person)


@each("figures: of an account")
def test_an_accounts_figures(live: Live, platform: str) -> None:
    now = live.service.clock()
    # A member of LinkedIn has figures besides the pages.
    first = live.accounts(platform, "ida")[0]
    for account in {first, *(reader(live, platform, person) for person in ("ida", "mara"))}:
        shown = live.shown(account)
        told = good(figures.account(live, account))
        if not BY_NAME[platform].account_insights:
            assert (told["message"], told["snapshots"]) == ("Analytics not supported", [])
            continue
        both = shown.keys() & told["metrics"].keys() - sums(told).keys()
        assert {name: told["metrics"][name] for name in both} == {
            name: shown[name] for name in both
        }
        check_snapshots(told, now - 31 * DAY, now)
        since, until = now - 9 * DAY, now - 4 * DAY
        part = good(figures.account(live, account, since=iso(since), until=iso(until)))
        check_snapshots(part, since, until)
        for answer in (told, part):
            added = sums(answer)
            assert {name: answer["metrics"].get(name) for name in added} == added
        # Only a platform that counts by day is slow to count them: never more than three of five.
        assert len(days(part)) == 0 or len(days(part)) >= 5
        again = good(figures.account(live, account, since=iso(now)))
        assert kept(part) == set()
        assert kept(again) == {told["snapshotId"], part["snapshotId"], again["snapshotId"]}


@each("figures: of a work", WORKS)
def test_a_works_figures(live: Live, platform: str) -> None:
    account = live.lister(platform)
    for place in (0, -1):
        item, now = figures.newest(live, platform, account)[place], live.service.clock()
        work_id = item["platformWorkId"]
        told = good(figures.work(live, platform, work_id, "/analytics", accountId=account))
        if not BY_NAME[platform].work_insights:
            assert (told["message"], told["snapshots"]) == ("Work analytics not supported", [])
            continue
        check_snapshots(told, now - 31 * DAY, now)
        counts, added = item.get("metrics", {}), sums(told)
        for name in counts.keys() & told.get("metrics", {}).keys():
            assert told["metrics"][name] in (counts[name], added.get(name)), (name, item, told)
        if "work" in told:
            assert told["work"]["id"] == work_id
        ends = {"since": iso(now - 9 * DAY), "until": iso(now - 4 * DAY)}
        part = good(figures.work(live, platform, work_id, "/analytics", accountId=account, **ends))
        check_snapshots(part, now - 9 * DAY, now - 4 * DAY)
        live.service.clock.advance(AGE)
        good(figures.work(live, platform, work_id, accountId=account))
        pages = [history(live, platform, work_id, account)]
        while cursor := pages[-1].get("nextCursor"):
            pages.append(history(live, platform, work_id, account, cursor=cursor))
        listed = [one for page in pages for one in page["list"]]
        assert len(listed) == len(pages) == len({one["id"] for one in listed}) >= 2
        assert {told["snapshotId"], part["snapshotId"]} < {one["id"] for one in listed}
        moments = [one["snapshotAt"] for one in listed]
        assert moments == sorted(moments, reverse=True)


def history(live: Live, platform: str, work_id: str, account: str, **more: str) -> dict[str, Any]:
    return good(
        figures.work(live, platform, work_id, "/history", accountId=account, limit=1, **more)
    )


REFUSED = {"permission", "configuration", "validation"}
"""What a refusal of all calls is taken for, by the platform's own codes for it."""


@each("figures: nothing is permitted")
def test_a_platform_that_permits_nothing(live: Live, platform: str) -> None:
    account = reader(live, platform, "ida")
    works = figures.newest(live, platform, account)[:1] if BY_NAME[platform].works else []
    live.begin()
    live.service.fault(host="*", kind="missing_scope")
    for answer in all_figures(live, platform, account, works):
        if "message" in answer["data"]:
            continue
        assert answer["code"] in (15070, 15078), answer
        assert answer["data"]["category"] in REFUSED
    assert live.auth_status(account)["status"] == 1


@each("figures: fewest scopes", OAUTH)
def test_with_the_fewest_scopes_figures_are_fewer(live: Live, platform: str) -> None:
    app = live.platforms.client(BY_NAME[platform]).app
    scopes = " ".join(oauth_of(platform).oauth_config(app).required_scopes)
    live._connected[platform, "less"] = live.connect(platform, "less", scopes=scopes)
    account = reader(live, platform, "less")
    page = live.page(platform, account)
    works = page["data"]["items"][:1] if page["code"] == 0 else []
    told, *others = all_figures(live, platform, account, works)
    whole = good(figures.account(live, reader(live, platform, "ida")))["metrics"]
    assert good(told).get("metrics", {}).keys() <= whole.keys()
    assert {answer["code"] for answer in others} <= {0, 15078}


def all_figures(
    live: Live, platform: str, account: str, works: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The answers for the figures of an account, and for works and their figures."""
    return [figures.account(live, account)] + [
        figures.work(live, platform, item["platformWorkId"], end, accountId=account)
        for item in works
        for end in ("", "/analytics")
    ]
