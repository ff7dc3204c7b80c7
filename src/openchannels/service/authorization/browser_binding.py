"""Proofs that a browser belongs to a session, and that a form is ours.

`direct`: any browser that returns with the secret state. `confirm`: the browser that returned with
the code that was redeemed; the state alone is known to whoever started the session. `bound`: the
browser in which the button of our connect page was pressed.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import NamedTuple

from openchannels.core import errors, ids
from openchannels.core.sessions import AuthSession, Binding
from openchannels.store.vault.vault import Vault

BrowserCookie = Callable[[str], str | None]
"""The cookie that a browser holds for a session, by the session's id."""


class CallbackResult(NamedTuple):
    """A session after a callback, and the proof to hand to the browser if it has none yet."""

    session: AuthSession
    proof: str | None


def no_cookie(session_id: str) -> None:
    """Default for callers without a browser: no cookie."""


def state_of(secret: str) -> str:
    """The OAuth state derived from a ticket or a cookie, which it does not reveal.

    A ticket's moment stands before it, as `ids.state_key` explains.
    """
    return ids.moment_of(secret) + _derived(secret, "state")


def form_token_of(secret: str) -> str:
    """The CSRF token of a form shown to the browser with this cookie."""
    return _derived(secret, "form")


def _derived(secret: str, purpose: str) -> str:
    mac = hmac.new(
        secret.encode("utf-8", "replace"), f"openchannels/{purpose}".encode(), hashlib.sha256
    )
    return base64.urlsafe_b64encode(mac.digest()).rstrip(b"=").decode()


class BrowserBinding:
    """Proofs derived from the keyring; only digests are stored."""

    def __init__(self, vault: Vault) -> None:
        self._keyring = vault.keyring

    def browser_proof(self, session_id: str) -> str:
        """The cookie value of a browser that returned with this session's secret state."""
        return self._mac("browser", session_id)

    def of_code(self, session_id: str, code: str) -> str:
        """The cookie value of the browser that returned with this code."""
        return self._mac("return", f"{session_id}\n{code}")

    def form_token(self, session_id: str) -> str:
        """The CSRF token of the forms that only a browser with its proof is shown."""
        return self._mac("form", session_id)

    def is_proof(self, session_id: str, value: object) -> bool:
        return self._is_mac("browser", session_id, value)

    def is_form_token(self, session_id: str, value: object) -> bool:
        return self._is_mac("form", session_id, value)

    def holds(self, session: AuthSession, value: str | None) -> bool:
        """Whether this cookie is the one of the session's browser."""
        if session.browser_hash is not None:
            known = value is not None and value.isascii()
            return known and same(ids.digest(value or ""), session.browser_hash)
        return session.binding is not Binding.BOUND and self.is_proof(session.id, value)

    def verify_return(self, session: AuthSession, code: str, value: str | None) -> str | None:
        """The proof for a browser that returned; None if it holds one. Raises OTHER_BROWSER."""
        if self.holds(session, value):
            return None
        if session.browser_hash is None:
            return self.browser_proof(session.id)
        proof = self._returned(session, code)
        if proof is None and self._keyring.reload():
            proof = self._returned(session, code)
        if proof is None:
            raise errors.OTHER_BROWSER()
        return proof

    def _returned(self, session: AuthSession, code: str) -> str | None:
        """The proof derived from this code at the claim, by any of our keys."""
        text = f"{session.id}\n{code}"
        macs = (self._mac("return", text, key_id) for key_id in self._keyring.ids)
        known = session.browser_hash or b""
        return next((mac for mac in macs if same(ids.digest(mac), known)), None)

    def _is_mac(self, purpose: str, text: str, value: object) -> bool:
        """Whether any of our keys signed this; rereads the keyring for a newer key."""

        def known() -> bool:
            macs = [self._mac(purpose, text, key_id) for key_id in self._keyring.ids]
            return any(same(value, mac) for mac in macs)

        return known() or (self._keyring.reload() and known())

    def _mac(self, purpose: str, text: str, key_id: str | None = None) -> str:
        key = self._keyring.derive(key_id or self._keyring.active, f"openchannels/{purpose}")
        return hmac.new(key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def same(value: object, expected: str | bytes) -> bool:
    """Compare in constant time; what a browser sends may be a file or any text."""
    given = value.encode("utf-8", "replace") if isinstance(value, str) else value
    wanted = expected.encode() if isinstance(expected, str) else expected
    return isinstance(given, bytes) and hmac.compare_digest(given, wanted)
