"""Which platform takes part in which case, and why one does not.

A test says `@each("name of the case", ...)` and runs once for every platform of the registry; so
a platform that is registered tomorrow joins by itself. `EXCEPTIONS` is the only way out.
"""

from typing import Any

import pytest

from openchannels.connectors.registry import CONNECTORS, OAuth

PLATFORMS: tuple[str, ...] = tuple(CONNECTORS)
BY_NAME = {str(platform): connector for platform, connector in CONNECTORS.items()}


def oauth_of(platform: str) -> OAuth:
    """How accounts of a platform are authorized, where a plug-in does not hand them in."""
    auth = BY_NAME[platform].auth
    assert isinstance(auth, OAuth)
    return auth


OAUTH, WORKS = "needs OAuth", "needs works"
"""Names of whole groups of cases."""

PLUGIN = "connected by a plug-in's cookie: no authorization address, callback or token endpoint"
NO_ISSUER = "sends no `iss` (RFC 9207); the redirect URI of its own is what keeps it apart"
WHOLE_GRANT = "a member grants all that is asked or nothing"
ANONYMOUS = "an account without works is an account all the same: there is nothing to hint at"

EXCEPTIONS: dict[tuple[str, str], str] = {
    ("xhs", OAUTH): PLUGIN,
    ("wxSph", OAUTH): PLUGIN,
    ("xhs", WORKS): "has no public list of works",
    **{
        (platform, "ids of person empty"): "has no account for a person who has nothing to connect"
        for platform in ("wxSph", "youtube", "facebook", "google_business")
    },
    ("bilibili", "callback: denial"): "comes back from a denial with `state` alone",
    ("wxGzh", "start: escaping"): "its page is opened with a code that the platform is asked for",
    ("wxGzh", "callback: denial"): "sends nobody back who refuses: the page just stays",
    ("wxSph", "fault kind missing_scope"): "a cookie has no scopes",
    ("wxGzh", "engagement: purposes"): "its owner grants what they like: no scopes are asked for",
    ("linkedin", "figures: fewest scopes"): WHOLE_GRANT,
    ("linkedin", "matrix: without the scope"): WHOLE_GRANT,
    **{
        (platform, "a foreign issuer"): NO_ISSUER
        for platform in ("KWAI", "bilibili", "twitter", "tiktok", "facebook", "instagram",
                         "threads", "pinterest", "linkedin", "douyin", "wxGzh")
    },
    **{
        (platform, "nothing behind the grant"): ANONYMOUS
        for platform in ("xhs", "KWAI", "bilibili", "twitter", "tiktok", "instagram", "threads",
                         "pinterest", "linkedin", "douyin", "wxGzh")
    },
    ("wxSph", "nothing behind the grant"): "the cookie of a person without a channel is refused",
}  # fmt: skip
"""Platform and case, or group of cases, with the reason why the one cannot take part."""

CASES: dict[str, tuple[str, ...]] = {}
"""Every case with its platforms, filled in as the test modules are imported."""
GROUPS: dict[str, tuple[str, ...]] = {}


def exempt(platform: str, case: str, groups: tuple[str, ...] = ()) -> str | None:
    """Why a platform stays out of a case; None where it takes part."""
    found = (EXCEPTIONS.get((platform, name)) for name in (case, *groups))
    return next(filter(None, found), None)


def each(case: str, *groups: str) -> pytest.MarkDecorator:
    """Run a test for every platform that can take part in the case."""
    return pytest.mark.parametrize("platform", _members(case, groups))


def each_of(name: str, values: tuple[str, ...], *groups: str) -> pytest.MarkDecorator:
    """Run a test for every platform and value; each value is a case of its own."""
    members = [
        pytest.param(*member.values, value, id=f"{member.id}-{value}", marks=member.marks)
        for value in values
        for member in _members(f"{name} {value}", groups)
    ]
    return pytest.mark.parametrize(("platform", name.rsplit(" ", 1)[-1]), members)


def _members(case: str, groups: tuple[str, ...]) -> list[Any]:
    taking_part = tuple(p for p in PLATFORMS if exempt(p, case, groups) is None)
    CASES[case], GROUPS[case] = taking_part, groups
    return [
        pytest.param(platform, id=platform, marks=pytest.mark.pair(platform, case))
        for platform in taking_part
    ]
