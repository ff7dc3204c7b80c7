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
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Text

CODES = {
    FailureKind.DEAD_GRANT: 15002,
    FailureKind.TOKEN_EXPIRED: 15010,
    FailureKind.PERMISSION: 15078,
    FailureKind.RATE_LIMITED: 15071,
    FailureKind.QUOTA: 15071,
    FailureKind.NOT_FOUND: 15079,
    FailureKind.INVALID: 15070,
    FailureKind.UNAVAILABLE: 15094,
    FailureKind.MALFORMED: 15072,
    FailureKind.MISCONFIGURED: 15070,
}
AUTH_CODES = {15002, 15009, 15010}


def evidence(failure: PlatformFailure) -> dict[str, Any]:
    """What is known of a failure, without address or secret."""
    known = {
        "operation": failure.operation,
        "httpStatus": failure.http_status,
        "platformCode": failure.reading.code,
        "platformRequestId": failure.request_id,
    }
    return {name: value for name, value in known.items() if value is not None}


def details(failure: PlatformFailure, now: float, account_id: str | None = None) -> dict[str, Any]:
    """The `data` of a platform failure. `retryAfter` is in seconds, `resetAt` in ISO 8601.

    `detail`, where there is one, is written in both languages: a session keeps it until someone
    reads it in either.
    """
    reading = failure.reading
    wait, reset = reading.retry_after, reading.reset_at
    if wait is None and reset is not None:
        wait = max(0.0, reset - now)
    if reset is None and wait is not None:
        reset = now + wait
    data: dict[str, Any] = {
        "platform": failure.platform,
        "category": failure.category,
        "retryable": failure.retryable,
        **({"accountId": account_id} if account_id else {}),
        **evidence(failure),
    }
    if wait is not None and reset is not None:
        data |= {"retryAfter": round(wait), "resetAt": iso(reset)}
    if isinstance(reading.detail, Text):
        data["detail"] = dict(reading.detail.as_wire())
    return data


def to_error(
    failure: PlatformFailure, now: float, *, account_id: str | None = None, code: int | None = None
) -> ServiceError:
    """The error for a failure; `code` overrides the table's."""
    if failure.kind is FailureKind.INVALID and failure.reading.cursor:
        return ValidationFailed([Issue("pagination.cursor", "the platform refused this cursor")])
    number = code or CODES[failure.kind]
    kind = AuthorizationError if number in AUTH_CODES else PlatformError
    return kind(number, details(failure, now, account_id))
