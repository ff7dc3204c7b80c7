"""Answers with holes: no page fails, and nothing is told that the platform did not tell."""

import math
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, fields
from functools import cache
from itertools import cycle
from typing import Any

import msgspec
import pytest

from openchannels.api.schemas import works
from openchannels.core.paging import CursorRequest, NumberRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.works import Metrics, Work
from openchannels.service.pagination import PageInfo
from openchannels.service.works.listing import ListedWorks
from openchannels.transport import platform_client
from openchannels.transport.client import HttpClient
from tests.platforms.cases import BY_NAME, WORKS, each
from tests.platforms.facts import PAGING
from tests.platforms.live import EVERYTHING, Live, running
from tests.platforms.mutations import (
    DROP,
    UNKNOWN,
    Change,
    Path,
    Spoiler,
    as_text,
    changed,
    everywhere,
    numbers,
    paths,
    unknown,
    zero,
)

SUMS = {
    "threads": {"shares", "engagements"},
    "twitter": {"shares"},
    "linkedin": {"engagements", "likes"},
    "facebook": {"watch_seconds"},
    "youtube": {"watch_seconds"},
}
"""Metrics made of several numbers, or of one in another unit: known only as a whole."""

IDS = {
    "bilibili": {"resource_id"}, "KWAI": {"photo_id"}, "tiktok": {"id"}, "facebook": {"id"},
    "instagram": {"id"}, "threads": {"id"}, "pinterest": {"id"}, "twitter": {"id"},
    "linkedin": {"id"}, "google_business": {"name"}, "youtube": {"videoId", "id"},
    "wxSph": {"exportId", "objectId"}, "douyin": {"item_id", "video_id"},
    "wxGzh": {"article_id", "content", "news_item"},
}  # fmt: skip
"""Names without which a work cannot be named, so that it is left out, and what holds works."""

DATED = {"wxGzh": {"create_time", "update_time"}}
"""Moments by which counts are asked for, so that a work without one has none."""

MARKS = {"youtube": {"snippet", "title", "resourceId", "contentDetails"}}
"""Places by which a deleted video is known, or that hold the id of one; a few works hang on it."""


METRICS = tuple(one.name for one in fields(Metrics))
ITEMS = 16
"""Works of a page: the sandbox's kinds of works are all among the first."""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service with every setting on, so that every number has its source."""
    with running(tmp_path_factory.mktemp("everything"), **EVERYTHING) as service:
        yield service


@pytest.fixture(autouse=True)
def _no_call_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time is ever left for that."""
    monkeypatch.setattr(platform_client, "RETRY_SECONDS", math.inf)


@pytest.fixture
async def http(live: Live) -> AsyncIterator[HttpClient]:
    client = HttpClient(sandbox=live.service.sandbox_url)
    yield client
    await client.close()


@dataclass
class Bench:
    """One page of a platform, asked for again and again."""

    live: Live
    platform: str
    spoiler: Spoiler
    genuine: WorksPage

    async def page(self, **changes: Any) -> WorksPage:
        """The page over changed answers, written as the API writes it on the way."""
        self.spoiler.changes, self.spoiler.raw = changes, {}
        return await read(self.live, self.platform, self.spoiler)

    async def spoilt(
        self, where: str, path: Path, change: Change, *kinds: FailureKind
    ) -> WorksPage | None:
        """The page with one place changed; None where the change took the whole list away.

        A place that concerns one work must not cost the others. `kinds` are those of a failure
        beside MALFORMED: an unknown number in the place of a code is a refusal of some kind.
        """
        try:
            return await self.page(**{where: lambda body: changed(body, path, change)})
        except PlatformFailure as failure:
            if inner(path) or failure.kind not in (FailureKind.MALFORMED, *kinds):
                failure.add_note(f"{where} {'.'.join(path)}")
                raise
            return None

    def places(self) -> Iterator[tuple[str, Path]]:
        """Every place in every kind of answer, each once."""
        for where, bodies in self.spoiler.seen.items():
            for path in sorted({path for body in bodies for path in paths(body)}):
                yield where, path

    def numbers_with(self, place: str, path: Path, change: Change) -> Callable[[], set[float]]:
        """A function for every number in the answers, with one place changed."""

        @cache
        def found() -> set[float]:
            bodies = [(where, body) for where, all_ in self.spoiler.seen.items() for body in all_]
            here = (changed(body, path, change) for where, body in bodies if where == place)
            elsewhere = (body for where, body in bodies if where != place)
            return set().union(*map(numbers, here), *map(numbers, elsewhere))

        return found


async def bench(live: Live, platform: str, http: HttpClient) -> Bench:
    live.lister(platform)
    if platform == "twitter":
        live.service.sandbox.post("/_world/twitter/ida/works", json={"add": 2})
    spoiler = Spoiler(http)
    return Bench(live, platform, spoiler, await read(live, platform, spoiler))


def request(platform: str) -> PageRequest:
    mode, _, largest, _ = PAGING[platform]
    size = min(largest, ITEMS)
    return CursorRequest(limit=size) if mode == "cursor" else NumberRequest(1, size)


async def read(live: Live, platform: str, spoiler: Spoiler) -> WorksPage:
    account = live.account(live.lister(platform))
    line = live.platform_client(platform, spoiler)
    asked = request(platform)
    works = BY_NAME[platform].works
    assert works is not None
    page = await works.fetch_page(line, account, live.tokens(account.id), asked)
    written(platform, asked, page)
    return page


def written(platform: str, asked: PageRequest, page: WorksPage) -> None:
    """The page must fit our own schema, whatever it was made of."""
    info = PageInfo(
        has_next=page.next is not None, has_previous=False, limit=getattr(asked, "limit", None),
        page=getattr(asked, "page", None), page_size=getattr(asked, "size", None),
        total=page.total, next_cursor=page.next,
    )  # fmt: skip
    listed = ListedWorks(Platform(platform), page.items, info)
    msgspec.json.decode(msgspec.json.encode(works.work_list(listed)), type=works.WorkList)


def metrics(work: Work) -> dict[str, float]:
    return {name: value for name in METRICS if (value := getattr(work.metrics, name)) is not None}


def by_id(page: WorksPage) -> dict[str, Work]:
    return {work.id: work for work in page.items}


def invented(
    platform: str, before: WorksPage, after: WorksPage, told: Callable[[], set[float]]
) -> list[Any]:
    """Metrics that are neither what they were, nor absent, nor another number of the answer."""
    genuine = by_id(before)
    found = []
    for work in after.items:
        old = metrics(genuine[work.id]) if work.id in genuine else {}
        for name, value in metrics(work).items():
            if value == old.get(name):
                continue
            if value not in told() or name in SUMS.get(platform, ()):
                found.append((work.id, name, old.get(name), value))
            if value == 0 and old.get(name) is not None and 0.0 not in told():
                found.append((work.id, name, "zero out of nothing"))
    return found


def putting(value: Any) -> Change:
    """A change that puts the same value everywhere, or drops what is there."""
    return lambda _: value


def in_turn(*values: Any) -> Change:
    """A change that puts one value after the other, from work to work."""
    turns = cycle(values)
    return lambda _: next(turns)


def inner(path: Path) -> bool:
    """Whether a place belongs to an item of a list, so that it concerns one work."""
    return "[]" in path and path[-1] != "[]"


@each("holes: each key dropped or null", WORKS)
async def test_a_hole_leaves_a_hole(live: Live, platform: str, http: HttpClient) -> None:
    bench_ = await bench(live, platform, http)
    assert len(bench_.genuine.items) >= 15
    sources: dict[str, set[str]] = {}
    for where, path in list(bench_.places()):
        for new in (DROP, None):
            page = await bench_.spoilt(where, path, putting(new))
            if page is None:
                continue
            told = bench_.numbers_with(where, path, putting(new))
            assert invented(platform, bench_.genuine, page, told) == [], path
            if inner(path):
                assert full(bench_, page, path), (where, path)
            lost = vanished(bench_.genuine, page)
            for name in lost:
                sources.setdefault(name, set()).add(f"{where} {'.'.join(path)}")
    given = {name for work in bench_.genuine.items for name in metrics(work)}
    assert sources.keys() == given, "a metric without a source"


def full(bench_: Bench, page: WorksPage, path: Path) -> bool:
    """Whether every work is still there that can be named."""
    missing = abs(len(page.items) - len(bench_.genuine.items))
    if path[-1] in IDS[bench_.platform]:
        return True
    return missing <= 3 if path[-1] in MARKS.get(bench_.platform, ()) else missing == 0


def vanished(before: WorksPage, after: WorksPage) -> set[str]:
    """Metrics that some work of both pages had before and has no more."""
    old = by_id(before)
    return {
        name
        for work in after.items
        if work.id in old
        for name in metrics(old[work.id])
        if name not in metrics(work)
    }


@each("holes: everything optional missing", WORKS)
async def test_works_of_which_only_the_id_is_left(
    live: Live, platform: str, http: HttpClient
) -> None:
    bench_ = await bench(live, platform, http)
    for new in (DROP, None):
        page = await bench_.page(**{"*": lambda body, n=new: stripped(body, platform, n)})
        assert len(page.items) >= len(bench_.genuine.items)
        for work in page.items:
            assert metrics(work) == {}
            assert (work.published_at, work.cover_url, work.title) == (None, None, None)


def stripped(value: Any, platform: str, new: Any, *, inside: bool = False) -> Any:
    """A copy in which every plain value of a work but its id is dropped or null."""
    if isinstance(value, list):
        parts = [stripped(part, platform, new, inside=True) for part in value]
        return [part for part in parts if part is not DROP]
    if not isinstance(value, dict):
        return new if inside else value
    # What is known of pictures by their names, and the counts of one video, stand in no list.
    about_one = isinstance(value.get("data"), dict) and "view" in value["data"]
    single = {"data"} if about_one else {"results"}
    kept = {
        name: part
        if inside and name in IDS[platform] and not isinstance(part, dict | list)
        else stripped(part, platform, new, inside=inside or name in single)
        for name, part in value.items()
    }
    return {name: part for name, part in kept.items() if part is not DROP}


@each("odd: numbers as text", WORKS)
async def test_numbers_as_text_are_numbers(live: Live, platform: str, http: HttpClient) -> None:
    bench_ = await bench(live, platform, http)
    page = await bench_.page(**{"*": lambda body: everywhere(body, as_text)})
    assert page == bench_.genuine


@each("odd: unknown values", WORKS)
async def test_unknown_values_cost_nothing(live: Live, platform: str, http: HttpClient) -> None:
    bench_ = await bench(live, platform, http)
    for where, path in list(bench_.places()):
        page = await bench_.spoilt(where, path, unknown, FailureKind.INVALID)
        if page is None:
            continue
        if path[-1] not in IDS[platform]:
            told = bench_.numbers_with(where, path, unknown)
            assert invented(platform, bench_.genuine, page, told) == [], path
            assert full(bench_, page, path), (where, path)
        assert not any(UNKNOWN in (w.url or "") and "://~" in (w.url or "") for w in page.items)


@each("odd: zero", WORKS)
async def test_zero_is_a_number(live: Live, platform: str, http: HttpClient) -> None:
    """A zero that was told stays, a moment of zero is none."""
    bench_ = await bench(live, platform, http)
    before = by_id(bench_.genuine)
    zeroed: set[str] = set()
    for where, path in list(bench_.places()):
        page = await bench_.spoilt(where, path, zero, FailureKind.INVALID)
        skipped = IDS[platform] | DATED.get(platform, set())
        if page is None or path[-1] in skipped or not page.items:
            continue
        assert full(bench_, page, path), (where, path)
        for work in page.items:
            old, new = metrics(before[work.id]), metrics(work)
            assert old.keys() == new.keys(), (where, path, work.id)
            zeroed |= {name for name, value in new.items() if value == 0 and old[name] > 0}
            assert work.published_at is None or work.published_at > 0
    given = {
        name for work in bench_.genuine.items for name, value in metrics(work).items() if value > 0
    }
    assert zeroed | SUMS.get(platform, set()) >= given


@each("odd: wrong kinds of values", WORKS)
async def test_wrong_kinds_of_values_cost_nothing(
    live: Live, platform: str, http: HttpClient
) -> None:
    """A list for a text, a text for an object, a truth for a number."""
    bench_ = await bench(live, platform, http)
    for where, path in list(bench_.places()):
        for kinds in (([],), ("text",), ({"a": 1},), (True, -1, 1.5, 10**30)):
            page = await bench_.spoilt(where, path, in_turn(*kinds), FailureKind.INVALID)
            if page is None:
                continue
            counts = [v for work in page.items for v in metrics(work).values()]
            assert all(type(v) in (int, float) and 0 <= v < 10**18 for v in counts), (path, kinds)
