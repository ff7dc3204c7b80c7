"""Lists of works: forward, back, sizes, refusals, the whole walk, and the shape of each work."""

from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator

from tests.contract.seeds import DATE_TIME, validator
from tests.platforms.cases import WORKS, each, each_of
from tests.platforms.facts import PAGING
from tests.platforms.live import Live

GONE = {"youtube": "playlist entries of deleted videos are left out"}
"""Platforms whose list is shorter than the world's number of works, and why."""
BLIND = {"threads": "names no links, so that only an empty page tells what the first one was"}
"""Platforms that lead back one page too far."""
ENDING = {"twitter", "tiktok", "instagram", "threads", "KWAI", "wxGzh"}
"""Platforms that list newest first without exception, so that a list by time may end early."""
DEPTH = {"twitter": 800}
"""Platforms that show only the newest works of a long history."""


@pytest.fixture(scope="module")
def schema(live: Live) -> Draft202012Validator:
    document = live.service.client().get("/openapi.json").json()
    operation = document["paths"]["/api/v2/channels/works/{platform}"]["get"]
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    return validator(answer["anyOf"][0], document)


def ids(page: dict[str, Any]) -> list[str]:
    return [item["platformWorkId"] for item in page["items"]]


def size_name(platform: str) -> str:
    return "limit" if PAGING[platform][0] == "cursor" else "pageSize"


@each("works: two pages on and back", WORKS)
def test_two_pages_forward_and_back(live: Live, platform: str) -> None:
    mode, _, _, back = PAGING[platform]
    account, size = live.lister(platform), {size_name(platform): 7}
    pages = [live.works(platform, account, **size)]
    for number in (2, 3):
        onward = {"page": number}
        if mode == "cursor":
            onward = {"cursor": pages[-1]["pagination"]["nextCursor"]}
        pages.append(live.works(platform, account, **size, **onward))
    first, second, third = map(ids, pages)
    assert len({*first, *second, *third}) == len(first) + len(second) + len(third) >= 18
    assert pages[0]["pagination"]["hasPrevious"] is False
    if mode == "page":
        assert [p["pagination"]["hasPrevious"] for p in pages] == [False, True, True]
        assert ids(live.works(platform, account, **size, page=2)) == second
        return
    if not back:
        assert not any("previousCursor" in page["pagination"] for page in pages)
        return
    before = third
    for wanted in (second, first):
        cursor = pages[-1]["pagination"]["previousCursor"]
        query = {**size, "cursor": cursor, "direction": "previous"}
        pages.append(live.works(platform, account, **query))
        assert ids(pages[-1]) == wanted != before
        before = wanted
    if platform in BLIND:
        cursor = pages[-1]["pagination"]["previousCursor"]
        beyond = live.works(platform, account, **size, cursor=cursor, direction="previous")
        assert (ids(beyond), beyond["pagination"].get("previousCursor")) == ([], None)
    else:
        assert "previousCursor" not in pages[-1]["pagination"]
    cursor = pages[-1]["pagination"]["nextCursor"]
    assert ids(live.works(platform, account, **size, cursor=cursor)) == second


@each("works: sizes", WORKS)
def test_sizes(live: Live, platform: str) -> None:
    mode, default, largest, _ = PAGING[platform]
    account, name = live.lister(platform), size_name(platform)
    everything = {i for page in live.walk(platform, account) for i in ids(page)}
    shown = "limit" if mode == "cursor" else "pageSize"
    for asked, size in ((1, 1), (None, default), (largest, largest)):
        page = live.works(platform, account, **({name: asked} if asked else {}))
        assert page["pagination"][shown] == size
        full = min(size, len(everything))
        if platform in GONE:
            assert 0 <= full - len(page["items"]) <= full // 4
        else:
            assert len(page["items"]) == full
    before = live.upstream_calls()
    answer = live.page(platform, account, **{name: largest + 1})
    assert answer["code"] == (15089 if mode == "cursor" else 15090)
    asked_name, most = ("limit", "maxLimit") if mode == "cursor" else ("pageSize", "maxPageSize")
    told = {"platform": platform, asked_name: largest + 1, most: largest}
    assert answer["data"] == told
    assert live.upstream_calls() == before


@each("works: wrong mode and direction", WORKS)
def test_the_wrong_mode_and_the_wrong_direction(live: Live, platform: str) -> None:
    mode, _, _, back = PAGING[platform]
    account = live.lister(platform)
    live.begin()
    wrong = {"page": 1, "pageSize": 5} if mode == "cursor" else {"limit": 5}
    answer = live.page(platform, account, **wrong)
    assert answer["code"] == 15088
    told = {"expectedMode": mode, "actualMode": "page" if mode == "cursor" else "cursor"}
    assert answer["data"] == {"platform": platform, **told}
    direction = live.page(platform, account, direction="previous", cursor="x")
    if mode == "page":
        assert direction["code"] == 15088
    else:
        assert direction["code"] == (10002 if back else 15091)
    assert live.upstream_calls() == 0


@each_of("works: whole walk of person", ("ida", "mara"), WORKS)
def test_the_whole_walk(
    live: Live, platform: str, person: str, schema: Draft202012Validator
) -> None:
    account = live.lister(platform, person)
    total = live.world(platform, person)["works"]
    pages = live.walk(platform, account)
    found = [one for page in pages for one in ids(page)]
    assert [one for one, times in Counter(found).items() if times > 1] == []
    if platform in GONE:
        assert total * 0.9 <= len(found) < total
    else:
        assert len(found) == total
    if PAGING[platform][0] == "page":
        # Whether the number is told at all differs; a told one is right.
        assert {page["pagination"].get("total", total) for page in pages} == {total}
    for page in pages:
        problems = [error.message for error in schema.iter_errors(wrapped(page))]
        assert not problems, problems[:3]
    works = [item for page in pages for item in page["items"]]
    for work in works:
        check(work)
    dates = [work["publishedAt"] for work in works if "publishedAt" in work]
    # Works in review have no date yet.
    assert len(dates) >= len(works) * 0.7
    assert len({work["contentMode"] for work in works}) >= 1


@each("works: a smaller page shows the same works", WORKS)
def test_the_size_of_a_page_changes_no_list(live: Live, platform: str) -> None:
    account = live.lister(platform)
    small, large = live.walk(platform, account, 9), live.walk(platform, account)
    assert [i for page in small for i in ids(page)] == [i for page in large for i in ids(page)]


@each("works: of a period", WORKS)
def test_a_period_gives_its_works_and_no_other(live: Live, platform: str) -> None:
    account = live.lister(platform)
    everything = [item for page in live.walk(platform, account) for item in page["items"]]
    dates = sorted(item["publishedAt"] for item in everything if "publishedAt" in item)
    # Two works lie on the bounds: the one on `since` is within, the one on `until` is not.
    since, until = dates[len(dates) // 3], dates[2 * len(dates) // 3]
    for ends in ({"since": since}, {"since": since, "until": until}):
        first, last = ends.get("since", ""), ends.get("until", "9")
        wanted = [
            item["platformWorkId"]
            for item in everything
            if first <= item.get("publishedAt", "") < last and "publishedAt" in item
        ]
        live.begin()
        live.refill()
        pages = live.walk(platform, account, 9, **ends)
        assert [i for page in pages for i in ids(page)] == wanted
        assert 0 < len(wanted) < len(everything)
        if platform in ENDING:
            newer = sum(item.get("publishedAt", "9") >= first for item in everything)
            assert len(pages) <= newer // 9 + 2
        if PAGING[platform][0] == "page":
            assert not any("total" in page["pagination"] for page in pages)


def wrapped(page: dict[str, Any]) -> dict[str, Any]:
    return {"code": 0, "message": "请求成功", "requestId": "0" * 24, "data": page}


def check(work: dict[str, Any]) -> None:
    """What a schema does not say of a work."""
    assert isinstance(work["platformWorkId"], str)
    assert work["platformWorkId"]
    moment = work.get("publishedAt")
    assert moment is None or DATE_TIME.fullmatch(moment)
    for name in ("url", "coverUrl"):
        if name in work:
            parts = urlsplit(work[name])
            assert (parts.scheme, bool(parts.hostname)) == ("https", True), work[name]
            assert "127.0.0.1" not in work[name]
    assert not [name for name, value in work.items() if value in (None, "", {})]
    assert all(type(v) in (int, float) and v >= 0 for v in work.get("metrics", {}).values())


@each("works: an empty list", WORKS)
def test_an_empty_list(live: Live, platform: str) -> None:
    """Of a person who deleted everything, where one without works has no account."""
    person = "bare"
    account = live.lister(platform, person)
    walked = [i for page in live.walk(platform, account) for i in ids(page)]
    published(live, platform, person, {"remove": removable(live, platform, person, walked)})
    live.begin()
    page = live.works(platform, account)
    assert page["items"] == []
    assert (page["pagination"]["hasNext"], page["pagination"]["hasPrevious"]) == (False, False)
    assert "nextCursor" not in page["pagination"]
    assert page["pagination"].get("total", 0) == 0


@each("works: published and deleted", WORKS)
def test_what_is_published_comes_first_and_what_is_deleted_never(live: Live, platform: str) -> None:
    person = "busy"
    account = live.lister(platform, person)
    added = published(live, platform, person, {"add": 1})
    newest = live.works(platform, account, **{size_name(platform): 5})
    assert added
    first, gone = ids(newest)[0], ids(newest)[1]
    assert first not in (i for page in live.walk(platform, account)[1:] for i in ids(page))
    published(live, platform, person, {"remove": removable(live, platform, person, [gone])})
    live.refill()
    assert gone not in [i for page in live.walk(platform, account) for i in ids(page)]


def published(live: Live, platform: str, person: str, change: dict[str, Any]) -> list[str]:
    answer = live.service.sandbox.post(f"/_world/{platform}/{person}/works", json=change).json()
    return list(answer.get("added") or answer.get("removed") or [])


def removable(live: Live, platform: str, person: str, works: list[str]) -> list[str]:
    """The works under the names by which the sandbox deletes them."""
    if platform == "wxGzh":
        # A publication goes with all its articles, whose number stands behind its id.
        return sorted({work[:22] for work in works})
    if platform != "wxSph":
        return works
    # Its control surface knows the object id, its list shows the export id.
    answers = (answer.json() for _, answer in live.recorder.calls)
    lists = (answer.get("data", {}).get("list", []) for answer in answers)
    return [item["objectId"] for items in lists for item in items if item["exportId"] in works]


@pytest.mark.parametrize("platform", sorted(DEPTH))
def test_a_long_history_ends_where_the_platform_ends_it(live: Live, platform: str) -> None:
    account = live.lister(platform, "prolific")
    assert live.world(platform, "prolific")["posts"] > 2 * DEPTH[platform]
    found = [i for page in live.walk(platform, account) for i in ids(page)]
    assert len(found) == len(set(found))
    assert DEPTH[platform] * 0.7 <= len(found) <= DEPTH[platform]
