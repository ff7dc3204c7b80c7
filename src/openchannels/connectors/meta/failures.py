"""Failures of Meta's platforms: one table of codes, and which failures end which token."""

from dataclasses import replace
from typing import Any

from openchannels.connectors.base.failures import FailureTable, by_kind
from openchannels.connectors.base.parse import dig, integer, text
from openchannels.connectors.meta.usage import read_throttle_wait
from openchannels.core.platform_errors import Failure, FailureKind
from openchannels.transport.answers import body_of, retry_after, status_kind
from openchannels.transport.client import Answer

# Words of messages about a wrong setup of the operator's app.
APP_ERROR_WORDS = (
    *("appsecret_proof", "client secret", "client_secret", "validating application"),
    *("redirect uri", "redirect_uri", "platform app"),
)
# Words of messages about an app that is in development, or whose access Meta has ended.
APP_ENDED_WORDS = ("developer role", "api access blocked", "api access deactivated")
TOO_MUCH_DATA_WORDS = "reduce the amount of data"
TOO_FEW_VIEWERS_WORDS = "not enough viewers"
PAGE_PERMISSION_WORDS = "before impersonating"
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
# Subcodes of 368: posting too fast, checks that a person has to pass, rules on content.
BLOCKED = (1346003, 1390008, 1404006, 1404078, 1404082, 1404102, 1404112, 4854002)
# Subcodes of 190 that affect all tokens of a user: app removed, password changed, role on the Page
# lost; checkpoints and unconfirmed users, whose tokens work again after a check at Facebook.
# Expired (463) and invalid (467) are not among them: the user token may still fetch a new token
# for the Page.
SUBCODES = by_kind(
    {
        FailureKind.DEAD_GRANT: ("190/458", "190/460", "190/492"),
        FailureKind.VERIFICATION_REQUIRED: ("190/459", "190/464", "190/490"),
        FailureKind.NOT_FOUND: ("100/33",),
        # A publication that is blocked: no limit of calls, for which reading would have to wait.
        FailureKind.PERMISSION: ("100/10", "4/2207051", *(f"368/{code}" for code in BLOCKED)),
        # A container that is not ready to be published yet.
        FailureKind.UNAVAILABLE: ("9007/2207027",),
    }
)
# The few answers that differ only by words of the message, as `102 too many`.
TEXTS = {
    f"{code} {words}": kind
    for codes, texts, kind in (
        ((1, 100, 190), APP_ERROR_WORDS, FailureKind.MISCONFIGURED),
        ((1, 10, 100, 190, 200), APP_ENDED_WORDS, FailureKind.MISCONFIGURED),
        # Not UNAVAILABLE: only a smaller request can succeed.
        ((1, 2), (TOO_MUCH_DATA_WORDS,), FailureKind.INVALID),
        ((100,), ("permission", PERSONAL_ACCOUNT_WORDS), FailureKind.PERMISSION),
        ((100,), ("does not exist",), FailureKind.NOT_FOUND),
        # Not about permissions: a work with few viewers has no insights.
        ((10,), (TOO_FEW_VIEWERS_WORDS,), FailureKind.INVALID),
        ((102,), ("too many", "limit reached"), FailureKind.RATE_LIMITED),
        # A permission of one Page is missing; the grant and its tokens stay valid.
        ((190,), (PAGE_PERMISSION_WORDS,), FailureKind.PERMISSION),
    )
    for code in codes
    for words in texts
}
KINDS = {**SUBCODES, **TEXTS, **CODES}
WORDS = tuple(dict.fromkeys(key.partition(" ")[2] for key in TEXTS))
INSIGHTS_WORDS = ("insight", "metric", "data permission")
# The work is older than the professional account or has too few viewers: it has no insights.
NO_INSIGHTS_SUBCODES = (2108006, 2874010)

INSIGHTS_REFUSED = "insights or one of their metrics were refused"
WORK_WITHOUT_INSIGHTS = "this one work has no insights"
PAGE_TOO_LARGE = "fewer items must be asked for"
"""Failure details that tell a works list which fallback to use."""
PAGE_REFUSED = "a permission of this Page is missing"
NOT_PROFESSIONAL = "the account is not a professional one"


def read_message(body: Any) -> str:
    return str(dig(body, "error", "message")).lower()


def read_codes(body: Any) -> list[str]:
    """Returns code and subcode, `190/463`, then code and words, then the code alone."""
    code, subcode = (integer(dig(body, "error", name)) for name in ("code", "error_subcode"))
    if code is None:
        return []
    message = read_message(body)
    exact = [] if subcode is None else [f"{code}/{subcode}"]
    return [*exact, *(f"{code} {words}" for words in WORDS if words in message), str(code)]


def refine_graph(answer: Answer, reading: Failure | None) -> Failure | None:
    """Returns the failure, with unknown codes read by other fields and a detail for lists."""
    body = body_of(answer)
    if reading is None or not is_error(body):
        return reading
    kind, codes = reading.kind, read_codes(body)
    if not is_listed(body):
        kind = unknown_kind(body) or kind
    return replace(
        reading,
        kind=kind,
        # Words help to classify; only the code is reported.
        code=next((code for code in codes if " " not in code), None),
        cursor=reading.cursor and kind is FailureKind.INVALID,
        detail=read_detail(body),
    )


def is_error(body: Any) -> bool:
    error = dig(body, "error")
    return isinstance(error, dict) and bool(error.keys() & {"code", "type"})


def is_listed(body: Any) -> bool:
    return any(code in KINDS for code in read_codes(body))


def unknown_kind(body: Any) -> FailureKind | None:
    error = dig(body, "error")
    if error.get("is_transient") is True:
        return FailureKind.UNAVAILABLE
    unnamed = integer(error.get("code")) is None and error.get("type") == "OAuthException"
    return FailureKind.TOKEN_EXPIRED if unnamed else None


def read_detail(body: Any) -> str | None:
    error, message = dig(body, "error"), read_message(body)
    if TOO_MUCH_DATA_WORDS in message:
        return PAGE_TOO_LARGE
    if PAGE_PERMISSION_WORDS in message:
        return PAGE_REFUSED
    if PERSONAL_ACCOUNT_WORDS in message:
        return NOT_PROFESSIONAL
    if (
        integer(error.get("error_subcode")) in NO_INSIGHTS_SUBCODES
        or TOO_FEW_VIEWERS_WORDS in message
    ):
        return WORK_WITHOUT_INSIGHTS
    code = str(integer(error.get("code")))
    has_relevant_code = code == "100" or CODES.get(code) is FailureKind.PERMISSION
    mentioned = has_relevant_code and any(words in message for words in INSIGHTS_WORDS)
    return INSIGHTS_REFUSED if mentioned or code == "3001" else None


def graph_failures(*deadly: FailureKind) -> FailureTable:
    """Returns a table by subcode, words, code, `is_transient` and status, in this order.

    The HTTP status alone is a weak signal: dead tokens and throttles mostly come as 400. `deadly`
    are the kinds that mean a dead grant for the type of token in use.
    """

    def refine_deadly(answer: Answer, reading: Failure | None) -> Failure | None:
        refined, body = refine_graph(answer, reading), body_of(answer)
        if refined is None or not is_error(body) or refined.kind not in deadly:
            return refined
        if refined.kind is FailureKind.NOT_FOUND and not is_listed(body):
            return refined
        return replace(refined, kind=FailureKind.DEAD_GRANT)

    return FailureTable(
        code=read_codes,
        form=is_error,
        message="error.message",
        codes=KINDS,
        cursor_words=("cursor", "paging token", "paging_token", "pagingtoken"),
        app_wide=("4",),
        read_wait=read_throttle_wait,
        refine=refine_deadly,
    )


PAGE_FAILURES = graph_failures()
"""For calls with a Page's token, which the user token can replace."""
ROOT_FAILURES = graph_failures(FailureKind.TOKEN_EXPIRED, FailureKind.NOT_FOUND)
"""For calls with a user token, which no other token can replace."""
DIRECT_FAILURES = graph_failures(FailureKind.TOKEN_EXPIRED)
"""For calls with a token that extends itself: once refused, it is dead."""
LOGIN_FAILURES = graph_failures(
    *(FailureKind.INVALID, FailureKind.TOKEN_EXPIRED),
    *(FailureKind.PERMISSION, FailureKind.NOT_FOUND),
)
"""For token endpoints: after any refusal of the code the user authorizes again."""


def classify_direct_exchange(answer: Answer) -> Failure | None:
    """Returns the failure of a code exchange at Instagram or Threads, in their own format.

    `{"error_type": "OAuthException", "code": 400, "error_message": "..."}`
    """
    body = body_of(answer)
    message = text(dig(body, "error_message"))
    if message is None:
        return LOGIN_FAILURES.classify(answer)
    if answer.status == 429 or answer.status >= 500:
        return Failure(status_kind(answer.status), retry_after=retry_after(answer))
    words = (*APP_ERROR_WORDS, *APP_ENDED_WORDS)
    is_app_error = any(part in message.lower() for part in words)
    kind = FailureKind.MISCONFIGURED if is_app_error else FailureKind.DEAD_GRANT
    return Failure(kind, code=text(dig(body, "code")))
