"""Sealing secrets: AES-256-GCM under a data key per record, wrapped by a master key.

Layout of a sealed value: version (1 byte), length of the master key's id (1 byte), the id,
nonce and wrapped data key (12 + 48 bytes), nonce and ciphertext of the secret. The row's
identity is associated data of both, so a sealed value opens only in its own row.
"""

import base64
import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = 1
NONCE = 12
WRAPPED = NONCE + 32 + 16


class VaultError(Exception):
    """A sealed value cannot be opened: wrong row, unknown key or damaged bytes."""


class Keyring:
    """Master keys by id; `active` wraps new records, all of them open old ones."""

    def __init__(self, keys: Mapping[str, bytes], active: str) -> None:
        if active not in keys:
            raise VaultError(f"the active key {active!r} is not in the keyring")
        if any(len(key) != 32 for key in keys.values()):
            raise VaultError("a master key must have 32 bytes")
        self._keys = dict(keys)
        self.active = active

    def __contains__(self, key_id: str) -> bool:
        return key_id in self._keys

    def key(self, key_id: str) -> bytes:
        try:
            return self._keys[key_id]
        except KeyError:
            raise VaultError(f"no master key with id {key_id!r}") from None

    def derive(self, key_id: str, purpose: str) -> bytes:
        """A 32-byte key for another purpose, by HKDF-SHA256."""
        kdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode())
        return kdf.derive(self.key(key_id))


class Vault:
    """Seals and opens the secrets of rows."""

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring
        self._unwrap = lru_cache(maxsize=10_000)(self._unwrap_now)

    def seal(self, secret: bytes, row: str, previous: bytes | None = None) -> bytes:
        """Seal a secret for a row, named like `credential:{account id}`.

        With the row's previous sealed value the record keeps its data key, so that a master
        key wraps each record once: the number of random nonces under one key stays bounded.
        A previous value that no key opens any more does not stand in the way of a new one.
        """
        try:
            header = previous[: self._header(previous)] if previous else self._new_header(row)
            data_key = self._unwrap(header, row)
        except VaultError:
            header = self._new_header(row)
            data_key = self._unwrap(header, row)
        nonce = os.urandom(NONCE)
        return header + nonce + AESGCM(data_key).encrypt(nonce, secret, row.encode())

    def open(self, sealed: bytes, row: str) -> bytes:
        """Open a sealed value. Raises VaultError."""
        start = self._header(sealed)
        data_key = self._unwrap(sealed[:start], row)
        nonce, text = sealed[start : start + NONCE], sealed[start + NONCE :]
        try:
            return AESGCM(data_key).decrypt(nonce, text, row.encode())
        except (InvalidTag, ValueError):
            raise VaultError("the sealed value does not belong to this row") from None

    def _new_header(self, row: str) -> bytes:
        key_id = self.keyring.active
        nonce = os.urandom(NONCE)
        wrapped = AESGCM(self.keyring.key(key_id)).encrypt(
            nonce, secrets.token_bytes(32), _wrap_data(key_id, row)
        )
        name = key_id.encode()
        return bytes((VERSION, len(name))) + name + nonce + wrapped

    def _header(self, sealed: bytes) -> int:
        if len(sealed) < 2 or sealed[0] != VERSION:
            raise VaultError("not a sealed value")
        return 2 + sealed[1] + WRAPPED

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


def load_keyring(path: Path) -> Keyring | None:
    """Read a keyring file: `{"active": id, "keys": {id: base64}}`. None when there is none."""
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    return Keyring(
        {name: base64.b64decode(key) for name, key in content["keys"].items()}, content["active"]
    )


def create_keyring(path: Path) -> Keyring:
    """Make a keyring with one fresh key, readable by its owner only.

    Exclusive: of several processes that start at once, one creates it and all read the same.
    """
    fresh = secrets.token_bytes(32)
    name = "k" + hashlib.sha256(fresh).hexdigest()[:8]
    content = json.dumps({"active": name, "keys": {name: base64.b64encode(fresh).decode()}})
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # A hard link appears at once and whole, and fails when another process was first.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    _sync_directory(path.parent)
    keyring = load_keyring(path)
    assert keyring is not None
    return keyring


def _sync_directory(path: Path) -> None:
    """Make a new name last: secrets must not outlive the key that was made for them."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
