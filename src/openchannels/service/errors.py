"""From a platform's failure to the code a caller sees."""

from typing import Any

from openchannels.core import errors
from openchannels.core.clock import iso
from openchannels.core.exceptions import ErrorCode, Issue, ServiceError
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Text

CODES: dict[FailureKind, ErrorCode[ServiceError]] = {
    FailureKind.DEAD_GRANT: errors.AUTHORIZATION_EXPIRED,
    FailureKind.TOKEN_EXPIRED: errors.ACCESS_TOKEN_FAILED,
    FailureKind.PERMISSION: errors.PERMISSION_MISSING,
    FailureKind.RATE_LIMITED: errors.PLATFORM_RATE_LIMITED,
    FailureKind.QUOTA: errors.PLATFORM_RATE_LIMITED,
    FailureKind.NOT_FOUND: errors.WORK_NOT_FOUND,
    FailureKind.INVALID: errors.PLATFORM_CALL_FAILED,
    FailureKind.UNAVAILABLE: errors.PLATFORM_UNAVAILABLE,
    FailureKind.MALFORMED: errors.PLATFORM_RESPONSE_INVALID,
    FailureKind.MISCONFIGURED: errors.PLATFORM_CALL_FAILED,
}


def evidence(failure: PlatformFailure) -> dict[str, Any]:
    """The details of a failure, without URL or secret.

    `detail`, where there is one, is in both languages: it is stored until someone reads it.
    """
    detail = failure.reading.detail
    known = {
        "operation": failure.operation,
        "httpStatus": failure.http_status,
        "platformCode": failure.reading.code,
        "platformRequestId": failure.request_id,
        "detail": dict(detail.as_wire()) if isinstance(detail, Text) else None,
    }
    return {name: value for name, value in known.items() if value is not None}


def details(failure: PlatformFailure, now: float, account_id: str | None = None) -> dict[str, Any]:
    """The `data` of a platform failure. `retryAfter` is in seconds, `resetAt` in ISO 8601."""
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
    return data


def to_error(
    failure: PlatformFailure,
    now: float,
    *,
    account_id: str | None = None,
    code: ErrorCode[ServiceError] | None = None,
) -> ServiceError:
    """The error for a failure; `code` overrides the table's."""
    if failure.kind is FailureKind.INVALID and failure.reading.cursor:
        return errors.validation_failed(
            [Issue("pagination.cursor", "the platform refused this cursor")]
        )
    return (code or CODES[failure.kind])(details(failure, now, account_id))
