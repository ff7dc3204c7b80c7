"""How WeChat signs and encrypts what it pushes.

It needs `cryptography`: the standard library has no AES.
https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Message_encryption_and_decryption.html
"""

import base64
import hashlib
import secrets

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
"""Bytes a message is padded to, twice the block of AES."""


def signature(*parts: str) -> str:
    """SHA-1 of the parts, sorted and joined."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324


def encrypt(message: str, app_id: str, encoding_key: str, prefix: bytes | None = None) -> str:
    """A message for the holder of the key, in base64; `prefix` is 16 bytes, random if absent."""
    key = base64.b64decode(encoding_key + "=")
    content = message.encode()
    plain = prefix or secrets.token_bytes(16)
    plain += len(content).to_bytes(4) + content + app_id.encode()
    missing = BLOCK - len(plain) % BLOCK
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    sealed = encryptor.update(plain + bytes([missing]) * missing) + encryptor.finalize()
    return base64.b64encode(sealed).decode()
