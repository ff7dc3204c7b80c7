"""What an operation that calls a platform with an account may answer."""

from openchannels.core import errors

CALL_CODES = (
    errors.ACCOUNT_NOT_FOUND,
    errors.ACCOUNT_NOT_AUTHORIZED,
    errors.AUTHORIZATION_EXPIRED,
    errors.CREDENTIAL_NOT_FOUND,
    errors.REFRESH_FAILED,
    errors.ACCESS_TOKEN_FAILED,
    errors.PLATFORM_NOT_SUPPORTED,
    errors.PLATFORM_CALL_FAILED,
    errors.PLATFORM_RATE_LIMITED,
    errors.PLATFORM_RESPONSE_INVALID,
    errors.PERMISSION_MISSING,
    errors.WORK_NOT_FOUND,
    errors.PLATFORM_UNAVAILABLE,
)
