"""Maps from a platform's objects to works and profiles."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openchannels.connectors.base.mapping import ProfileMap, WorkMap
from openchannels.connectors.base.parse import text
from openchannels.connectors.base.path_tree import PathTree
from openchannels.connectors.base.paths import clean_value_at, parse_paths, value_at
from openchannels.connectors.base.sources import BY_ACCOUNT, FromAccount
from openchannels.connectors.base.targets import (
    COUNTER_TARGETS,
    METRIC_TARGETS,
    PROFILE_TARGETS,
    WORK_TARGETS,
    Target,
)
from openchannels.core.accounts import Counters
from openchannels.core.availability import ACCOUNT_FIELDS, WORK_FIELDS
from openchannels.core.platforms import Platform, Text
from openchannels.core.works import ContentMode, Metrics, WorkStatus
from tests.connectors.support import account_of

ACCOUNT = account_of(Platform("tiktok"), "u1", nickname="Kiln & Clay")
REASON = Text(en="Not here.", zh="没有。")
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=9)
)
NAMES = st.sampled_from(["id", "data", "title", "url", "at", "stats", "views", "time", "x"])
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=12,
)
WORK = WorkMap(
    {
        "id": "id|data.id",
        "mode": ContentMode.VIDEO,
        "title": "title|data.0.title",
        "description": lambda item: value_at(item, "data.title"),
        "url": "url",
        "cover_url": "data.url|url",
        "published_at": "at",
        **BY_ACCOUNT,
        "status": WorkStatus.PUBLISHED,
    },
    metrics_at="stats",
    metrics={"views": "views|data.views", "watch_seconds": "time"},
    scoped={"watchTimeSeconds": "reports"},
    never={"likeCount": REASON},
)
PROFILE = ProfileMap(
    Platform("tiktok"),
    {"uid": "id", "nickname": "title|data.title", "handle": "title", "avatar": "url"},
    counters={"fans": "stats.views", "works": "x"},
    facts={"uploads": "data.id", "open": lambda item: value_at(item, "x") is True},
    scoped={"fansCount": "stats"},
)


@pytest.mark.parametrize(
    ("written", "paths"),
    [
        ("", ((),)),
        ("id", (("id",),)),
        ("data.user.name", (("data", "user", "name"),)),
        ("items.0.url|url", (("items", 0, "url"), ("url",))),
        ("stats.90d", (("stats", "90d"),)),
    ],
)
def test_paths(written: str, paths: Any) -> None:
    assert parse_paths(written) == paths


TOGETHER = (
    *("", "id", "id|", "data", "data.id", "data.id|data", "data.stats.views|data.stats.x"),
    *("title|data.title", "data.0", "data.0.url|data.1.url", "0.url", "data.0.id|data.id"),
)


@given(JSON)
def test_paths_that_are_read_together_give_what_each_gives_alone(item: Any) -> None:
    tree = PathTree()
    for path in TOGETHER:
        tree.add(parse_paths(path), path, text)
    values: dict[str, Any] = dict.fromkeys(TOGETHER)
    tree.read_into(values, item)
    assert values == {path: clean_value_at(item, parse_paths(path), text) for path in TOGETHER}


def test_a_work_is_read_from_paths_alternatives_functions_and_the_account() -> None:
    item = {
        "data": {"id": 7, "title": "Two", "url": 1},
        "title": "",
        "url": "//i/7",
        "at": "1790960409000",
        "stats": {"views": None, "data": {"views": "12"}, "time": 1.5},
    }
    work = WORK.read(item, ACCOUNT)
    assert work is not None
    assert (work.id, work.mode, work.status) == ("7", ContentMode.VIDEO, WorkStatus.PUBLISHED)
    assert (work.title, work.description) == (None, "Two")
    assert (work.url, work.cover_url) == ("https://i/7", "https://i/7")
    assert work.published_at == 1790960409.0
    assert (work.author_name, work.author_uid) == ("Kiln & Clay", "u1")
    assert work.metrics == Metrics(views=12, watch_seconds=1.5)


@pytest.mark.parametrize("item", [None, [], "id", {}, {"id": ""}, {"id": True}, {"id": 1.5}])
def test_what_has_no_id_is_no_work_and_no_profile(item: Any) -> None:
    assert WORK.read(item, ACCOUNT) is None
    assert WORK.read_all([item, {"id": "1"}, item], ACCOUNT)[0].id == "1"
    assert PROFILE.read(item) is None


@given(JSON)
def test_a_work_is_never_invented(item: Any) -> None:
    work = WORK.read(item, ACCOUNT)
    if work is None:
        return
    told = repr(item)
    assert work.id.encode()
    assert work.metrics == Metrics(
        views=work.metrics.views, watch_seconds=work.metrics.watch_seconds
    )
    for name, value in (("stats", work.metrics.views), ("at", work.published_at)):
        assert value is None or (value >= 0 and name in told)
    for address in (work.url, work.cover_url):
        assert address is None or address.startswith("https://")


@given(JSON)
def test_a_profile_is_never_invented(item: Any) -> None:
    profile = PROFILE.read(item, uid="known")
    assert profile is not None
    assert profile.nickname
    assert set(profile.facts) == {"uploads", "open"}
    if not isinstance(item, dict):
        assert (profile.uid, profile.nickname, profile.handle) == ("known", "known", None)
        assert profile.counters == Counters()


def test_the_coverage_follows_from_the_map() -> None:
    assert WORK.coverage.fields.split() == [
        *("platformWorkId", "contentMode", "title", "description", "url", "coverUrl"),
        *("publishedAt", "authorName", "authorPlatformUid", "status", "viewCount"),
    ]
    assert WORK.coverage.cell("watchTimeSeconds").scope == "reports"
    assert WORK.coverage.cell("likeCount").reason == REASON
    assert PROFILE.coverage.names() == {
        *("uid", "nickname", "account", "avatar", "fansCount", "workCount")
    }
    assert PROFILE.coverage.cell("fansCount").scope == "stats"


def test_every_field_of_the_wire_can_be_declared() -> None:
    works = {target.wire for target in (WORK_TARGETS | METRIC_TARGETS).values()}
    accounts = [*PROFILE_TARGETS.values(), *COUNTER_TARGETS.values()]
    assert works == set(WORK_FIELDS)
    assert {target.wire for target in accounts} == set(ACCOUNT_FIELDS)


BARE: dict[str, Any] = {"id": "id", "mode": ContentMode.TEXT}


@pytest.mark.parametrize(
    "declared",
    [
        {"fields": {"id": "id"}},
        {"fields": {**BARE, "headline": "title"}},
        {"fields": BARE, "metrics": {"fans": "x"}},
        {"fields": BARE, "scoped": {"viewCount": "reports"}},
        {"fields": {**BARE, "title": "title"}, "never": {"title": REASON}},
    ],
)
def test_what_contradicts_itself_is_refused(declared: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"needs|no such fields|declared"):
        WorkMap(**declared)


def test_a_map_is_immutable_data() -> None:
    assert WORK.fields["url"] == "url"
    assert isinstance(WORK.fields["author_name"], FromAccount)
    with pytest.raises(TypeError):
        WORK.metrics["views"] = "other"  # type: ignore[index]


HUGE = "n" * 1_000_000
CUT = {
    "title": 2_000,
    "description": 65_536,
    "author_name": 512,
    "nickname": 512,
}
"""Texts that are cut to so many characters; all others that are too long are dropped."""


@pytest.mark.parametrize(
    ("name", "target"),
    [
        (name, target)
        for targets in (WORK_TARGETS, PROFILE_TARGETS)
        for name, target in targets.items()
        if name not in ("mode", "status", "secondary")
    ],
)
def test_texts_of_platforms_are_bounded(name: str, target: Target) -> None:
    for value in (HUGE, "https://cdn.example/" + HUGE):
        read = target.clean(value)
        assert (read and len(read)) == CUT.get(name)


def test_a_long_text_of_characters_is_cut_between_them() -> None:
    read = PROFILE_TARGETS["nickname"].clean("𠮷" * 600)
    assert read == "𠮷" * 512


def test_addresses_of_platforms_are_web_addresses() -> None:
    for value in ("javascript:alert(1)", "data:text/html,x", "/a.png", "ftp://cdn.example/a"):
        assert PROFILE_TARGETS["avatar"].clean(value) is None
    longest = "https://" + "a" * 2040
    assert PROFILE_TARGETS["avatar"].clean(longest) == longest
    assert PROFILE_TARGETS["avatar"].clean(longest + "a") is None


def test_a_work_with_an_id_too_long_to_name_is_left_out() -> None:
    assert WORK.read_all([{"id": "w" * 513}, {"id": "w" * 512}]) == [WORK.read({"id": "w" * 512})]


def test_facts_are_bounded() -> None:
    profile = PROFILE.read({"id": "u", "data": {"id": HUGE}}, "u")
    assert profile.facts["uploads"] is None
