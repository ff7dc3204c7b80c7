"""From a platform's failure to the code a caller sees."""

from collections.abc import Sequence
from typing import Any

from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.clock import iso
from openchannels.core.credentials import Reason
from openchannels.core.exceptions import ErrorCode, Issue, ServiceError
from openchannels.core.platform_errors import ACCOUNT_HELD_BACK, FailureKind, PlatformFailure
from openchannels.core.platforms import Text
from openchannels.core.purposes import Purpose
from openchannels.core.reconnect_hints import reconnect_hint

CODES: dict[FailureKind, ErrorCode[ServiceError]] = {
    FailureKind.DEAD_GRANT: errors.AUTHORIZATION_EXPIRED,
    FailureKind.VERIFICATION_REQUIRED: errors.AUTHORIZATION_EXPIRED,
    FailureKind.SUSPENDED: errors.AUTHORIZATION_EXPIRED,
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


MAX_EVIDENCE = 256
"""Characters of a code or a request id that a platform answered."""
APP_REFUSED = Text(
    en="The platform refuses this service's app or its settings there. Only the operator can mend "
    "that; reconnecting the account does not help.",
    zh="平台拒绝了本服务在该平台的应用或其设置，只能由运营者处理；重新连接账号无济于事。",
)


def evidence(failure: PlatformFailure) -> dict[str, Any]:
    """The details of a failure, without URL or secret.

    `detail`, where there is one, is in both languages: it is stored until someone reads it.
    """
    detail = failure.reading.detail
    known = {
        "operation": failure.operation,
        "httpStatus": failure.http_status,
        "platformCode": shortened(failure.reading.code),
        "platformRequestId": shortened(failure.request_id),
        "detail": dict(detail.as_wire()) if isinstance(detail, Text) else None,
    }
    return {name: value for name, value in known.items() if value is not None}


def shortened(text: str | None, most: int = MAX_EVIDENCE) -> str | None:
    """Returns a platform's text, of which so many characters are told."""
    return text and text[:most]


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
    if failure.kind in ACCOUNT_HELD_BACK:
        data["reason"] = Reason.VERIFICATION_REQUIRED.value
    if failure.kind is FailureKind.MISCONFIGURED:
        data.setdefault("detail", dict(APP_REFUSED.as_wire()))
    return data


def offline_data(
    account: Account, name: Text, reason: Reason, *, suspended: bool = False
) -> dict[str, Any]:
    """The `data` for an account that a person must connect again: why, and what they should do.

    `advice` is in both languages: a publication keeps it until someone reads it.
    """
    return {
        "accountId": account.id,
        "platform": account.platform,
        "reason": reason.value,
        "advice": dict(reconnect_hint(reason, name, suspended=suspended).as_wire()),
    }


def missing_scopes_data(
    account: Account, missing: Sequence[str], purpose: Purpose
) -> dict[str, Any]:
    """The `data` for an account that lacks scopes: connecting it for the purpose asks for them."""
    return {
        "platform": account.platform,
        "accountId": account.id,
        "category": "permission",
        "retryable": False,
        "missingScopes": list(missing),
        "purpose": purpose,
    }


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
