"""The fewest calls: pinned for each platform, counted at the sandbox."""

from openchannels.connectors.registry import OAuth
from tests.platforms.cases import BY_NAME, WORKS, each
from tests.platforms.facts import PAGING
from tests.platforms.live import Live
from tests.platforms.observe import calls_per_page, calls_to_connect

CONNECT = {
    "xhs": 2,  # user, counts
    "wxSph": 1,  # user
    "KWAI": 3,  # code, user, number of works
    "youtube": 2,  # code, channel
    "bilibili": 3,  # code, user, counts
    "twitter": 2,  # code, user
    "tiktok": 2,  # code, user
    "facebook": 4,  # code, lasting token, permissions, Pages
    "instagram": 3,  # code, lasting token, user
    "threads": 5,  # code, lasting token, scopes, user, followers
    "pinterest": 2,  # code, user
    "linkedin": 5,  # code, member, roles, organisations, logos
    "google_business": 3,  # code, accounts, locations of the one account
    "douyin": 3,  # code, user, followers
    "wxGzh": 5,  # code of the page, grant, account, followers, number of works
}
"""Calls from the callback to the stored account, of an ordinary person."""

PAGE = {
    "wxSph": 1,
    "KWAI": 1,
    "youtube": 2,  # list, videos
    "bilibili": 1,  # and one for each public work: there is no call for several
    "twitter": 1,
    "tiktok": 1,
    "facebook": 1,
    "instagram": 1,
    "threads": 1,
    "pinterest": 1,
    "linkedin": 4,  # posts, statistics, pictures, videos
    "google_business": 1,
    "douyin": 1,
    "wxGzh": 1,  # and one for each day's statistics
}
"""Calls for one page of works with nothing remembered."""

EACH = {"bilibili", "wxGzh"}
"""Platforms that must be asked for the counts of each work, or of each day, apart."""


@each("calls: connecting")
def test_calls_to_connect(live: Live, platform: str) -> None:
    # A token of the whole app may be fetched with the first connection, and not again.
    live.accounts(platform, "warm")
    assert calls_to_connect(live, platform, "calla") == CONNECT[platform]
    # The sandbox counts the same, and the person's browser beside.
    browsed = 0 if not isinstance(BY_NAME[platform].auth, OAuth) else 1
    assert sum(live.service.calls().values()) == CONNECT[platform] + browsed


@each("calls: a page of works", WORKS)
def test_calls_per_page(live: Live, platform: str) -> None:
    for size in (0, PAGING[platform][2]):
        calls = calls_per_page(live, platform, size)
        sandbox = sum(live.service.calls().values())
        assert calls == sandbox
        if platform in EACH:
            shown = size or PAGING[platform][1]
            assert PAGE[platform] < calls <= PAGE[platform] + shown
        else:
            assert calls == PAGE[platform], (size, live.service.calls())


@each("calls: a refused request costs none", WORKS)
def test_what_we_refuse_ourselves_costs_no_call(live: Live, platform: str) -> None:
    account = live.lister(platform)
    live.begin()
    assert live.page(platform, account, limit=10_000)["code"] != 0
    assert live.page(platform, account, cursor="forged")["code"] != 0
    assert live.page(platform, "youtube_nobody")["code"] == 12600
    assert live.upstream_calls() == 0
    assert live.service.calls() == {}
