"""X: what its answers say of failures and of limits."""

from dataclasses import replace
from typing import Any

from openchannels.connectors.base.failures import FailureTable, first_text
from openchannels.connectors.base.parse import count, dig, moment, rows, text
from openchannels.connectors.twitter.fields import FIELDS, NEW_FIELDS, RENAMED
from openchannels.core.platform_errors import Bucket, Failure, FailureKind, RemainingQuota
from openchannels.core.platforms import Text
from openchannels.transport.answers import body_of
from openchannels.transport.client import Answer

MESSAGE = "detail|errors.0.message|errors.0.detail|message|title"
"""Paths of X's own words."""


def read_codes(body: Any) -> list[str | None]:
    """Returns the name of an error: the end of its type, the code of the older format, or ours."""
    inner = dig(body, "errors", 0)
    types = (text(dig(source, "type")) or "" for source in (body, inner))
    type_names = (kind.rsplit("/", 1)[-1] for kind in types if kind != "about:blank")
    numbers = (text(dig(source, "code")) for source in (body, inner))
    names = (text(dig(body, "reason")), *type_names, *numbers, name_of(body))
    return [next(filter(None, names), None)]


def name_of(body: Any) -> str | None:
    """Returns our name for a refusal that X tells in words alone."""
    said = (first_text(body, MESSAGE) or "").lower()
    return next((name for words, name in NAMED.items() if words in said), None)


def named_parameters(body: Any) -> set[str]:
    """Returns the invalid parameters of a request, from the older and the newer format."""
    errors = [body, *rows(dig(body, "errors"))]
    inner = (dig(error, "parameters") for error in errors)
    lists = {str(name) for names in inner if isinstance(names, dict) for name in names}
    return lists | {str(dig(error, "parameter")) for error in errors}


def is_error(body: Any) -> bool:
    """Returns whether a body is a problem, or holds errors and no data.

    Errors beside data concern single objects that the data mention.
    """
    if not isinstance(body, dict) or {"data", "meta"} & body.keys():
        return False
    numbered = text(body.get("code")) and text(body.get("message"))
    return bool(text(body.get("title")) or numbered or rows(body.get("errors")))


LIMITS: tuple[tuple[str, Bucket], ...] = (
    ("x-rate-limit", "account"),
    ("x-user-limit-24hour", "account"),
    ("x-app-limit-24hour", "app"),
)
"""Beginnings of the headers of each limit, and whose limit it is.

https://docs.x.com/x-api/fundamentals/rate-limits
"""


def read_limits(answer: Answer) -> list[RemainingQuota]:
    """Returns what is left of each limit that the headers name."""
    remaining = ((name, bucket, answer.headers.get(f"{name}-remaining")) for name, bucket in LIMITS)
    return [
        RemainingQuota(
            left,
            read_reset_at(answer, name),
            bucket,
            limit=count(answer.headers.get(f"{name}-limit")),
        )
        for name, bucket, text_left in remaining
        if (left := count(text_left)) is not None
    ]


def read_reset_at(answer: Answer, limit: str) -> float | None:
    """Returns when (Unix seconds) a limit resets."""
    return moment(answer.headers.get(f"{limit}-reset"))


def with_reset(answer: Answer, reading: Failure) -> Failure:
    """Returns a rate limit's failure with the reset and the owner of the limit that is used up."""
    spent = [limit for limit in read_limits(answer) if limit.remaining <= 0]
    if not spent:
        return replace(reading, reset_at=read_reset_at(answer, LIMITS[0][0]))
    last = max(spent, key=lambda limit: limit.reset_at or 0.0)
    return replace(reading, reset_at=last.reset_at, bucket=last.bucket)


def read_details(answer: Answer, reading: Failure | None) -> Failure | None:
    """Returns the failure with the reset of a limit, and what it says of parameters."""
    if reading is None:
        return None
    if reading.code in ACCOUNT_REFUSED:
        # Whatever the status: these are about the account, not about its token.
        return replace(reading, kind=ACCOUNT_REFUSED[reading.code])
    if reading.kind is FailureKind.RATE_LIMITED:
        return with_reset(answer, reading)
    parameters = named_parameters(body_of(answer))
    return replace(
        reading,
        cursor=reading.kind is FailureKind.INVALID and bool(TOKENS & parameters),
        detail=RENAMED
        if (FIELDS.keys() | NEW_FIELDS.keys()) & parameters
        else DETAILS.get(reading.code or ""),
    )


TOKENS = {"pagination_token", "next_token"}
# Refusals to which X gives no code, by its words, under names of ours.
# https://docs.x.com/x-api/fundamentals/response-codes-and-errors
NAMED = {
    "duplicate content": "duplicate-content",
    "reply to this conversation is not allowed": "reply-not-allowed",
    "quoting this post is not allowed": "quote-not-allowed",
    "maximum of one cashtag": "cashtags",
    "you are not permitted to perform this action": "not-permitted",
    "deleted or not visible to you": "target-gone",
}
DETAILS = {
    "duplicate-content": Text(
        en="The account has said the same a short while ago; X refuses it a second time.",
        zh="该账号刚刚发布过相同的内容，X 拒绝重复发布。",
    ),
    "reply-not-allowed": Text(
        en="X lets this app answer only people who mention the account or quote its posts.",
        zh="X 只允许该应用回复提及了该账号、或引用了其帖子的用户。",
    ),
}
# Locked until its owner passes a check; suspended.
# https://docs.x.com/x-api/fundamentals/response-codes-and-errors
ACCOUNT_REFUSED = {
    "326": FailureKind.VERIFICATION_REQUIRED,
    "63": FailureKind.SUSPENDED,
    "64": FailureKind.SUSPENDED,
}
FAILURES = FailureTable(
    code=read_codes,
    form=is_error,
    codes={
        (401, "unsupported-authentication"): FailureKind.TOKEN_EXPIRED,
        "client-forbidden": FailureKind.MISCONFIGURED,
        "client-not-enrolled": FailureKind.MISCONFIGURED,
        "credits": FailureKind.MISCONFIGURED,
        "416": FailureKind.MISCONFIGURED,  # The application is suspended.
        "453": FailureKind.MISCONFIGURED,  # The application's plan lacks the endpoint.
        "usage-capped": FailureKind.QUOTA,
        "rate-limit-exceeded": FailureKind.RATE_LIMITED,
        "88": FailureKind.RATE_LIMITED,
        "not-authorized-for-resource": FailureKind.PERMISSION,
        (403, "duplicate-content"): FailureKind.INVALID,
        (403, "cashtags"): FailureKind.INVALID,
        # Among others a text that is too long.
        (403, "not-permitted"): FailureKind.INVALID,
        (403, "target-gone"): FailureKind.NOT_FOUND,
        "resource-not-found": FailureKind.NOT_FOUND,
        "resource-unavailable": FailureKind.NOT_FOUND,
        "disallowed-resource": FailureKind.NOT_FOUND,
        "invalid-request": FailureKind.INVALID,
        "unsupported-authentication": FailureKind.INVALID,
    },
    statuses={402: FailureKind.MISCONFIGURED},
    app_wide=(FailureKind.QUOTA,),
    refine=read_details,
)
