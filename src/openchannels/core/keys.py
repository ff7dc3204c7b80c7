"""What an API key may do."""

from enum import StrEnum


class Scope(StrEnum):
    """Rights of a key.

    Who may write accounts may read them; `admin`, for webhooks and the audit log, may all else too.
    """

    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    WORKS_READ = "works:read"
    ADMIN = "admin"


ALL_SCOPES = tuple(Scope)


HELD_BY = {
    Scope.ACCOUNTS_READ: frozenset({Scope.ACCOUNTS_READ, Scope.ACCOUNTS_WRITE, Scope.ADMIN}),
    Scope.ACCOUNTS_WRITE: frozenset({Scope.ACCOUNTS_WRITE, Scope.ADMIN}),
    Scope.WORKS_READ: frozenset({Scope.WORKS_READ, Scope.ADMIN}),
    Scope.ADMIN: frozenset({Scope.ADMIN}),
}
"""Scopes each of which is enough."""


def permits(held: frozenset[str], needed: Scope) -> bool:
    return not held.isdisjoint(HELD_BY[needed])
