"""Seals secrets with AES-256-GCM under a data key per record, wrapped by a master key.

Layout of a sealed value: version (1 byte), length of the master key's id (1 byte), the id, nonce
and wrapped data key (12 + 48 bytes), nonce and ciphertext of the secret. The row's name is
associated data of both, so a sealed value opens only in its own row.
"""

import base64
import os
import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from openchannels.store.vault.keyring import Keyring
from openchannels.store.vault.keyring import VaultError as VaultError

VERSION = 1
NONCE = 12
WRAPPED = NONCE + 32 + 16
HEADER = 2 + 255
"""Number of leading bytes that always hold the complete id of the master key."""


class Vault:
    """Seals and opens the secrets of rows."""

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring
        self._unwrap = lru_cache(maxsize=10_000)(self._unwrap_now)

    def seal(self, secret: bytes, row: str, previous: bytes | None = None) -> bytes:
        """Seals a secret for a row, named like `credential:{account id}`.

        Given the row's previous sealed value, the record keeps its data key, so a master key wraps
        each record once and the number of random nonces per key stays bounded. The data key is
        wrapped again only after the active master key has changed. A previous value that cannot be
        opened is ignored.
        """
        header, data_key = self._reuse(row, previous) or self._new_data_key(row)
        nonce = os.urandom(NONCE)
        return header + nonce + AESGCM(data_key).encrypt(nonce, secret, row.encode())

    def open(self, sealed: bytes, row: str) -> bytes:
        """Opens a sealed value. Raises VaultError."""
        start = header_length(sealed)
        data_key = self._unwrap(sealed[:start], row)
        nonce, text = sealed[start : start + NONCE], sealed[start + NONCE :]
        try:
            return AESGCM(data_key).decrypt(nonce, text, row.encode())
        except (InvalidTag, ValueError):
            raise VaultError("the sealed value does not belong to this row") from None

    def rewrap(self, sealed: bytes, row: str) -> bytes:
        """Returns the sealed secret with its data key wrapped by the active master key.

        Returned unchanged if the active key wraps it already. Raises VaultError.
        """
        start = header_length(sealed)
        if wrapped_by(sealed) == self.keyring.active:
            return sealed
        return self._wrap(self._unwrap(sealed[:start], row), row) + sealed[start:]

    def _reuse(self, row: str, previous: bytes | None) -> tuple[bytes, bytes] | None:
        """Header and data key of the row's previous value if it can be opened."""
        if not previous:
            return None
        try:
            header = self.rewrap(previous[: header_length(previous)], row)
            return header, self._unwrap(header, row)
        except VaultError:
            return None

    def _new_data_key(self, row: str) -> tuple[bytes, bytes]:
        data_key = secrets.token_bytes(32)
        return self._wrap(data_key, row), data_key

    def _wrap(self, data_key: bytes, row: str) -> bytes:
        key_id, key = self.keyring.active_key()
        nonce = os.urandom(NONCE)
        wrapped = AESGCM(key).encrypt(nonce, data_key, _wrap_data(key_id, row))
        name = key_id.encode()
        return bytes((VERSION, len(name))) + name + nonce + wrapped

    def _unwrap_now(self, header: bytes, row: str) -> bytes:
        end = 2 + header[1]
        nonce, wrapped = header[end : end + NONCE], header[end + NONCE :]
        try:
            key_id = header[2:end].decode()
            return AESGCM(self.keyring.key(key_id)).decrypt(nonce, wrapped, _wrap_data(key_id, row))
        except (InvalidTag, ValueError):
            raise VaultError("the data key does not belong to this row") from None


def _wrap_data(key_id: str, row: str) -> bytes:
    return f"{key_id}\n{row}".encode()


def header_length(sealed: bytes) -> int:
    """Returns the offset of the secret's nonce. Raises VaultError."""
    if len(sealed) < 2 or sealed[0] != VERSION:
        raise VaultError("not a sealed value")
    return 2 + sealed[1] + WRAPPED


def wrapped_by(sealed: bytes) -> str:
    """Returns the id of the master key that wraps a value. Raises VaultError."""
    header_length(sealed)
    try:
        return sealed[2 : 2 + sealed[1]].decode()
    except UnicodeDecodeError:
        raise VaultError("not a sealed value") from None


def wrapped_by_text(sealed: str) -> str:
    """The same for a value that is kept as base64 text. Raises VaultError."""
    try:
        return wrapped_by(base64.b64decode(sealed, validate=True))
    except ValueError:
        raise VaultError("not a sealed value") from None
