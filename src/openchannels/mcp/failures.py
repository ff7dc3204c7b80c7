"""Failures as texts that a model can act on."""

import json

from openchannels.client import (
    ApiError,
    AuthenticationError,
    AuthorizationFailed,
    ClientError,
    Conflict,
    NotFound,
    PermissionDenied,
    PlatformRefused,
    PlatformUnavailable,
    RateLimited,
    ReconnectNeeded,
    ServiceError,
    Unsupported,
    ValidationError,
)

MAX_TEXT = 4_000
NEXT_STEPS: dict[type[ClientError], str] = {
    AuthenticationError: "The API key is not valid: tell the person who set this server up.",
    PermissionDenied: "The API key lacks the scope: tell the person who set this server up.",
    ValidationError: "Correct the arguments that `issues` names.",
    NotFound: "Check the id: list_accounts, list_works and list_groups show those that exist.",
    Conflict: "Read the present state first: it does not allow this call.",
    Unsupported: "This cannot be done here: list_platforms shows what can.",
    ReconnectNeeded: "Call reconnect_account and show its URL to the person.",
    AuthorizationFailed: "Call start_connection and let the person try again.",
    RateLimited: "Wait `retryAfter` seconds before the same call; do not repeat it earlier.",
    PlatformUnavailable: "The account is unchanged: try the same call later.",
    PlatformRefused: "The platform refused this call: repeat it only if `retryable` is true.",
    ServiceError: "Try the same call later; if it goes on, report the requestId.",
}


def explain(error: ClientError) -> str:
    """Returns what failed and what to do about it, as one JSON object."""
    known: dict[str, object] = {"message": str(error)}
    if isinstance(error, ApiError):
        known = {
            "message": error.message,
            "code": error.code,
            "requestId": error.request_id,
            "retryable": error.retryable,
            "retryAfter": error.retry_after,
            **error.data,
        }
    known["nextStep"] = NEXT_STEPS.get(type(error))
    told = {name: value for name, value in known.items() if value is not None}
    return json.dumps(told, ensure_ascii=False)[:MAX_TEXT]
