"""Clients, grants, codes and tokens: the OAuth bookkeeping every platform shares.

What a platform says when something is refused is its own; here a refusal is a reason.
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
    """What a person allowed a client to do. `asked` holds `scopes` and those declined."""

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
    """A token with its grant. `account` is the one it is bound to; `expires` None is never."""

    value: str
    kind: str
    account: str
    issued: float
    expires: float | None
    used: bool
    grant: Grant

    def expired(self, now: float) -> bool:
        """Whether its time is over."""
        return self.expires is not None and self.expires <= now


@dataclass(frozen=True, slots=True)
class NewGrant:
    """What is needed to make a grant and its code."""

    realm: str
    person: str
    client_id: str
    redirect_uri: str
    asked: tuple[str, ...]
    scopes: tuple[str, ...]
    challenge: str = ""
    challenge_method: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


class Refused(Exception):
    """A code was refused. `reason`: unknown, used, expired, client, redirect_uri, verifier."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def s256(verifier: str) -> str:
    """The PKCE challenge of a verifier (RFC 7636, section 4.2)."""
    hashed = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


class Grants:
    """The bookkeeping over the sandbox's state."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def secret_of(self, realm: str, client_id: str) -> str | None:
        """The secret this client uses, or None while it has shown none."""
        if client_id.startswith("sandbox-"):
            return f"{client_id}-secret"
        sql = "SELECT secret FROM clients WHERE realm = ? AND client_id = ?"
        row = self._state.row(sql, realm, client_id)
        return str(row[0]) if row else None

    def secret_fits(self, realm: str, client_id: str, secret: str) -> bool:
        """Whether the secret is the client's; the first one shown is believed."""
        if not client_id or not secret:
            return False
        known = self.secret_of(realm, client_id)
        if known is None:
            self._state.change("INSERT INTO clients VALUES (?, ?, ?)", realm, client_id, secret)
            return True
        return secrets.compare_digest(known.encode(), secret.encode())

    def open(self, new: NewGrant, code: str, lifetime: float) -> None:
        """Make a grant and the code that stands for it, good once within `lifetime` seconds."""
        now = self._clock.now()
        with self._state.together():
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
        """Exchange a code for its grant, once. `redirect_uri` None: the platform asks for none.

        Raises:
            Refused: with the reason.
        """
        row = self._state.row(
            "SELECT redirect_uri, challenge, method, expires, used, grant_id FROM codes"
            " WHERE code = ?",
            code,
        )
        if row is None:
            raise Refused("unknown")
        bound_to, challenge, method, expires, used, grant_id = row
        grant = self._grant(grant_id)
        if used:
            raise Refused("used")
        if expires <= self._clock.now() or grant.dead:
            raise Refused("expired")
        if grant.client_id != client_id:
            raise Refused("client")
        if redirect_uri is not None and redirect_uri != bound_to:
            raise Refused("redirect_uri")
        if challenge and challenge != (s256(verifier) if method == "S256" else verifier):
            raise Refused("verifier")
        if not self._state.change("UPDATE codes SET used = 1 WHERE code = ? AND used = 0", code):
            raise Refused("used")
        return grant

    def issue(
        self, grant: Grant, kind: str, value: str, lifetime: float | None, account: str = ""
    ) -> str:
        """Remember a token, replacing one of the same value; returns the value."""
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

    def held_by_app(self, realm: str, client_id: str) -> Grant:
        """The grant behind the tokens an app gets for itself, made at first use."""
        with self._state.together():
            found = self._state.row(
                "SELECT id FROM grants WHERE realm = ? AND person = '' AND client_id = ?",
                realm,
                client_id,
            )
            number = found[0] if found else self._add(NewGrant(realm, "", client_id, "", (), ()))
        return self._grant(number)

    def newest(self, grant: Grant, kind: str) -> Token | None:
        """The token of this kind that was issued last, whatever its condition."""
        row = self._state.row(
            "SELECT token FROM tokens WHERE grant_id = ? AND kind = ? ORDER BY issued DESC LIMIT 1",
            grant.id,
            kind,
        )
        return self.token(row[0]) if row else None

    def issued_since(self, grant: Grant, kind: str, moment: float = 0.0) -> int:
        """How many tokens of this kind were issued from `moment` on."""
        sql = "SELECT count(*) FROM tokens WHERE grant_id = ? AND kind = ? AND issued >= ?"
        return int(self._state.row(sql, grant.id, kind, moment)[0])

    def shorten(self, grant: Grant, kind: str, lifetime: float) -> None:
        """Let every token of this kind end in `lifetime` seconds at the latest."""
        self._state.change(
            "UPDATE tokens SET expires = min(expires, ?) WHERE grant_id = ? AND kind = ?",
            self._clock.now() + lifetime,
            grant.id,
            kind,
        )

    def tokens_of_client(self, realm: str, client_id: str, kind: str) -> list[Token]:
        """Every token of this kind under a client's living grants, the oldest first."""
        rows = self._state.rows(
            "SELECT t.token FROM grants g JOIN tokens t ON t.grant_id = g.id WHERE g.realm = ?"
            " AND g.client_id = ? AND g.dead = 0 AND t.kind = ? ORDER BY t.issued",
            realm,
            client_id,
            kind,
        )
        return [token for row in rows if (token := self.token(row[0]))]

    def living(self, realm: str, person: str) -> list[Grant]:
        """The grants of a person that have not ended."""
        sql = "SELECT id FROM grants WHERE realm = ? AND person = ? AND dead = 0"
        return [self._grant(row[0]) for row in self._state.rows(sql, realm, person)]

    def token(self, value: str, *kinds: str) -> Token | None:
        """A token by its value, whatever its condition; None when unknown or of another kind."""
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
        """Use a single-use token up; False when another call was first."""
        sql = "UPDATE tokens SET used = 1 WHERE token = ? AND used = 0"
        return self._state.change(sql, token.value) == 1

    def prolong(self, token: Token, lifetime: float) -> None:
        """Let a token end `lifetime` seconds from now."""
        end = self._clock.now() + lifetime
        self._state.change("UPDATE tokens SET expires = ? WHERE token = ?", end, token.value)

    def has_live(self, realm: str, person: str, client_id: str, kind: str) -> bool:
        """Whether the person's grants to the client hold a token of this kind that works."""
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
        """Change what is granted, as when a person takes one permission back."""
        sql = "UPDATE grants SET scopes = ? WHERE id = ?"
        self._state.change(sql, " ".join(scopes), grant.id)

    def end(self, realm: str, person: str, client_id: str | None = None) -> int:
        """Kill all grants of a person (to one client, or to all); returns how many lived."""
        sql = "UPDATE grants SET dead = 1 WHERE realm = ? AND person = ? AND dead = 0"
        if client_id is None:
            return self._state.change(sql, realm, person)
        return self._state.change(sql + " AND client_id = ?", realm, person, client_id)

    def person_behind(self, value: str) -> str | None:
        """Whose token or code this is, whatever its condition."""
        row = self._state.row(
            "SELECT g.person FROM grants g WHERE g.id = "
            "coalesce((SELECT grant_id FROM tokens WHERE token = ?),"
            " (SELECT grant_id FROM codes WHERE code = ?))",
            value,
            value,
        )
        return str(row[0]) if row else None


def fresh(prefix: str = "", length: int = 40) -> str:
    """A new unguessable value of `length` URL-safe characters behind a platform's prefix."""
    return prefix + secrets.token_urlsafe(length)[:length]


def fresh_hex(length: int = 32) -> str:
    """A new unguessable value of hex digits."""
    return secrets.token_hex(length)[:length]
