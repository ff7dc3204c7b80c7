"""Cursors: the platform's position, signed against forgery.

Layout, URL-safe base64 without padding: version, HMAC-SHA256 cut to 16 bytes, then JSON of key
id, direction and position, and of the two ends of the list's period if it has one. User, account,
platform and subject are signed but not written, as the request names them again. Signed, not
secret: a position never holds a token.
"""

import base64
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass

from openchannels.core import errors
from openchannels.core.exceptions import Issue
from openchannels.core.insights import Period
from openchannels.core.paging import ALWAYS, Direction
from openchannels.core.platforms import Platform
from openchannels.store.vault.keyring import Keyring, VaultError

VERSION = b"\x01"
MAC = 16
_written = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class CursorPosition:
    """Where a listing continues: the platform's position, the direction, and the list's period."""

    position: str
    direction: Direction
    period: Period = ALWAYS


class Cursors:
    """Signs and verifies cursors."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._keys: dict[str, bytes] = {}

    def make(
        self,
        user_id: str,
        account_id: str,
        platform: Platform,
        place: CursorPosition,
        subject: Sequence[str] = (),
    ) -> str:
        """The cursor of a position in one list; `subject` tells the lists of an account apart."""
        key_id = self._keyring.active
        period = place.period
        ends = [period.since, period.until] if period.bounded else []
        values = [key_id, place.direction[0], place.position, *ends]
        body = _written(values).encode()
        mac = self._mac(key_id, body, [user_id, account_id, platform, *subject])
        return base64.urlsafe_b64encode(VERSION + mac + body).rstrip(b"=").decode()

    def read(
        self,
        text: str,
        user_id: str,
        account_id: str,
        platform: Platform,
        subject: Sequence[str] = (),
    ) -> CursorPosition:
        """The position in a cursor. Raises VALIDATION_FAILED unless signed for this listing."""
        place = self._verified(text, [user_id, account_id, platform, *subject])
        if place is None:
            raise errors.validation_failed(
                [Issue("pagination.cursor", "is not a cursor of this listing")]
            )
        return place

    def _verified(self, text: str, named: Sequence[str]) -> CursorPosition | None:
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            mac, body = raw[1 : 1 + MAC], raw[1 + MAC :]
            key_id, way, position, *ends = json.loads(body)
            expected = self._mac(key_id, body, named)
        except (ValueError, TypeError, AttributeError, VaultError, RecursionError):
            return None
        if raw[:1] != VERSION or not hmac.compare_digest(mac, expected):
            return None
        return CursorPosition(position, "next" if way == "n" else "previous", Period(*ends))

    def _mac(self, key_id: str, body: bytes, named: Sequence[str]) -> bytes:
        key = self._keys.get(key_id)
        if key is None or key_id not in self._keyring:
            key = self._keys[key_id] = self._keyring.derive(key_id, "openchannels/cursor")
        of = json.dumps(named).encode()
        return hmac.digest(key, VERSION + of + b"\n" + body, "sha256")[:MAC]
