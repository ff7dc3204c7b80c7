"""Shared by Google's platforms: consent, the user id in an id_token, and reading errors."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.failures import FailureTable, Refine
from openchannels.connectors.base.parse import dig, rows, text
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platform_errors import Failure, FailureKind
from openchannels.transport.answers import body_of
from openchannels.transport.client import Answer
from openchannels.transport.oauth import OAuthConfig, classify_token, is_token_error

# https://cloud.google.com/apis/design/errors
STATUSES = {
    "UNAUTHENTICATED": FailureKind.TOKEN_EXPIRED,
    "PERMISSION_DENIED": FailureKind.PERMISSION,
    "RESOURCE_EXHAUSTED": FailureKind.RATE_LIMITED,
    "UNAVAILABLE": FailureKind.UNAVAILABLE,
    "ABORTED": FailureKind.UNAVAILABLE,
    "UNIMPLEMENTED": FailureKind.MISCONFIGURED,
}
# Reasons that concern the operator's project.
# https://docs.cloud.google.com/apis/docs/errors
PROJECT_REASONS = dict.fromkeys(
    (
        *("accessNotConfigured", "SERVICE_DISABLED", "SERVICE_NOT_VISIBLE", "BILLING_DISABLED"),
        *("CONSUMER_SUSPENDED", "CONSUMER_INVALID", "GCP_SUSPENDED", "USER_PROJECT_DENIED"),
    ),
    FailureKind.MISCONFIGURED,
)
# Errors of the token endpoint about the client, beside those of RFC 6749.
# https://developers.google.com/identity/protocols/oauth2/web-server
CLIENT_ERRORS = dict.fromkeys(
    ("deleted_client", "disabled_client", "org_internal", "admin_policy_enforced"),
    FailureKind.MISCONFIGURED,
)

DAY = 86_400
SHARED_GRANT_GROUP = "google"
"""Revoking one token ends all grants of a Google user to the client, on all platforms."""


def google_config(read_scope: str) -> OAuthConfig:
    """Returns a configuration that requests a required scope and the user's identity.

    https://developers.google.com/identity/protocols/oauth2/web-server
    """
    return OAuthConfig(
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url="https://oauth2.googleapis.com/token",
        revoke_url="https://oauth2.googleapis.com/revoke",
        scopes=(read_scope, "openid", "profile", "email"),
        required_scopes=(read_scope,),
        pkce=True,
        # `consent` yields a refresh token every time, `select_account` shows the account chooser.
        extra={"access_type": "offline", "prompt": "consent select_account"},
        issuer="https://accounts.google.com",
        # A refresh token expires after six months without use.
        # https://developers.google.com/identity/protocols/oauth2#expiration
        token_model=TokenModel.STATIC,
        default_lifetime=3600,
        idle_life=180 * DAY,
        errors=CLIENT_ERRORS,
    )


def id_token_subject(tokens: Tokens) -> str | None:
    """Returns the Google user id. The id_token came from Google over TLS, so no signature check."""
    parts = str(tokens.extra.get("id_token", "")).split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return None
    return text(dig(claims, "sub"))


def read_oauth_error(answer: Answer, reading: Failure | None) -> Failure | None:
    """Returns the failure, also of API answers in the format of the token endpoint."""
    in_one_word = is_token_error(body_of(answer), CLIENT_ERRORS)
    return classify_token(answer, CLIENT_ERRORS) if in_one_word else reading


def is_error(body: Any) -> bool:
    """Returns whether a body is an error of an API or of the token endpoint."""
    error = dig(body, "error")
    in_object = isinstance(error, dict) and error.keys() & {"code", "status", "errors"}
    return bool(in_object) or is_token_error(body, CLIENT_ERRORS)


def google_failures(
    reasons: Mapping[str, FailureKind], *, refine: Refine = read_oauth_error, **options: Any
) -> FailureTable:
    """Returns a table by error reason, then by status name, then by HTTP status.

    A platform-specific `refine` calls `read_oauth_error` first.
    """
    return FailureTable(
        code=read_codes,
        form=is_error,
        codes={**STATUSES, **PROJECT_REASONS, **reasons},
        statuses={409: FailureKind.UNAVAILABLE},
        refine=refine,
        **options,
    )


def read_codes(body: Any) -> list[str | None]:
    error = dig(body, "error")
    return [read_reason(error), text(dig(error, "status"))]


def read_reason(error: Any) -> str | None:
    """Returns the first reason of an error; its details may begin with a help link."""
    reason = text(dig(error, "errors", 0, "reason"))
    details = (text(detail.get("reason")) for detail in rows(dig(error, "details")))
    return reason or next(filter(None, details), None)
