"""How Meta's platforms refuse: one table of codes, and which tokens a refusal ends."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from openchannels.connectors.base.failures import FailureTable, by_kind
from openchannels.connectors.base.parse import count, dig, rows, text, whole
from openchannels.core.platform_errors import Failure, FailureKind
from openchannels.transport.client import Answer
from openchannels.transport.platform_client import body_of, classify_status

# What is wrong with the operator's app, by the words of the answer.
APP_ERROR_WORDS = (
    *("appsecret_proof", "client secret", "client_secret", "validating application"),
    *("redirect uri", "redirect_uri", "platform app"),
)
TOO_MUCH_DATA_WORDS = "reduce the amount of data"
TOO_FEW_VIEWERS_WORDS = "not enough viewers"
PERSONAL_ACCOUNT_WORDS = "not an instagram business"
# https://developers.facebook.com/docs/graph-api/guides/error-handling
CODES = by_kind(
    {
        FailureKind.PERMISSION: (3, 10, *range(200, 300)),
        FailureKind.RATE_LIMITED: (4, 17, 32, 341, 368, 613, *range(80000, 80015)),
        FailureKind.UNAVAILABLE: (-1, 1, 2),
        FailureKind.INVALID: (12, 100, 2500, 3001),
        FailureKind.MISCONFIGURED: (101, 104, 191),
        FailureKind.TOKEN_EXPIRED: (102, 190),
        FailureKind.NOT_FOUND: (24, 803),
    }
)
# Subcodes of 190 that no other token of the same person cures: app removed, checkpoint, password
# changed, unconfirmed person, role on the Page lost. Expired (463) and invalid (467) are not here:
# a Page's token may be dead while the person's own still fetches a new one.
SUBCODES = by_kind(
    {
        FailureKind.DEAD_GRANT: ("190/458", "190/459", "190/460", "190/464", "190/492"),
        FailureKind.NOT_FOUND: ("100/33",),
        FailureKind.PERMISSION: ("100/10",),
    }
)
# The few answers that only their words distinguish, as `102 too many`.
TEXTS = {
    f"{code} {words}": kind
    for codes, texts, kind in (
        ((1, 100, 190), APP_ERROR_WORDS, FailureKind.MISCONFIGURED),
        # Not UNAVAILABLE: the same request would fail again, a smaller one would not.
        ((1, 2), (TOO_MUCH_DATA_WORDS,), FailureKind.INVALID),
        ((100,), ("permission", PERSONAL_ACCOUNT_WORDS), FailureKind.PERMISSION),
        ((100,), ("does not exist",), FailureKind.NOT_FOUND),
        # No word about the person's rights: a work that few have seen has no numbers.
        ((10,), (TOO_FEW_VIEWERS_WORDS,), FailureKind.INVALID),
        ((102,), ("too many", "limit reached"), FailureKind.RATE_LIMITED),
    )
    for code in codes
    for words in texts
}
KINDS = {**SUBCODES, **TEXTS, **CODES}
WORDS = tuple(dict.fromkeys(key.partition(" ")[2] for key in TEXTS))
INSIGHTS_WORDS = ("insight", "metric", "data permission")
# Older than the professional account, or seen by too few: there are no numbers of this one work.
NO_INSIGHTS_SUBCODES = (2108006, 2874010)

INSIGHTS_REFUSED = "insights or one of their metrics were refused"
WORK_WITHOUT_INSIGHTS = "this one work has no insights"
PAGE_TOO_LARGE = "fewer items must be asked for"
"""Details of failures by which a works list knows what to ask for instead."""
NOT_PROFESSIONAL = "the account is not a professional one"

USAGE_HEADERS = ("x-business-use-case-usage", "x-app-usage", "x-page-usage")


def read_message(body: Any) -> str:
    return str(dig(body, "error", "message")).lower()


def read_codes(body: Any) -> list[str]:
    """The code with its subcode, `190/463`, then with words of the message, then by itself."""
    code, subcode = (whole(dig(body, "error", name)) for name in ("code", "error_subcode"))
    if code is None:
        return []
    message = read_message(body)
    exact = [] if subcode is None else [f"{code}/{subcode}"]
    return [*exact, *(f"{code} {words}" for words in WORDS if words in message), str(code)]


def read_throttle_wait(answer: Answer) -> float | None:
    """Seconds until a throttle ends. The usage headers give minutes.

    https://developers.facebook.com/docs/graph-api/overview/rate-limiting
    """
    waits = (count(row.get("estimated_time_to_regain_access")) for row in usage_rows(answer))
    return max((minutes * 60.0 for minutes in waits if minutes), default=None)


def usage_rows(answer: Answer) -> Iterator[dict[str, Any]]:
    """Every usage object of an answer: one alone, or lists of them by business object."""
    for name in USAGE_HEADERS:
        try:
            found = json.loads(answer.headers.get(name, "{}"))
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            yield found
            for listed in found.values():
                yield from rows(listed)


def refine_graph(answer: Answer, reading: Failure | None) -> Failure | None:
    """Read errors of unknown code by their other marks, and add what a list should do about it."""
    body = body_of(answer)
    if reading is None or not isinstance(dig(body, "error"), dict):
        return reading
    kind, codes = reading.kind, read_codes(body)
    if not any(code in KINDS for code in codes):
        kind = unknown_kind(body) or kind
    return replace(
        reading,
        kind=kind,
        # Words help to decide; what is reported is the code.
        code=next((code for code in codes if " " not in code), None),
        cursor=reading.cursor and kind is FailureKind.INVALID,
        detail=read_detail(body),
    )


def unknown_kind(body: Any) -> FailureKind | None:
    error = dig(body, "error")
    if error.get("is_transient") is True:
        return FailureKind.UNAVAILABLE
    unnamed = whole(error.get("code")) is None and error.get("type") == "OAuthException"
    return FailureKind.TOKEN_EXPIRED if unnamed else None


def read_detail(body: Any) -> str | None:
    error, message = dig(body, "error"), read_message(body)
    if TOO_MUCH_DATA_WORDS in message:
        return PAGE_TOO_LARGE
    if PERSONAL_ACCOUNT_WORDS in message:
        return NOT_PROFESSIONAL
    if (
        whole(error.get("error_subcode")) in NO_INSIGHTS_SUBCODES
        or TOO_FEW_VIEWERS_WORDS in message
    ):
        return WORK_WITHOUT_INSIGHTS
    code = str(whole(error.get("code")))
    has_relevant_code = code == "100" or CODES.get(code) is FailureKind.PERMISSION
    mentioned = has_relevant_code and any(words in message for words in INSIGHTS_WORDS)
    return INSIGHTS_REFUSED if mentioned or code == "3001" else None


def graph_failures(*deadly: FailureKind) -> FailureTable:
    """Failures by subcode, words, code, `is_transient` and status, in this order.

    The HTTP status alone is a weak signal: dead tokens and throttles mostly come as 400. `deadly`
    are the kinds after which only a person can help, by the token that is asked with.
    """

    def refine_deadly(answer: Answer, reading: Failure | None) -> Failure | None:
        refined = refine_graph(answer, reading)
        if refined is None or refined.kind not in deadly:
            return refined
        return replace(refined, kind=FailureKind.DEAD_GRANT)

    return FailureTable(
        code=read_codes,
        message="error.message",
        codes=KINDS,
        cursor_words=("cursor", "paging token", "paging_token", "pagingtoken"),
        app_wide=("4",),
        read_wait=read_throttle_wait,
        refine=refine_deadly,
    )


PAGE_FAILURES = graph_failures()
"""Answers to a Page's token, which the person's own fetches again."""
ROOT_FAILURES = graph_failures(FailureKind.TOKEN_EXPIRED, FailureKind.NOT_FOUND)
"""Answers to the person's own token, behind which there is nothing to renew by."""
DIRECT_FAILURES = graph_failures(FailureKind.TOKEN_EXPIRED)
"""Answers to a token that is itself what it is extended by: refused, it is dead."""
LOGIN_FAILURES = graph_failures(
    *(FailureKind.INVALID, FailureKind.TOKEN_EXPIRED),
    *(FailureKind.PERMISSION, FailureKind.NOT_FOUND),
)
"""Answers of a token endpoint: whatever refuses the code means authorizing again."""


def classify_direct_exchange(answer: Answer) -> Failure | None:
    """Read a code's exchange at Instagram or Threads, which mostly refuse in words of their own.

    `{"error_type": "OAuthException", "code": 400, "error_message": "..."}`
    """
    body = body_of(answer)
    message = text(dig(body, "error_message"))
    if message is None:
        return LOGIN_FAILURES.classify(answer)
    if answer.status == 429 or answer.status >= 500:
        return classify_status(answer)
    is_app_error = any(words in message.lower() for words in APP_ERROR_WORDS)
    kind = FailureKind.MISCONFIGURED if is_app_error else FailureKind.DEAD_GRANT
    return Failure(kind, code=text(dig(body, "code")))
