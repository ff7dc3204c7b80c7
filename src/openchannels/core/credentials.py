"""Tokens, how they are kept alive, and why an account stops working."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self


class TokenModel(StrEnum):
    """How a platform's access token is kept alive.

    `rotating`: each refresh replaces the refresh token. `static`: the refresh token stays.
    `extend`: the access token itself is extended before it expires. `none`: it cannot be renewed.
    """

    ROTATING = "rotating"
    STATIC = "static"
    EXTEND = "extend"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Tokens:
    """A grant as the platform answered it. Secret: sealed at rest, never logged.

    Times are Unix seconds; None means the platform named no expiry. `scopes` is None where the
    platform does not say what it granted. `extra` holds further JSON values a connector needs.
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: float | None = None
    refresh_expires_at: float | None = None
    scopes: tuple[str, ...] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        return cls.from_dict(json.loads(text))

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Self:
        scopes = value.pop("scopes", None)
        return cls(scopes=None if scopes is None else tuple(scopes), **value)


class Reason(StrEnum):
    """Why an account does not work, or will soon stop working. Stable on the wire."""

    GRANT_DEAD = "grant_dead"
    VERIFICATION_REQUIRED = "verification_required"
    GRANT_ENDED = "grant_ended"
    COOKIE_DEAD = "cookie_dead"
    SCOPE_MISSING = "scope_missing"
    CREDENTIAL_MISSING = "credential_missing"
    REFRESH_LOST = "refresh_lost"
    REVOKED = "revoked"
    RECONNECT_ADVISED = "reconnect_advised"


def missing_scopes(required: Sequence[str], granted: Sequence[str] | None) -> list[str]:
    """Returns required scopes that were not granted; none if the grants are unknown."""
    return [] if granted is None else [scope for scope in required if scope not in granted]
