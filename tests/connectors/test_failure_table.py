"""Refusals read by a table: words, then codes, then the status."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openchannels.connectors.base.failures import FailureTable, by_kind
from openchannels.core.platform_errors import Failure, FailureKind
from tests.connectors.support import answer

ZONE = ZoneInfo("America/Los_Angeles")
TABLE = FailureTable(
    code="error.code|code",
    message="error.message",
    request_id="error.log|log",
    success=("0", "ok"),
    codes={
        **by_kind({FailureKind.QUOTA: (7,), FailureKind.TOKEN_EXPIRED: ("dead", -8)}),
        (403, "9"): FailureKind.MISCONFIGURED,
    },
    words={
        "slow": FailureKind.RATE_LIMITED,
        (403, "spam"): FailureKind.PERMISSION,
        (402, ""): FailureKind.MISCONFIGURED,
    },
    statuses={409: FailureKind.UNAVAILABLE},
    cursor_words=("page token",),
    cursor_codes=("badToken",),
    app_wide=(FailureKind.QUOTA,),
    wait={FailureKind.RATE_LIMITED: 60.0},
    day=ZONE,
)


def body(code: Any = None, message: Any = None, **more: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, **more}}


@pytest.mark.parametrize(
    ("told", "status", "kind"),
    [
        (body(), 400, FailureKind.UNAVAILABLE),
        (body(1), 400, FailureKind.INVALID),
        (body("dead"), 200, FailureKind.TOKEN_EXPIRED),
        (body("unknown"), 200, FailureKind.INVALID),
        (body(1), 401, FailureKind.TOKEN_EXPIRED),
        (body(1), 403, FailureKind.PERMISSION),
        (body(1), 404, FailureKind.NOT_FOUND),
        (body(7), 400, FailureKind.QUOTA),
        (body("7"), 400, FailureKind.QUOTA),
        (body(-8), 403, FailureKind.TOKEN_EXPIRED),
        (body("dead"), 500, FailureKind.TOKEN_EXPIRED),
        (body("unknown"), 500, FailureKind.UNAVAILABLE),
        (body(9), 403, FailureKind.MISCONFIGURED),
        (body(9), 401, FailureKind.TOKEN_EXPIRED),
        (body(7, "Too SLOW"), 400, FailureKind.RATE_LIMITED),
        (body(1, "Spam"), 403, FailureKind.PERMISSION),
        (body(1, "Spam"), 400, FailureKind.INVALID),
        (body(1), 409, FailureKind.UNAVAILABLE),
        (body(7), 402, FailureKind.MISCONFIGURED),
        ({"error": {"code": 0}, "code": "dead"}, 404, FailureKind.TOKEN_EXPIRED),
        (body("ok"), 401, FailureKind.UNAVAILABLE),
        (b"<html>", 401, FailureKind.UNAVAILABLE),
        (b"<html>", 404, FailureKind.UNAVAILABLE),
        (b"<html>", 429, FailureKind.RATE_LIMITED),
        ([], 302, FailureKind.UNAVAILABLE),
    ],
)
def test_kinds(told: Any, status: int, kind: FailureKind) -> None:
    reading = TABLE.classify(answer(told, status))
    assert reading is not None
    assert reading.kind is kind


@pytest.mark.parametrize("told", [{}, body("ok"), body(0), [], b"", b"<html>"])
def test_what_is_no_error_is_a_success(told: Any) -> None:
    assert TABLE.classify(answer(told)) is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, FailureKind.INVALID),
        (404, FailureKind.INVALID),
        (429, FailureKind.RATE_LIMITED),
        (409, FailureKind.UNAVAILABLE),
        (500, FailureKind.UNAVAILABLE),
    ],
)
def test_the_status_of_an_unlisted_code_may_mean_nothing(status: int, kind: FailureKind) -> None:
    reading = replace(TABLE, code_decides=True).classify(answer(body("unknown"), status))
    assert reading is not None
    assert reading.kind is kind


def test_the_form_of_errors_may_be_declared() -> None:
    table = replace(TABLE, form=lambda told: "error" in told)
    reading = table.classify(answer({"error": {}}, 403))
    assert reading == Failure(FailureKind.PERMISSION)


def test_a_limit_in_another_form_is_that_of_the_platform() -> None:
    table = replace(TABLE, app_wide=(FailureKind.RATE_LIMITED,))
    reading = table.classify(answer(b"<html>", 429))
    assert reading == Failure(FailureKind.RATE_LIMITED, retry_after=60.0, bucket="app")


@pytest.mark.parametrize(
    ("told", "status", "headers", "expected"),
    [
        (
            body(7, log="r1"),
            400,
            {},
            Failure(FailureKind.QUOTA, "7", bucket="app", day=ZONE, request_id="r1"),
        ),
        (
            {**body(1, log=""), "log": 5},
            400,
            {},
            Failure(FailureKind.INVALID, "1", request_id="5"),
        ),
        (body(1), 429, {}, Failure(FailureKind.RATE_LIMITED, "1", retry_after=60.0)),
        (
            body(1),
            429,
            {"retry-after": "5"},
            Failure(FailureKind.RATE_LIMITED, "1", retry_after=5.0),
        ),
        (body(1, "Bad Page Token"), 400, {}, Failure(FailureKind.INVALID, "1", cursor=True)),
        (body(1, "Bad page token"), 403, {}, Failure(FailureKind.PERMISSION, "1")),
        (body("badToken"), 400, {}, Failure(FailureKind.INVALID, "badToken", cursor=True)),
    ],
)
def test_what_a_reading_tells(
    told: Any, status: int, headers: dict[str, str], expected: Failure
) -> None:
    assert TABLE.classify(answer(told, status, headers)) == expected


def test_the_way_out_has_the_last_word() -> None:
    table = replace(TABLE, refine=lambda reply, _reading: Failure(FailureKind.MALFORMED, "x"))
    assert table.classify(answer({})) == Failure(FailureKind.MALFORMED, "x")


def test_codes_may_be_read_by_a_function() -> None:
    table = replace(TABLE, code=lambda told: ["7/3", str(told["c"])])
    reading = table.classify(answer({"c": 7}, 400))
    assert reading is not None
    assert (reading.kind, reading.code) == (FailureKind.QUOTA, "7/3")
    shared = replace(table, app_wide=("7",)).classify(answer({"c": 7}, 400))
    assert shared is not None
    assert shared.bucket == "app"


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()


@given(
    st.dictionaries(st.sampled_from(["error", "code"]), SCALARS | st.builds(body, SCALARS, SCALARS))
    | st.builds(body, SCALARS, SCALARS)
    | SCALARS,
    st.sampled_from([200, 302, 400, 401, 403, 404, 429, 503]),
)
def test_reading_never_raises(told: Any, status: int) -> None:
    reading = TABLE.classify(answer(told, status))
    assert reading is not None or status == 200
