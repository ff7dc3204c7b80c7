"""Decryption of WeChat's webhooks: SHA-1 signature, AES-256-CBC and flat XML.

https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Technical_Plan.html
"""

import base64
import binascii
import hashlib
import hmac
from xml.parsers import expat

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
PREFIX = 16
LENGTH = 4


class InvalidEnvelope(Exception):
    """The message is not signed with our token, not encrypted with our key, or not valid XML."""


def signature(*parts: str) -> str:
    """Returns the SHA-1 of token, timestamp, nonce and any encrypted text, sorted by byte."""
    joined = b"".join(sorted(part.encode() for part in parts))
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def check_signature(received: str, *parts: str) -> None:
    """Raises InvalidEnvelope unless the signature matches the parts."""
    if not hmac.compare_digest(signature(*parts).encode(), received.encode()):
        raise InvalidEnvelope("the signature is not ours")


def decrypt(aes_key: str, encrypted: str, app_id: str) -> bytes:
    """Returns the decrypted message, which must be for this app. Raises InvalidEnvelope.

    A 43-character key may end in bits that a strict base64 decoder refuses.
    """
    key = base64.b64decode(aes_key + "=")
    try:
        raw = base64.b64decode(encrypted)
        decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:PREFIX])).decryptor()
        plain = decryptor.update(raw) + decryptor.finalize()
    except (binascii.Error, ValueError):
        raise InvalidEnvelope("the text is not sealed as it should be") from None
    return _unwrap(plain, app_id)


def _unwrap(plain: bytes, app_id: str) -> bytes:
    """Returns the message without random prefix, length, receiver and padding."""
    pad = plain[-1] if plain else 0
    if not 1 <= pad <= BLOCK or plain[-pad:] != bytes((pad,)) * pad:
        raise InvalidEnvelope("the padding is wrong")
    content = plain[PREFIX:-pad]
    end = LENGTH + int.from_bytes(content[:LENGTH])
    if content[end:] != app_id.encode():
        raise InvalidEnvelope("the message is for another app")
    return content[LENGTH:end]


def read_xml(body: bytes) -> dict[str, str]:
    """Returns the texts of the root's children. Raises InvalidEnvelope, also for a DOCTYPE.

    Without a DOCTYPE there are no entities, so none can expand or be fetched.
    """
    return _parsed(body).found


def read_leaves(body: bytes) -> list[tuple[str, str]]:
    """Returns the names and texts of all elements without children, in their order.

    Raises InvalidEnvelope as `read_xml` does.
    """
    return _parsed(body).leaves


def _parsed(body: bytes) -> "_XmlHandlers":
    parser = expat.ParserCreate()
    handlers = _XmlHandlers()
    parser.StartElementHandler = handlers.start_element
    parser.EndElementHandler = handlers.end_element
    parser.CharacterDataHandler = handlers.characters
    parser.StartDoctypeDeclHandler = handlers.reject_doctype
    try:
        parser.Parse(body, True)
    except expat.ExpatError:
        raise InvalidEnvelope("the body is no XML") from None
    return handlers


class _XmlHandlers:
    """The handlers of one parse, and the texts found."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self.leaves: list[tuple[str, str]] = []
        self._path: list[str] = []
        self._text: str | None = None

    def start_element(self, name: str, _attributes: object) -> None:
        self._path.append(name)
        self._text = ""
        if len(self._path) == 2:
            self.found[name] = ""

    def end_element(self, name: str) -> None:
        self._path.pop()
        if self._text is not None:
            self.leaves.append((name, self._text))
        self._text = None

    def characters(self, text: str) -> None:
        if self._text is not None:
            self._text += text
        if len(self._path) == 2:
            self.found[self._path[1]] += text

    def reject_doctype(self, *_declaration: object) -> None:
        raise InvalidEnvelope("the XML has a document type")
