"""Scopes of API keys."""

from enum import StrEnum


class Scope(StrEnum):
    """Rights of an API key.

    Writing includes reading; `admin`, for webhooks and the audit log, includes all.
    """

    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    WORKS_READ = "works:read"
    ASSETS_READ = "assets:read"
    ASSETS_WRITE = "assets:write"
    PUBLISH_READ = "publish:read"
    PUBLISH_WRITE = "publish:write"
    ENGAGEMENT_READ = "engagement:read"
    ENGAGEMENT_WRITE = "engagement:write"
    ADMIN = "admin"


ALL_SCOPES = tuple(Scope)
"""What a key holds that was made without naming scopes; scopes of later versions too."""


HELD_BY = {
    Scope.ACCOUNTS_READ: frozenset({Scope.ACCOUNTS_READ, Scope.ACCOUNTS_WRITE, Scope.ADMIN}),
    Scope.ACCOUNTS_WRITE: frozenset({Scope.ACCOUNTS_WRITE, Scope.ADMIN}),
    Scope.WORKS_READ: frozenset({Scope.WORKS_READ, Scope.ADMIN}),
    Scope.ASSETS_READ: frozenset({Scope.ASSETS_READ, Scope.ASSETS_WRITE, Scope.ADMIN}),
    Scope.ASSETS_WRITE: frozenset({Scope.ASSETS_WRITE, Scope.ADMIN}),
    Scope.PUBLISH_READ: frozenset({Scope.PUBLISH_READ, Scope.PUBLISH_WRITE, Scope.ADMIN}),
    Scope.PUBLISH_WRITE: frozenset({Scope.PUBLISH_WRITE, Scope.ADMIN}),
    Scope.ENGAGEMENT_READ: frozenset({Scope.ENGAGEMENT_READ, Scope.ENGAGEMENT_WRITE, Scope.ADMIN}),
    Scope.ENGAGEMENT_WRITE: frozenset({Scope.ENGAGEMENT_WRITE, Scope.ADMIN}),
    Scope.ADMIN: frozenset({Scope.ADMIN}),
}
"""For each needed scope, the scopes of which any one suffices."""


def permits(held: frozenset[str], needed: Scope) -> bool:
    return not held.isdisjoint(HELD_BY[needed])
