"""Every platform's answers by status, form and call, against the law in `judged`.

An error in the platform's own form is read by the platform's table. Any other answer condemns
nobody and names no permission.
"""

import asyncio
import math
from collections.abc import Awaitable, Iterator
from typing import Any

import pytest

from openchannels.connectors.registry import CONNECTORS
from openchannels.core.insights import Period
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.transport import platform_client
from openchannels.transport.client import Answer
from tests.connectors import played
from tests.connectors.judged import (
    ABOUT_GRANT,
    ENDPOINTS,
    PLUGINS,
    STATUSES,
    calls_of,
    outcome,
    row,
    shown,
    spoilt,
    unlisted_kind,
)
from tests.connectors.played import PLAYED, Play
from tests.connectors.support import answer

FOREIGN: dict[str, bytes] = {
    "HTML": b"<!doctype html><title>403 Forbidden</title>",
    "empty": b"",
    "text": b"upstream connect error",
    "JSON text": b'"OK"',
    "JSON null": b"null",
    "JSON list": b"[]",
    "JSON object of another shape": b'{"hotspot": {"login": "https://wifi.example/"}}',
    "JSON of a gateway": b'{"message": "Forbidden"}',
    "error of a gateway": b'{"error": "unauthorized"}',
    "another charset": '{"message": "登录", "code": 190}'.encode("gbk"),
    "too deep": b"[" * 100_000,
}
"""Bodies that no platform sends; `cut` and `own success` are added for each platform."""

NO_IDS = (
    "",
    "..",
    "../me",
    "1/../me",
    "1?fields=x",
    "1#x",
    "1%2f2",
    "1 2",
    "1\n",
    "１２",
    "x" * 513,
)
"""Texts that no platform has as the id of a work."""

SHAPELESS = (
    "empty",
    "JSON object of another shape",
    "JSON of a gateway",
    "error of a gateway",
)
"""Successes of a revocation, for which no platform promises more than an object, or nothing."""

UNFORGIVING = ("KWAI", "bilibili", "douyin", "facebook", "instagram", "tiktok", "threads")
"""The code of a refused token decides there under any status."""
BY_ANY_CODE = {"pinterest"}
"""Any code of the token endpoint is a refused grant there, as its document says."""
ANY_STATUS = {"KWAI"}
"""`result` 1 is a success under any status there, as its document says."""
UNPROVED = {"xhs"}
"""An account is stored without proof while the site cannot be asked."""
NEEDED = {"youtube"}
"""The call that adds counts also says which works there are."""
EMPTY = {"google_business"}
"""An empty object is an empty page: the APIs leave out empty lists."""


@pytest.fixture(autouse=True)
def _no_call_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform_client, "RETRY_SECONDS", math.inf)


def foreign_bodies(platform: str, endpoint: str) -> Iterator[tuple[str, bytes]]:
    yield from FOREIGN.items()
    own = answer(next(iter(PLAYED[platform].endpoint(endpoint).values()))).body
    yield "cut", own[: len(own) // 2]
    refusal = answer(PLAYED[platform].refusal).body
    yield "cut refusal", refusal[:-1]


@pytest.mark.parametrize("platform", PLAYED)
def test_the_platforms_own_answers_are_successes(platform: str) -> None:
    async def walk() -> None:
        for call in calls_of(platform):
            _, ask, _ = ENDPOINTS[call]
            assert await ask(platform, played.client_of(platform, Play(PLAYED[platform])))

    asyncio.run(walk())


@pytest.mark.parametrize("platform", PLAYED)
def test_single_works_and_figures_are_judged_where_they_are_read(platform: str) -> None:
    connector = CONNECTORS[Platform(platform)]
    read = {
        "detail": connector.details,
        "account figures": connector.account_insights,
        "work figures": connector.work_insights,
        "values": connector.option_values,
    }
    assert {call for call in read if read[call]} == read.keys() & set(calls_of(platform))


@pytest.mark.parametrize("platform", PLAYED)
def test_what_is_not_in_the_own_form_condemns_nobody(platform: str) -> None:
    async def walk() -> None:
        for call in calls_of(platform):
            endpoint = ENDPOINTS[call][0]
            for form, body in foreign_bodies(platform, endpoint):
                for status in STATUSES:
                    reply = Answer(status, {}, body)
                    failure = await outcome(platform, call, reply)
                    assert_foreign(platform, call, form, status, failure)

    asyncio.run(walk())


def assert_foreign(platform: str, call: str, form: str, status: int, failure: Any) -> None:
    where = (platform, call, form, status)
    if (call, status) == ("revoke", 200) and form in SHAPELESS:
        assert failure is None, where
        return
    if failure is None:
        assert call == "submission", where
        assert platform in UNPROVED, where
        assert status != 200, where
        return
    assert failure.kind not in ABOUT_GRANT | {FailureKind.PERMISSION}, where
    assert (shown(call, failure), failure.http_status) == (row(status, call), status), where


@pytest.mark.parametrize("platform", PLAYED)
def test_a_success_under_the_status_of_an_error_is_not_the_platforms_word(platform: str) -> None:
    async def walk() -> None:
        for call in calls_of(platform):
            endpoint = ENDPOINTS[call][0]
            own = PLAYED[platform].endpoint(endpoint)
            for status in STATUSES[1:]:
                play = Play(PLAYED[platform], {w: answer(b, status) for w, b in own.items()})
                ask = ENDPOINTS[call][1](platform, played.client_of(platform, play))
                found = await answered(ask)
                failure = found if isinstance(found, PlatformFailure) else None
                if platform in ANY_STATUS:
                    assert failure is None
                else:
                    assert_foreign(platform, call, "own success", status, failure)

    asyncio.run(walk())


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("platform", PLAYED)
def test_an_undocumented_error_goes_by_its_status(platform: str, status: int) -> None:
    connector = CONNECTORS[Platform(platform)]
    reading = connector.classify(answer(PLAYED[platform].unlisted, status))
    assert reading is not None
    assert reading.kind is unlisted_kind(platform, status)


@pytest.mark.parametrize("platform", [name for name in PLAYED if name not in PLUGINS])
def test_an_undocumented_error_of_a_token_endpoint_ends_no_grant(platform: str) -> None:
    """Nor does its status: an access token is not what the call is authorized by."""

    async def walk() -> None:
        for status in STATUSES:
            failure = await outcome(platform, "refresh", answer(PLAYED[platform].unlisted, status))
            assert failure is not None
            assert failure.http_status == status
            if platform not in BY_ANY_CODE:
                assert failure.kind not in ABOUT_GRANT or status == 401, status

    asyncio.run(walk())


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("platform", UNFORGIVING)
def test_the_code_of_a_refused_token_decides_under_any_status(platform: str, status: int) -> None:
    connector = CONNECTORS[Platform(platform)]
    reading = connector.classify(answer(PLAYED[platform].refusal, status))
    assert reading is not None
    assert reading.kind in ABOUT_GRANT


@pytest.mark.parametrize("platform", [name for name, own in PLAYED.items() if own.statistics])
def test_counts_that_cannot_be_read_cost_nothing_else(platform: str) -> None:
    """Works and profile come without them; only a refused token is worth a failure."""
    ask = played.works if PLAYED[platform].statistics_of == "works" else played.profile

    async def walk() -> None:
        for form, body in foreign_bodies(platform, "statistics"):
            for status in STATUSES:
                play = spoilt(platform, "statistics", Answer(status, {}, body))
                found = await answered(ask(platform, played.client_of(platform, play)))
                if platform in NEEDED:
                    assert isinstance(found, PlatformFailure), (form, status)
                    assert shown("works", found) == row(status, "works"), (form, status)
                else:
                    assert found, (form, status)
                    assert not isinstance(found, PlatformFailure), (form, status)
                assert play.spoilt_calls, "nothing was asked"

    asyncio.run(walk())


async def answered(call: Awaitable[Any]) -> Any:
    """What a call returns, or the failure that it raises."""
    try:
        return await call
    except PlatformFailure as failure:
        return failure


@pytest.mark.parametrize("platform", [name for name, own in PLAYED.items() if own.works])
def test_an_empty_object_is_no_page(platform: str) -> None:
    failure = asyncio.run(outcome(platform, "works", answer({})))
    assert (failure is None) is (platform in EMPTY)


@pytest.mark.parametrize("work_id", NO_IDS)
@pytest.mark.parametrize("platform", PLAYED)
async def test_an_id_of_no_work_is_not_found_without_a_call(platform: str, work_id: str) -> None:
    """No id leads a path to another address."""
    connector, play = CONNECTORS[Platform(platform)], Play(PLAYED[platform])
    client, tokens = played.client_of(platform, play), PLAYED[platform].tokens
    asked = (client, played.account(platform), tokens, work_id)
    calls = [
        *([connector.details.fetch(*asked)] if connector.details else ()),
        *([connector.work_insights.fetch(*asked, Period())] if connector.work_insights else ()),
    ]
    for call in calls:
        found = await answered(call)
        assert isinstance(found, PlatformFailure)
        assert found.kind is FailureKind.NOT_FOUND
    assert play.calls == []
