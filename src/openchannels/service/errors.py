"""From a platform's failure to the code a caller sees."""

from typing import Any

from openchannels.core.clock import iso
from openchannels.core.errors import (
    AuthorizationError,
    Issue,
    PlatformError,
    ServiceError,
    ValidationFailed,
)
from openchannels.core.platform_errors import Kind, PlatformFailure
from openchannels.core.platforms import Text

CODES = {
    Kind.DEAD_GRANT: 15002,
    Kind.TOKEN_EXPIRED: 15010,
    Kind.PERMISSION: 15078,
    Kind.RATE_LIMITED: 15071,
    Kind.QUOTA: 15071,
    Kind.NOT_FOUND: 15079,
    Kind.INVALID: 15070,
    Kind.UNAVAILABLE: 15094,
    Kind.MALFORMED: 15072,
    Kind.MISCONFIGURED: 15070,
}
AUTH_CODES = {15002, 15009, 15010}


def evidence(failure: PlatformFailure) -> dict[str, Any]:
    """What is known of a failure, without address or secret."""
    known = {
        "operation": failure.operation,
        "httpStatus": failure.http_status,
        "platformCode": failure.verdict.code,
        "platformRequestId": failure.request_id,
    }
    return {name: value for name, value in known.items() if value is not None}


def details(failure: PlatformFailure, now: float, account_id: str | None = None) -> dict[str, Any]:
    """The `data` of a platform failure. `retryAfter` is in seconds, `resetAt` in ISO 8601.

    `detail`, where there is one, is written in both languages: a session keeps it until someone
    reads it in either.
    """
    verdict = failure.verdict
    wait, reset = verdict.retry_after, verdict.reset_at
    if wait is None and reset is not None:
        wait = max(0.0, reset - now)
    if reset is None and wait is not None:
        reset = now + wait
    data: dict[str, Any] = {
        "platform": failure.platform.value,
        "category": failure.category,
        "retryable": failure.retryable,
        **({"accountId": account_id} if account_id else {}),
        **evidence(failure),
    }
    if wait is not None and reset is not None:
        data |= {"retryAfter": round(wait), "resetAt": iso(reset)}
    if isinstance(verdict.detail, Text):
        data["detail"] = dict(verdict.detail.as_wire())
    return data


def to_error(
    failure: PlatformFailure, now: float, *, account_id: str | None = None, code: int | None = None
) -> ServiceError:
    """The error for a failure; `code` overrides the table's."""
    if failure.kind is Kind.INVALID and failure.verdict.cursor:
        return ValidationFailed([Issue("pagination.cursor", "the platform refused this cursor")])
    number = code or CODES[failure.kind]
    kind = AuthorizationError if number in AUTH_CODES else PlatformError
    return kind(number, details(failure, now, account_id))
