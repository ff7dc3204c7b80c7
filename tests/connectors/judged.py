"""The law of answers: what each is to the caller, by status, form and call.

`ROWS` holds what any platform's answer is that is not in its own form; `UNLISTED` what an error in
that form is whose code is not documented. The documents show both.
"""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, cast

from openchannels.connectors.base.plugin import CookieRefused
from openchannels.connectors.registry import CONNECTORS
from openchannels.core import errors
from openchannels.core.exceptions import ServiceError
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.service.accounts.accounts import submission_error
from openchannels.service.authorization.completion import exchange_error, profile_error
from openchannels.service.errors import to_error
from openchannels.transport.client import Answer
from openchannels.transport.platform_client import PlatformClient
from tests.connectors import played
from tests.connectors.played import PLAYED, Play
from tests.connectors.support import NOW

STATUSES = (200, 400, 401, 403, 404, 409, 429, 500, 502, 503)
ABOUT_GRANT = {FailureKind.DEAD_GRANT, FailureKind.TOKEN_EXPIRED}
"""The only kinds that take an account offline."""

ROWS: dict[tuple[str, str], tuple[int, str, bool]] = {
    ("200", "token"): (15072, "unknown", True),
    ("200", "profile"): (15003, "unknown", True),
    ("200", "submission"): (15072, "unknown", True),
    ("200", "works"): (15072, "unknown", True),
    ("200", "revoke"): (15072, "unknown", True),
    ("200", "probe"): (15072, "unknown", True),
    ("429", "token"): (15071, "rate_limit", True),
    ("429", "profile"): (15071, "rate_limit", True),
    ("429", "submission"): (15003, "rate_limit", True),
    ("429", "works"): (15071, "rate_limit", True),
    ("429", "revoke"): (15071, "rate_limit", True),
    ("429", "probe"): (15071, "rate_limit", True),
    ("any other", "token"): (15094, "platform_unavailable", True),
    ("any other", "profile"): (15094, "platform_unavailable", True),
    ("any other", "submission"): (15003, "platform_unavailable", True),
    ("any other", "works"): (15094, "platform_unavailable", True),
    ("any other", "revoke"): (15094, "platform_unavailable", True),
    ("any other", "probe"): (15094, "platform_unavailable", True),
}
"""Code, category and whether trying again may help, where the answer is not in the own form."""

Ask = Callable[[str, PlatformClient], Awaitable[Any]]
Report = Callable[[PlatformFailure, float], ServiceError]


def refresh_error(failure: PlatformFailure, now: float) -> ServiceError:
    code = errors.REFRESH_FAILED if failure.kind in ABOUT_GRANT else None
    return to_error(failure, now, code=code)


ENDPOINTS: dict[str, tuple[str, Ask, Report]] = {
    "exchange": ("token", played.exchange, exchange_error),
    "refresh": ("token", played.refresh, refresh_error),
    "profile": ("profile", played.profile, profile_error),
    "submission": ("profile", played.profile, submission_error),
    "works": ("works", played.works, to_error),
    "detail": ("detail", played.detail, to_error),
    "account figures": ("account_figures", played.account_figures, to_error),
    "work figures": ("work_figures", played.work_figures, to_error),
    "values": ("values", played.values, to_error),
    "comments": ("comments", played.comments, to_error),
    "probe": ("probe", played.probe, to_error),
    "revoke": ("revoke", played.revoke, to_error),
}
"""By call: the endpoint that gives the answer, what asks it, what the caller gets."""
LIKE = {
    **dict.fromkeys(("exchange", "refresh"), "token"),
    **dict.fromkeys(("detail", "account figures", "work figures", "values", "comments"), "works"),
}
"""Calls whose answers are what those of another row of `ROWS` are."""

PLUGINS = ("xhs", "wxSph")

UNLISTED: dict[int, FailureKind] = {
    200: FailureKind.INVALID,
    400: FailureKind.INVALID,
    401: FailureKind.TOKEN_EXPIRED,
    403: FailureKind.PERMISSION,
    404: FailureKind.NOT_FOUND,
    409: FailureKind.INVALID,
    429: FailureKind.RATE_LIMITED,
    **dict.fromkeys((500, 502, 503), FailureKind.UNAVAILABLE),
}
"""What an error in the platform's own form means whose code is not documented."""

CODE_ALONE = {"KWAI", "bilibili", "douyin", "tiktok", "wxGzh"}
"""Platforms whose statuses below 500 mean nothing, but for 429: such an error is INVALID."""
OF_ITS_OWN: dict[str, dict[int, FailureKind]] = {
    **{
        platform: {
            401: FailureKind.DEAD_GRANT,
            403: FailureKind.DEAD_GRANT,
            404: FailureKind.INVALID,
        }
        for platform in PLUGINS
    },
    # Their tokens extend themselves: nothing else renews a refused one.
    "instagram": {401: FailureKind.DEAD_GRANT},
    "threads": {401: FailureKind.DEAD_GRANT},
    "youtube": {409: FailureKind.UNAVAILABLE},
    "google_business": {409: FailureKind.UNAVAILABLE},
}


def unlisted_kind(platform: str, status: int) -> FailureKind:
    if platform in CODE_ALONE and status < 500 and status != 429:
        return FailureKind.INVALID
    return OF_ITS_OWN.get(platform, {}).get(status, UNLISTED[status])


def calls_of(platform: str) -> Iterator[str]:
    """The calls that a platform takes: a plug-in's submission stands in for a profile."""
    for name, (endpoint, _, _) in ENDPOINTS.items():
        other = "profile" if platform in PLUGINS else "submission"
        unasked = CONNECTORS[Platform(platform)].auth.probe_every is None and name == "probe"
        if PLAYED[platform].endpoint(endpoint) and name != other and not unasked:
            yield name


def spoilt(platform: str, endpoint: str, reply: Answer) -> Play:
    return Play(PLAYED[platform], dict.fromkeys(PLAYED[platform].endpoint(endpoint), reply))


async def outcome(platform: str, call: str, reply: Answer) -> PlatformFailure | None:
    """The failure of a call whose endpoint gives this answer; None for a success."""
    endpoint, ask, _ = ENDPOINTS[call]
    try:
        await ask(platform, played.client_of(platform, spoilt(platform, endpoint, reply)))
    except PlatformFailure as failure:
        return failure
    except CookieRefused as refused:
        return cast(PlatformFailure, refused.__cause__)
    return None


def shown(call: str, failure: PlatformFailure) -> tuple[int, str, bool]:
    error = ENDPOINTS[call][2](failure, NOW)
    assert error.message("en-US")
    assert error.message("zh-CN")
    return error.code.number, error.data["category"], error.data["retryable"]


def row(status: int, call: str) -> tuple[int, str, bool]:
    name = str(status) if status in (200, 429) else "any other"
    return ROWS[name, LIKE.get(call, call)]
