"""Clients, grants, codes and tokens of all platforms.

How a platform words an error is up to its emulator; here it has a reason only.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any

import msgspec

from openchannels.sandbox.clock import Clock
from openchannels.sandbox.state import State


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person granted to a client. `asked` also holds the scopes that were declined."""

    id: int
    realm: str
    person: str
    client_id: str
    asked: tuple[str, ...]
    scopes: tuple[str, ...]
    detail: dict[str, Any]
    created: float
    dead: bool


@dataclass(frozen=True, slots=True)
class Token:
    """A token and its grant. `account`: the one it is bound to; `expires` None: never."""

    value: str
    kind: str
    account: str
    issued: float
    expires: float | None
    used: bool
    grant: Grant

    def expired(self, now: float) -> bool:
        """Whether the token has expired."""
        return self.expires is not None and self.expires <= now

    def works(self, now: float) -> bool:
        """Whether the token has not expired and its grant was not revoked."""
        return not self.grant.dead and not self.expired(now)


@dataclass(frozen=True, slots=True)
class NewGrant:
    """The values of a grant and its code."""

    realm: str
    person: str
    client_id: str
    redirect_uri: str
    asked: tuple[str, ...]
    scopes: tuple[str, ...]
    challenge: str = ""
    challenge_method: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


class CodeRefused(Exception):
    """A code is invalid. `reason`: unknown, used, expired, client, redirect_uri, verifier."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def s256(verifier: str) -> str:
    """The PKCE challenge of a verifier (RFC 7636, section 4.2)."""
    hashed = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


class Grants:
    """Stores grants, codes and tokens in the sandbox's state."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def secret_of(self, realm: str, client_id: str) -> str | None:
        """The client's secret, or None before its first call."""
        if client_id.startswith("sandbox-"):
            return f"{client_id}-secret"
        sql = "SELECT secret FROM clients WHERE realm = ? AND client_id = ?"
        row = self._state.row(sql, realm, client_id)
        return str(row[0]) if row else None

    def check_secret(self, realm: str, client_id: str, secret: str) -> bool:
        """Whether the secret is the client's; the first one a client sends becomes its secret."""
        if not client_id or not secret:
            return False
        known = self.secret_of(realm, client_id)
        if known is None:
            self._state.change("INSERT INTO clients VALUES (?, ?, ?)", realm, client_id, secret)
            return True
        return secrets.compare_digest(known.encode(), secret.encode())

    def open_grant(self, new: NewGrant, code: str, lifetime: float) -> None:
        """Create a grant and its code, which works once within `lifetime` seconds."""
        now = self._clock.now()
        with self._state.transaction():
            self._state.change("DELETE FROM codes WHERE expires < ?", now - 3600)
            number = self._add(new)
            self._state.change(
                "INSERT INTO codes VALUES (?, ?, ?, ?, ?, ?, 0)",
                code,
                number,
                new.redirect_uri,
                new.challenge,
                new.challenge_method or "plain",
                now + lifetime,
            )

    def _add(self, new: NewGrant) -> int:
        return self._state.insert(
            "INSERT INTO grants (realm, person, client_id, asked, scopes, detail, created)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            new.realm,
            new.person,
            new.client_id,
            " ".join(new.asked),
            " ".join(new.scopes),
            msgspec.json.encode(new.detail).decode(),
            self._clock.now(),
        )

    def redeem(
        self, code: str, client_id: str, redirect_uri: str | None = None, verifier: str = ""
    ) -> Grant:
        """Exchange a code for its grant; a second exchange fails.

        `redirect_uri` None: the platform does not compare it.

        Raises:
            CodeRefused: the code is invalid.
        """
        row = self._state.row(
            "SELECT redirect_uri, challenge, method, expires, used, grant_id FROM codes"
            " WHERE code = ?",
            code,
        )
        if row is None:
            raise CodeRefused("unknown")
        bound_to, challenge, method, expires, used, grant_id = row
        grant = self._grant(grant_id)
        if used:
            raise CodeRefused("used")
        if expires <= self._clock.now() or grant.dead:
            raise CodeRefused("expired")
        if grant.client_id != client_id:
            raise CodeRefused("client")
        if redirect_uri is not None and redirect_uri != bound_to:
            raise CodeRefused("redirect_uri")
        if challenge and challenge != (s256(verifier) if method.upper() == "S256" else verifier):
            raise CodeRefused("verifier")
        if not self._state.change("UPDATE codes SET used = 1 WHERE code = ? AND used = 0", code):
            raise CodeRefused("used")
        return grant

    def issue(
        self, grant: Grant, kind: str, value: str, lifetime: float | None, account: str = ""
    ) -> str:
        """Store a token, replacing one of the same value; returns the value."""
        now = self._clock.now()
        expires = None if lifetime is None else now + lifetime
        self._state.change(
            "INSERT OR REPLACE INTO tokens VALUES (?, ?, ?, ?, ?, ?, 0)",
            value,
            kind,
            grant.id,
            account,
            now,
            expires,
        )
        return value

    def app_grant(self, realm: str, client_id: str) -> Grant:
        """The grant of the tokens an app gets for itself, created at first use."""
        with self._state.transaction():
            found = self._state.row(
                "SELECT id FROM grants WHERE realm = ? AND person = '' AND client_id = ?",
                realm,
                client_id,
            )
            number = found[0] if found else self._add(NewGrant(realm, "", client_id, "", (), ()))
        return self._grant(number)

    def newest_token(self, grant: Grant, kind: str) -> Token | None:
        """The token of this kind that was issued last, even if it no longer works."""
        row = self._state.row(
            "SELECT token FROM tokens WHERE grant_id = ? AND kind = ? ORDER BY issued DESC LIMIT 1",
            grant.id,
            kind,
        )
        return self.token(row[0]) if row else None

    def count_issued(self, grant: Grant, kind: str, moment: float = 0.0) -> int:
        """How many tokens of this kind were issued since `moment`."""
        sql = "SELECT count(*) FROM tokens WHERE grant_id = ? AND kind = ? AND issued >= ?"
        return int(self._state.row(sql, grant.id, kind, moment)[0])

    def shorten(self, grant: Grant, kind: str, lifetime: float) -> None:
        """Expire every token of this kind in at most `lifetime` seconds."""
        self._state.change(
            "UPDATE tokens SET expires = min(expires, ?) WHERE grant_id = ? AND kind = ?",
            self._clock.now() + lifetime,
            grant.id,
            kind,
        )

    def tokens_of_client(self, realm: str, client_id: str, kind: str) -> list[Token]:
        """All tokens of this kind under a client's live grants, oldest first."""
        rows = self._state.rows(
            "SELECT t.token FROM grants g JOIN tokens t ON t.grant_id = g.id WHERE g.realm = ?"
            " AND g.client_id = ? AND g.dead = 0 AND t.kind = ? ORDER BY t.issued",
            realm,
            client_id,
            kind,
        )
        return [token for row in rows if (token := self.token(row[0]))]

    def live_grants(self, realm: str, person: str) -> list[Grant]:
        """The grants of a person that were not revoked."""
        sql = "SELECT id FROM grants WHERE realm = ? AND person = ? AND dead = 0"
        return [self._grant(row[0]) for row in self._state.rows(sql, realm, person)]

    def token(self, value: str, *kinds: str) -> Token | None:
        """A token by its value, even if it no longer works; None if unknown or of another kind."""
        if not value:
            return None
        row = self._state.row(
            "SELECT token, kind, account, issued, expires, used, grant_id FROM tokens"
            " WHERE token = ?",
            value,
        )
        if row is None or (kinds and row[1] not in kinds):
            return None
        text, kind, account, issued, expires, used, grant_id = row
        return Token(text, kind, account, issued, expires, bool(used), self._grant(grant_id))

    def live_token(self, value: str, now: float, *kinds: str) -> Token | None:
        """A token that works now, or None."""
        token = self.token(value, *kinds)
        return token if token is not None and token.works(now) else None

    def _grant(self, grant_id: int) -> Grant:
        number, realm, person, client_id, asked, scopes, detail, created, dead = self._state.row(
            "SELECT id, realm, person, client_id, asked, scopes, detail, created, dead"
            " FROM grants WHERE id = ?",
            grant_id,
        )
        return Grant(
            number,
            realm,
            person,
            client_id,
            tuple(asked.split()),
            tuple(scopes.split()),
            msgspec.json.decode(detail),
            created,
            bool(dead),
        )

    def spend(self, token: Token) -> bool:
        """Mark a single-use token as used; returns False if another call was first."""
        sql = "UPDATE tokens SET used = 1 WHERE token = ? AND used = 0"
        return self._state.change(sql, token.value) == 1

    def extend(self, token: Token, lifetime: float) -> None:
        """Make a token expire `lifetime` seconds from now."""
        end = self._clock.now() + lifetime
        self._state.change("UPDATE tokens SET expires = ? WHERE token = ?", end, token.value)

    def has_token(self, realm: str, person: str, client_id: str, kind: str) -> bool:
        """Whether a live grant of the person to the client has a token of this kind."""
        row = self._state.row(
            "SELECT 1 FROM grants g JOIN tokens t ON t.grant_id = g.id WHERE g.realm = ? AND"
            " g.person = ? AND g.client_id = ? AND g.dead = 0 AND t.kind = ? LIMIT 1",
            realm,
            person,
            client_id,
            kind,
        )
        return row is not None

    def set_scopes(self, grant: Grant, scopes: tuple[str, ...]) -> None:
        """Replace the granted scopes."""
        sql = "UPDATE grants SET scopes = ? WHERE id = ?"
        self._state.change(sql, " ".join(scopes), grant.id)

    def revoke(self, realm: str, person: str, client_id: str | None = None) -> int:
        """Revoke a person's grants (to one client, or to all); returns how many were live."""
        sql = "UPDATE grants SET dead = 1 WHERE realm = ? AND person = ? AND dead = 0"
        if client_id is None:
            return self._state.change(sql, realm, person)
        return self._state.change(sql + " AND client_id = ?", realm, person, client_id)

    def person_of(self, value: str) -> str | None:
        """The person a token or code belongs to, even if it no longer works."""
        row = self._state.row(
            "SELECT g.person FROM grants g WHERE g.id = "
            "coalesce((SELECT grant_id FROM tokens WHERE token = ?),"
            " (SELECT grant_id FROM codes WHERE code = ?))",
            value,
            value,
        )
        return str(row[0]) if row else None


def random_text(prefix: str = "", length: int = 40) -> str:
    """`prefix` and `length` random URL-safe characters."""
    return prefix + secrets.token_urlsafe(length)[:length]


def random_hex(length: int = 32) -> str:
    """`length` random hex digits."""
    return secrets.token_hex(length)[:length]
