"""Files sealed by a passphrase: encrypted as a whole, written and read as a stream.

Layout: MAGIC; the header's length (2 bytes, big-endian) and the header, a JSON object with the
version and the parameters of scrypt; an authentication tag of all that (16 bytes); chunks of CHUNK
bytes under AES-256-GCM, each with its tag. A chunk's nonce holds its number and whether it is the
last one, so chunks that are missing, moved or added are noticed; the header is associated data.
"""

import json
import os
import struct
from collections.abc import Iterator
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MAGIC = b"openchannels sealed file\n"
VERSION = 1
CHUNK = 64 * 1024
TAG = 16
SALT = 16
COST = {"n": 2**17, "r": 8, "p": 1}
"""Parameters of scrypt for new files: 128 MiB of memory, about a third of a second."""
HIGHEST = {"n": 2**18, "r": 8, "p": 4}
"""What a file may ask for: its header is not authenticated before the key is derived."""
MAX_HEADER = 1024
CHECK = 0xFF
"""Third kind of a nonce's last byte, besides 0 for a chunk and 1 for the last one."""


class SealedFileError(Exception):
    """A file that is not sealed, was changed, or does not open; the text says which."""


class SealedWriter:
    """Seals what is written to a file. `close` writes the last chunk, and does not close it."""

    def __init__(self, file: IO[bytes], passphrase: str, cost: dict[str, int] = COST) -> None:
        salt = os.urandom(SALT)
        header = {"version": VERSION, "kdf": "scrypt", "salt": salt.hex(), **cost}
        self._head = _framed(json.dumps(header).encode())
        self._aead = AESGCM(_derive(passphrase, salt, cost))
        self._file, self._pending, self._number = file, bytearray(), 0
        file.write(self._head + self._aead.encrypt(_nonce(0, CHECK), b"", self._head))

    def write(self, data: bytes) -> None:
        self._pending += data
        # The last chunk is known as such at the end only, so one is always kept back.
        while len(self._pending) > CHUNK:
            self._seal(bytes(self._pending[:CHUNK]), last=False)
            del self._pending[:CHUNK]

    def close(self) -> None:
        self._seal(bytes(self._pending), last=True)

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        self._file.write(self._aead.encrypt(_nonce(self._number, last), chunk, self._head))
        self._number += 1


class SealedReader:
    """Opens a sealed file. Raises SealedFileError."""

    def __init__(self, file: IO[bytes], passphrase: str) -> None:
        self._file = file
        self._head, header = _read_header(file)
        cost, salt = _cost_of(header)
        self._aead = AESGCM(_derive(passphrase, salt, cost))
        self._start = len(self._head) + TAG
        tag = file.read(TAG)
        try:
            self._aead.decrypt(_nonce(0, CHECK), tag, self._head)
        except (InvalidTag, ValueError):
            raise SealedFileError("the passphrase does not open the file") from None

    def lines(self) -> Iterator[bytes]:
        """Yields the lines of the content, from its beginning. Raises SealedFileError."""
        rest = b""
        for chunk in self._chunks():
            *whole, rest = (rest + chunk).split(b"\n")
            yield from whole
        if rest:
            raise SealedFileError("the file does not end with a whole line")

    def _chunks(self) -> Iterator[bytes]:
        self._file.seek(self._start)
        number, block = 0, self._file.read(CHUNK + TAG)
        while True:
            following = self._file.read(CHUNK + TAG)
            try:
                nonce = _nonce(number, not following)
                yield self._aead.decrypt(nonce, block, self._head)
            except (InvalidTag, ValueError):
                raise SealedFileError(
                    f"the file was cut short or changed, at byte {self._start + number * CHUNK}"
                    " or behind it"
                ) from None
            if not following:
                return
            number, block = number + 1, following


def _framed(header: bytes) -> bytes:
    return MAGIC + struct.pack(">H", len(header)) + header


def _read_header(file: IO[bytes]) -> tuple[bytes, dict[str, Any]]:
    """Returns the bytes up to the tag, and the header in them."""
    start = file.read(len(MAGIC) + 2)
    if not start.startswith(MAGIC) or len(start) < len(MAGIC) + 2:
        raise SealedFileError("it is no sealed file of openchannels")
    (length,) = struct.unpack(">H", start[len(MAGIC) :])
    text = file.read(min(length, MAX_HEADER))
    try:
        header = json.loads(text)
        if header["version"] != VERSION or header["kdf"] != "scrypt":
            raise SealedFileError("it was made by a newer version of openchannels")
    except (ValueError, KeyError, TypeError):
        raise SealedFileError("its header is damaged") from None
    return start + text, header


def _cost_of(header: dict[str, Any]) -> tuple[dict[str, int], bytes]:
    try:
        cost = {name: int(header[name]) for name in COST}
        salt = bytes.fromhex(header["salt"])
    except (ValueError, KeyError, TypeError):
        raise SealedFileError("its header is damaged") from None
    power_of_two = cost["n"] > 1 and cost["n"] & (cost["n"] - 1) == 0
    in_bounds = all(0 < value <= HIGHEST[name] for name, value in cost.items())
    if not (power_of_two and in_bounds and len(salt) == SALT):
        raise SealedFileError("its header is damaged")
    return cost, salt


def _derive(passphrase: str, salt: bytes, cost: dict[str, int]) -> bytes:
    return Scrypt(salt=salt, length=32, **cost).derive(passphrase.encode())


def _nonce(number: int, kind: int) -> bytes:
    return struct.pack(">QxxxB", number, kind)
