"""Master keys by id, in memory and in a file that running servers reload.

The file is `{"active": id, "keys": {id: base64}}`, readable by its owner only. It is replaced
atomically, so readers see either the old or the new one.
"""

import base64
import contextlib
import hashlib
import json
import os
import secrets
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import structlog
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from openchannels.core.folders import sync_folder

Stamp = tuple[int, int, int]
"""Inode, modification time and size: changes whenever the file is replaced."""

log = structlog.get_logger()


class VaultError(Exception):
    """A sealed value cannot be opened, or the master keys cannot be used; the text says why."""


class Ring(NamedTuple):
    """An immutable snapshot of the keys."""

    keys: Mapping[str, bytes]
    active: str


class Keyring:
    """Master keys by id; `active` wraps new records, all of them open old ones.

    With a file, looking up an unknown key reloads the file: another process may have added the key.
    The keys are replaced as a whole, because the writer thread reads them too.
    """

    def __init__(self, keys: Mapping[str, bytes], active: str, path: Path | None = None) -> None:
        self._ring = _checked(keys, active)
        self._stamp: Stamp | None = None
        self._reading = threading.Lock()
        self.path = path

    def __contains__(self, key_id: str) -> bool:
        return key_id in self._ring.keys

    @property
    def active(self) -> str:
        return self._ring.active

    @property
    def ids(self) -> list[str]:
        """All key ids, the active one first."""
        ring = self._ring
        return [ring.active, *(name for name in ring.keys if name != ring.active)]

    def active_key(self) -> tuple[str, bytes]:
        """Returns id and bytes of the active key."""
        ring = self._ring
        return ring.active, ring.keys[ring.active]

    def key(self, key_id: str) -> bytes:
        """Returns a key. Raises VaultError if the file does not have it either."""
        found = self._ring.keys.get(key_id)
        if found is None and self.reload():
            found = self._ring.keys.get(key_id)
        if found is None:
            raise VaultError(f"no master key with id {key_id!r}")
        return found

    def derive(self, key_id: str, purpose: str) -> bytes:
        """Derives a 32-byte key for another purpose with HKDF-SHA256."""
        kdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode())
        return kdf.derive(self.key(key_id))

    def reload(self) -> bool:
        """Reloads the file if it has changed; returns True if the keys changed.

        An unusable file changes nothing and is not read again until it changes.
        """
        if self.path is None:
            return False
        with self._reading:
            try:
                if _stamp(os.stat(self.path)) == self._stamp:
                    return False
                ring, self._stamp = _read(self.path)
            except OSError as error:
                log.warning("keyring reload failed", reason=error.strerror)
                return False
            except UnusableKeyring as unusable:
                self._stamp = unusable.stamp
                log.error("keyring file unusable", file=str(self.path))
                return False
            return self._exchange(ring)

    def _exchange(self, ring: Ring) -> bool:
        before = self._ring
        if any(before.keys.get(name, key) != key for name, key in ring.keys.items()):
            log.error("keyring key mismatch")
            return False
        self._ring = ring
        return ring != before

    def add_key(self) -> str:
        """Generates a key, writes it to the file and makes it active; returns its id."""
        path = self._file()
        with _locked(path):
            ring, _ = _read(path)
            name, key = _fresh_key()
            _replace(path, Ring({**ring.keys, name: key}, name))
        self.reload()
        return name

    def remove_key(self, key_id: str) -> bytes:
        """Removes an inactive key from the file and returns it. Raises VaultError."""
        path = self._file()
        with _locked(path):
            ring, _ = _read(path)
            if key_id not in ring.keys:
                raise VaultError(f"no master key with id {key_id!r}")
            if key_id == ring.active:
                raise VaultError(f"the key {key_id} is active")
            left = {name: key for name, key in ring.keys.items() if name != key_id}
            _replace(path, Ring(left, ring.active))
        self.reload()
        return ring.keys[key_id]

    def restore_key(self, key_id: str, key: bytes) -> None:
        """Writes a removed key back to the file."""
        path = self._file()
        with _locked(path):
            ring, _ = _read(path)
            _replace(path, Ring({**ring.keys, key_id: key}, ring.active))
        self.reload()

    def _file(self) -> Path:
        if self.path is None:
            raise VaultError("the master keys are set in vault.keys; change them there")
        # Resolve links: the link stays in place, and all names of the file share one lock.
        return self.path.resolve()


class UnusableKeyring(VaultError):
    """A file that holds no usable master keys."""

    def __init__(self, stamp: Stamp) -> None:
        super().__init__("the keyring holds no usable master keys")
        self.stamp = stamp


def load_keyring(path: Path) -> Keyring | None:
    """Reads a keyring file; None if there is none. Raises OSError, VaultError."""
    try:
        ring, stamp = _read(path)
    except FileNotFoundError:
        return None
    keyring = Keyring(ring.keys, ring.active, path)
    keyring._stamp = stamp
    return keyring


def create_keyring(path: Path) -> Keyring:
    """Creates a keyring with one new key, readable by its owner only.

    Exclusive: of several processes that start at once one creates it and all read the same file.
    """
    name, key = _fresh_key()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(path, Ring({name: key}, name))
    try:
        # A hard link appears atomically and fails if another process was first.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    sync_folder(path.parent)
    keyring = load_keyring(path)
    assert keyring is not None
    return keyring


def _checked(keys: Mapping[str, bytes], active: str) -> Ring:
    if active not in keys:
        raise VaultError(f"the active key {active!r} is not in the keyring")
    if any(len(key) != 32 for key in keys.values()):
        raise VaultError("a master key must have 32 bytes")
    return Ring(dict(keys), active)


def _fresh_key() -> tuple[str, bytes]:
    key = secrets.token_bytes(32)
    return "k" + hashlib.sha256(key).hexdigest()[:8], key


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_ino, status.st_mtime_ns, status.st_size


def _read(path: Path) -> tuple[Ring, Stamp]:
    with path.open("rb") as file:
        stamp = _stamp(os.fstat(file.fileno()))
        text = file.read()
    try:
        content = json.loads(text)
        keys = {name: base64.b64decode(key) for name, key in content["keys"].items()}
        return _checked(keys, content["active"]), stamp
    except (ValueError, KeyError, TypeError, AttributeError, VaultError):
        raise UnusableKeyring(stamp) from None


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Allows one change of the file at a time, so that concurrent changes lose no key."""
    if os.name == "nt":
        yield
        return
    import fcntl

    lock = path.with_name(f"{path.name}.lock")
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _replace(path: Path, ring: Ring) -> None:
    """Replaces the file atomically and keeps its owner."""
    before = path.stat()
    draft = _draft(path, ring)
    try:
        if os.name != "nt" and before.st_uid != os.geteuid():
            # Otherwise a server running as another user could not read a file written by root.
            os.chown(draft, before.st_uid, before.st_gid)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _draft(path: Path, ring: Ring) -> Path:
    """Writes the keys durably to a temporary file in the same directory; returns its path."""
    keys = {name: base64.b64encode(key).decode() for name, key in ring.keys.items()}
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(json.dumps({"active": ring.active, "keys": keys}))
        file.flush()
        os.fsync(file.fileno())
    return draft
