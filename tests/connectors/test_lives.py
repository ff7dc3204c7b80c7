"""How long credentials live, and when they are refreshed though nobody uses them."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openchannels.connectors.base.lifetimes import refresh_ahead_at
from openchannels.connectors.registry import CONNECTORS, OAuth
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platforms import Platform
from tests.connectors.support import NOW, FakeSend, client_for

HOUR = 3600
DAY = 24 * HOUR
PAGE = {"page_id": "1", "root_token": "R", "root_expires_at": NOW + 60 * DAY}
DOUYIN = {"scopes": ("user_info", "renew_refresh_token")}

LIVES: dict[str, tuple[Tokens, float | None]] = {
    "douyin": (Tokens("a", "r", NOW + 15 * DAY, NOW + 30 * DAY, **DOUYIN), 27),
    "xhs": (Tokens("cookie"), None),
    "wxSph": (Tokens("cookie"), None),
    "KWAI": (Tokens("a", "r", NOW + 2 * DAY, NOW + 180 * DAY), None),
    "youtube": (Tokens("a", "r", NOW + HOUR), 150),
    "wxGzh": (Tokens("a", "r", NOW + 2 * HOUR), None),
    "bilibili": (Tokens("a", "r", NOW + 30 * DAY), 27),
    "twitter": (Tokens("a", "r", NOW + 2 * HOUR), 150),
    "tiktok": (Tokens("a", "r", NOW + DAY, NOW + 365 * DAY), 335),
    "facebook": (Tokens("a", extra=PAGE), 50),
    "instagram": (Tokens("a", expires_at=NOW + 60 * DAY, extra={"obtained_at": NOW}), 50),
    "threads": (Tokens("a", expires_at=NOW + 60 * DAY, extra={"obtained_at": NOW}), 50),
    "pinterest": (Tokens("a", "r", NOW + 30 * DAY, NOW + 60 * DAY), 50),
    "linkedin": (Tokens("a", "r", NOW + 60 * DAY, NOW + 365 * DAY), None),
    "google_business": (Tokens("a", "r", NOW + HOUR), 150),
}
"""What each platform's answers name, and after how many days an idle grant is refreshed."""


@pytest.mark.parametrize("platform", CONNECTORS)
def test_an_idle_grant_is_refreshed_only_where_waiting_loses_something(platform: Platform) -> None:
    tokens, days = LIVES[platform]
    due = CONNECTORS[platform].auth.next_refresh_at(tokens, NOW)
    assert due == (None if days is None else NOW + days * DAY)


lives = st.none() | st.floats(min_value=-DAY, max_value=400 * DAY)


@st.composite
def grants(draw: st.DrawFn) -> Tokens:
    ends = [None if (life := draw(lives)) is None else NOW + life for _ in range(3)]
    extra: dict[str, Any] = {"obtained_at": NOW} if draw(st.booleans()) else {}
    if draw(st.booleans()):
        # A Page's own token, which has no end and no refresh token.
        page = {"page_id": "1", "root_token": "R", "root_expires_at": ends[2]}
        return Tokens("a", extra={**extra, **page})
    if draw(st.booleans()):
        extra["renewals"] = draw(st.integers(0, 5))
    refresh = draw(st.sampled_from([None, "r"]))
    scopes = draw(st.sampled_from([None, (), ("renew_refresh_token",)]))
    return Tokens("a", refresh, ends[0], ends[1], scopes, extra)


@pytest.mark.parametrize("platform", CONNECTORS)
@settings(max_examples=40)
@given(tokens=grants())
def test_what_is_due_can_be_done_in_time(platform: Platform, tokens: Tokens) -> None:
    connector = CONNECTORS[platform]
    due, end = connector.auth.next_refresh_at(tokens, NOW), connector.auth.grant_end(tokens)
    if due is None:
        return
    assert due > NOW, "it would be due again at once"
    assert connector.auth.refreshable(tokens, due)
    assert end is None or due < end


@pytest.mark.parametrize("platform", CONNECTORS)
@settings(max_examples=40)
@given(tokens=grants(), later=st.floats(min_value=0, max_value=800 * DAY))
def test_nobody_can_be_helped_after_the_end(
    platform: Platform, tokens: Tokens, later: float
) -> None:
    connector = CONNECTORS[platform]
    end = connector.auth.grant_end(tokens)
    if end is not None:
        assert not connector.auth.refreshable(tokens, end + later)


@pytest.mark.parametrize("platform", CONNECTORS)
@settings(max_examples=40)
@given(tokens=grants())
def test_what_changes_nothing_is_not_tried_for_ever(platform: Platform, tokens: Tokens) -> None:
    connector, refreshed_at, times = CONNECTORS[platform], NOW, 0
    while (due := connector.auth.next_refresh_at(tokens, refreshed_at)) is not None and times < 50:
        if isinstance(connector.auth, OAuth) and due - refreshed_at > 20 * DAY:
            # Idleness begins again with each refresh, so that one goes on as it should.
            break
        refreshed_at, times = due, times + 1
    assert times <= 15


@pytest.mark.parametrize(
    ("life", "margin", "expected"),
    [
        (60 * DAY, 10 * DAY, 50 * DAY),
        (60 * DAY, 30 * DAY, 50 * DAY),
        (365 * DAY, 30 * DAY, 335 * DAY),
        (6 * DAY, 30 * DAY, 5 * DAY),
        (6 * HOUR, 30 * DAY, 5 * HOUR),
        (2 * HOUR, 30 * DAY, HOUR),
        (HOUR, 30 * DAY, None),
        (-HOUR, 30 * DAY, None),
    ],
)
def test_a_sixth_of_the_life_is_left(life: float, margin: float, expected: float | None) -> None:
    assert refresh_ahead_at(NOW + life, NOW, margin) == (
        None if expected is None else NOW + expected
    )


async def test_a_grant_of_seven_days_is_not_refreshed_in_vain() -> None:
    tokens = Tokens("a", "r", NOW + HOUR, NOW + 7 * DAY)
    assert CONNECTORS[Platform("youtube")].auth.next_refresh_at(tokens, NOW) is None


# Douyin, whose refresh token is renewed five times at most


def test_without_renewals_a_last_access_token_is_fetched() -> None:
    douyin = CONNECTORS[Platform("douyin")]
    tokens = Tokens("a", "r", NOW + 15 * DAY, NOW + 30 * DAY)
    assert douyin.auth.next_refresh_at(tokens, NOW) == NOW + 27 * DAY
    last = replace(tokens, expires_at=NOW + 42 * DAY)
    assert douyin.auth.next_refresh_at(last, NOW + 27 * DAY) is None
    assert douyin.auth.grant_end(last) == NOW + 42 * DAY
    assert not douyin.auth.refreshable(last, NOW + 30 * DAY)


def test_a_renewal_that_failed_is_tried_again() -> None:
    douyin = CONNECTORS[Platform("douyin")]
    tokens = Tokens("a", "r", NOW + 18 * DAY, NOW + 3 * DAY, **DOUYIN)
    assert douyin.auth.next_refresh_at(tokens, NOW) == NOW + 6 * HOUR
    assert douyin.auth.next_refresh_at(tokens, NOW + 2.9 * DAY) is None


# Facebook's Pages, whose tokens have no end while the person's has


async def test_the_persons_token_is_extended_with_the_page() -> None:
    facebook = CONNECTORS[Platform("facebook")]
    send = FakeSend().on("/oauth/access_token", {"access_token": "R2", "expires_in": 60 * DAY})
    send.on("/v26.0/1", {"id": "1", "access_token": "page"})
    extra = {**PAGE, "root_expires_at": NOW + 10 * DAY}
    fresh = await facebook.auth.refresh(client_for(facebook, send), Tokens("a", extra=extra))
    assert fresh.access_token == "page"
    assert fresh.extra["root_token"] == "R2"
    assert fresh.extra["root_expires_at"] == NOW + 60 * DAY
    assert send.params(0)["fb_exchange_token"] == "R"
    assert send.calls[1].headers == {"Authorization": "Bearer R2"}


async def test_a_refused_extension_leaves_the_page_alone() -> None:
    facebook = CONNECTORS[Platform("facebook")]
    send = FakeSend().on("/oauth/access_token", b"<html>")
    send.on("/v26.0/1", {"id": "1", "access_token": "page"})
    extra = {**PAGE, "root_expires_at": NOW + 10 * DAY}
    fresh = await facebook.auth.refresh(client_for(facebook, send), Tokens("a", extra=extra))
    assert (fresh.access_token, fresh.extra) == ("page", extra)


# What an answer leaves out


@pytest.mark.parametrize("token", [{}, {"refresh_token": ""}, {"refresh_token": None}])
@pytest.mark.parametrize("scope", [{}, {"scope": ""}, {"scope": None}])
async def test_nothing_known_is_replaced_by_nothing(
    token: dict[str, Any], scope: dict[str, Any]
) -> None:
    pinterest = CONNECTORS[Platform("pinterest")]
    body = {"access_token": "b", "expires_in": 9, "open_id": "", **token, **scope}
    old = Tokens("a", "r", NOW, NOW + DAY, ("pins:read",), {"open_id": "o"})
    send = FakeSend().on("/oauth/token", body)
    fresh = await pinterest.auth.refresh(client_for(pinterest, send), old)
    assert fresh == replace(old, access_token="b", expires_at=NOW + 9)


@pytest.mark.parametrize("end", ["inf", "-5", "1e400", "nan", 10**30, -1, True])
async def test_an_end_that_nobody_meant_is_none(end: Any) -> None:
    twitter = CONNECTORS[Platform("twitter")]
    body = {"access_token": "b", "expires_in": end, "refresh_token_expires_in": end}
    send = FakeSend().on("/oauth2/token", body)
    tokens = await twitter.auth.exchange(client_for(twitter, send), {"code": "c"}, "v" * 43)
    assert (tokens.expires_at, tokens.refresh_expires_at) == (NOW + 2 * HOUR, None)


def test_every_platform_says_how_its_tokens_live() -> None:
    for connector in CONNECTORS.values():
        if not isinstance(connector.auth, OAuth):
            continue
        config = connector.auth.config
        if config.token_model is not TokenModel.EXTEND:
            named = config.default_lifetime or config.expires_is == "either"
            assert named or connector.id == Platform("wxGzh"), connector.id
