"""Types of an account's status on the wire."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from openchannels.api.schemas.common import Moment, Wire, moment, texts
from openchannels.core.platforms import Locale
from openchannels.core.purposes import Purpose
from openchannels.service.accounts.status import StatusOfAccount

ReasonName = Literal[
    "grant_dead",
    "verification_required",
    "grant_ended",
    "cookie_dead",
    "scope_missing",
    "credential_missing",
    "refresh_lost",
    "revoked",
    "reconnect_advised",
]
Why = Annotated[
    ReasonName,
    Meta(description="Why it does not work; `reconnect_advised` (status 1): it ends soon."),
]
TokenEnd = Annotated[Moment, Meta(description="End of the access token.")]
Advice = Annotated[dict[Locale, str], Meta(description="What the person should do.")]


class Evidence(Wire, kw_only=True):
    """What the platform answered when the account was taken offline, where known."""

    operation: str | None = None
    http_status: int | None = None
    platform_code: str | None = None
    platform_request_id: str | None = None
    detail: (
        Annotated[dict[Locale, str], Meta(description="What it means, where that is known.")] | None
    ) = None
    at: Moment | None = None


class AuthStatus(Wire, kw_only=True):
    """Whether an account works now: 1 or 0, why not, and until when."""

    status: Annotated[Literal[0, 1], Meta(description="1 works, 0 does not.")]
    reason: Why | None = None
    expires_at: TokenEnd | None = None
    refresh_expires_at: (
        Annotated[Moment, Meta(description="When a person must log in again.")] | None
    ) = None
    scopes: list[str] | None = None
    missing_scopes: list[str] | None = None
    checked_at: (
        Annotated[Moment, Meta(description="When the platform last accepted the credential.")]
        | None
    ) = None
    since: Annotated[Moment, Meta(description="Since when `reason` applies.")] | None = None
    reconnect_by: (
        Annotated[Moment, Meta(description="`reconnect_advised`: until when it still works.")]
        | None
    ) = None
    evidence: Evidence | None = None
    advice: Advice | None = None
    purposes: (
        Annotated[
            list[Purpose],
            Meta(
                description="What the scopes suffice for, of what this installation offers;"
                " a start with the `purpose` that is missing asks for more."
            ),
        ]
        | None
    ) = None


def auth_status(found: StatusOfAccount) -> AuthStatus:
    state, advice, purposes = found
    return AuthStatus(
        status=1 if state.status == 1 else 0,
        reason=state.reason.value if state.reason else None,
        expires_at=moment(state.expires_at),
        refresh_expires_at=moment(state.refresh_expires_at),
        scopes=None if state.scopes is None else list(state.scopes),
        missing_scopes=None if state.missing_scopes is None else list(state.missing_scopes),
        checked_at=moment(state.checked_at),
        since=moment(state.since),
        reconnect_by=moment(state.reconnect_by),
        evidence=_evidence(state.evidence, state.since) if state.evidence else None,
        advice=texts(advice) if advice else None,
        purposes=list(purposes),
    )


def _evidence(known: Mapping[str, Any], since: float | None) -> Evidence:
    return Evidence(
        operation=known.get("operation"),
        http_status=known.get("httpStatus"),
        platform_code=known.get("platformCode"),
        platform_request_id=known.get("platformRequestId"),
        detail=known.get("detail"),
        at=moment(since),
    )
