"""Single works: what a list says of one, its detail says too; and whose a work is."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.platforms import figures
from tests.platforms.cases import BY_NAME, WORKS, each
from tests.platforms.live import EVERYTHING, Live, running
from tests.platforms.test_works import published, removable

NAMES = {"platformWorkId": "id", "contentMode": "mediaType", "authorName": "author"}
"""Fields of a list by their names in a detail."""
UNNAMED = {"KWAI": {"authorName", "authorPlatformUid"}}
"""What an answer for one work does not say; without an author nothing proves whose it is."""
UNPROVED = {"owned": False, "message": "Ownership verification not supported"}
SEVERAL = {"facebook", "google_business", "linkedin"}
"""Platforms at which `mara` has more than one account."""
FEWER_COUNTS = {"wxGzh"}
"""Platforms that count a work by its day of publication, which only the newest ones tell."""
FOREIGN = ("../../me?x=1", "no id of any platform", "%2e%2e/作品")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service with every setting on that makes a platform tell more, at a time that stands."""
    with running(tmp_path_factory.mktemp("single"), **EVERYTHING) as service:
        service.service.clock.hold()
        yield service


def different(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One item of each kind: content, status, and which fields and metrics it has."""
    kinds = {
        (item["contentMode"], item.get("status"), *sorted(item), *sorted(item.get("metrics", {}))):
        item for item in reversed(items)
    }  # fmt: skip
    return list(kinds.values())


@each("single works: as the list says", WORKS)
def test_a_detail_says_what_the_list_says(live: Live, platform: str) -> None:
    for person in ("ida", "mara"):
        account = live.lister(platform, person)
        for item in different(figures.newest(live, platform, account)):
            answer = figures.work(live, platform, item["platformWorkId"], accountId=account)
            assert answer["code"] == 0, (item, answer)
            work, [snapshot] = answer["data"]["work"], answer["data"]["snapshots"]
            counts, counted = item.pop("metrics", {}), snapshot.get("metrics", {})
            known = item.keys() - UNNAMED.get(platform, set())
            assert {name: work.get(NAMES.get(name, name)) for name in known} == {
                name: item[name] for name in known
            }
            if counted or platform not in FEWER_COUNTS:
                assert {name: counted.get(name) for name in counts} == counts, item
            assert snapshot["work"] == work


@each("single works: whose they are", WORKS)
def test_a_work_is_its_accounts_and_nobody_elses(live: Live, platform: str) -> None:
    account, others = live.lister(platform), live.lister(platform, "mara")
    [own, *_] = figures.newest(live, platform, account)
    [other, *_] = figures.newest(live, platform, others)
    # A person's other accounts at the platform see the work, too, and it is not theirs.
    besides = [
        one
        for one in live.accounts(platform, "mara")
        if one != others and (platform != "linkedin" or ":organization:" in one)
    ]
    assert bool(besides) is (platform in SEVERAL)
    asked = [(own, account, True), (other, account, False)]
    for work, reader, owned in (*asked, *((other, one, False) for one in besides)):
        told = figures.ownership(live, platform, work["platformWorkId"], reader)
        expected = UNPROVED if platform in UNNAMED else {"owned": owned}
        assert told == {"platform": platform, **expected}, work
    answer = figures.work(live, platform, other["platformWorkId"], accountId=account)
    assert answer["code"] in (0, 15079)
    if answer["code"] == 0:
        uid = answer["data"]["work"].get("authorPlatformUid")
        assert uid != own["authorPlatformUid"]
        assert uid == other["authorPlatformUid"] or platform in UNNAMED


@each("single works: unknown ids", WORKS)
def test_a_work_that_is_not_there(live: Live, platform: str) -> None:
    person = "ida"
    account = live.lister(platform, person)
    work = figures.newest(live, platform, account)[0]["platformWorkId"]
    published(live, platform, person, {"remove": removable(live, platform, person, [work])})
    ends = ("", "/analytics") if BY_NAME[platform].work_insights else ("",)
    for end in ends:
        answer = figures.work(live, platform, work, end, accountId=account)
        assert (answer["code"], answer["data"]["platform"]) == (15079, platform), answer
    assert figures.ownership(live, platform, work, account)["owned"] is False
    live.begin()
    for foreign in FOREIGN:
        for end in ends:
            answer = figures.work(live, platform, foreign, end, accountId=account)
            assert answer["code"] == 15079, (foreign, answer)
        assert figures.ownership(live, platform, foreign, account)["owned"] is False
    assert live.upstream_calls() == 0
