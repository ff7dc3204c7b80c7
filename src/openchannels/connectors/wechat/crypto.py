"""WeChat's envelope of pushed messages: SHA-1 signature, AES-256-CBC and flat XML.

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
    """An envelope is not signed by our token, not sealed by our key, or no XML of WeChat's."""


def signature(*parts: str) -> str:
    """SHA-1 over token, timestamp, nonce and, for messages, the sealed text, sorted by byte."""
    joined = b"".join(sorted(part.encode() for part in parts))
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def check_signature(received: str, *parts: str) -> None:
    """Raises Unreadable unless the signature is that of the parts."""
    if not hmac.compare_digest(signature(*parts).encode(), received.encode()):
        raise InvalidEnvelope("the signature is not ours")


def decrypt(aes_key: str, encrypted: str, app_id: str) -> bytes:
    """The message in a sealed text that is meant for this app. Raises Unreadable.

    A 43-character key may end in bits that a strict base64 reader refuses.
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
    """Take random prefix, length, receiver and padding off a message."""
    pad = plain[-1] if plain else 0
    if not 1 <= pad <= BLOCK or plain[-pad:] != bytes((pad,)) * pad:
        raise InvalidEnvelope("the padding is wrong")
    content = plain[PREFIX:-pad]
    end = LENGTH + int.from_bytes(content[:LENGTH])
    if content[end:] != app_id.encode():
        raise InvalidEnvelope("the message is for another app")
    return content[LENGTH:end]


def read_xml(body: bytes) -> dict[str, str]:
    """The texts of the root's children. Raises Unreadable, also for any document type.

    Without a document type there are no entities, so nothing can grow or be fetched.
    """
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
    return handlers.found


class _XmlHandlers:
    """The state of one parse."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._path: list[str] = []

    def start_element(self, name: str, _attributes: object) -> None:
        self._path.append(name)
        if len(self._path) == 2:
            self.found[name] = ""

    def end_element(self, _name: str) -> None:
        self._path.pop()

    def characters(self, text: str) -> None:
        if len(self._path) == 2:
            self.found[self._path[1]] += text

    def reject_doctype(self, *_declaration: object) -> None:
        raise InvalidEnvelope("the XML has a document type")
