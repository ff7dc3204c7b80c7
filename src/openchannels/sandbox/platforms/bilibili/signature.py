"""Verification of bilibili's signed calls.

https://open.bilibili.com/doc/4/8673959e-f7bb-56e6-6e68-d225f971b81b
"""

import hashlib
import hmac
import secrets

from openchannels.sandbox.http import Request
from openchannels.sandbox.ids import decimal

SKEW_SECONDS = 600
_SIGNED = (
    "x-bili-accesskeyid",
    "x-bili-content-md5",
    "x-bili-signature-method",
    "x-bili-signature-nonce",
    "x-bili-signature-version",
    "x-bili-timestamp",
)
_MOST_NONCES = 200_000


class Nonces:
    """Recently seen nonces, in two generations to bound their memory."""

    def __init__(self) -> None:
        self._young: set[int] = set()
        self._old: set[int] = set()
        self._since = 0.0

    def is_new(self, client_id: str, nonce: str, now: float) -> bool:
        """Whether the nonce is new while its timestamp may still be valid; stores it."""
        if now - self._since > 2 * SKEW_SECONDS or len(self._young) >= _MOST_NONCES:
            self._old, self._young, self._since = self._young, set(), now
        key = hash((client_id, nonce))
        if key in self._young or key in self._old:
            return False
        self._young.add(key)
        return True


def signature(secret: str, headers: dict[str, str]) -> str:
    """The `Authorization` value for the six signed headers."""
    text = "\n".join(f"{name}:{headers[name]}" for name in _SIGNED)
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _content_md5(request: Request) -> str:
    if request.headers.get("content-type", "").startswith("multipart/"):
        return hashlib.md5(b"", usedforsecurity=False).hexdigest()
    return hashlib.md5(request.body, usedforsecurity=False).hexdigest()


def signature_error(request: Request, secret: str | None, nonces: Nonces) -> tuple[int, str] | None:
    """Code and message of the error in a signed call, or None.

    `secret` is that of the calling client, None if the client is unknown.
    """
    headers = {name: request.headers.get(name, "") for name in _SIGNED}
    content_type = request.headers.get("content-type", "")
    stamp = headers["x-bili-timestamp"]
    if "application/json" not in request.headers.get("accept", ""):
        return 4009, "accept 不合法"
    if not content_type.startswith(("application/json", "multipart/form-data")):
        return 4007, "content-type 不合法"
    if headers["x-bili-signature-method"] != "HMAC-SHA256":
        return 4005, "签名方法不合法"
    if headers["x-bili-signature-version"] != "2.0":
        return 4006, "签名版本不合法"
    if secret is None:
        return 127004, "client_id 不存在"
    sent_at = decimal(stamp)
    if sent_at is None or abs(request.now - sent_at) > SKEW_SECONDS:
        return 4003, "请求已过期"
    if headers["x-bili-content-md5"] != _content_md5(request):
        return 4008, "content-md5 不一致"
    sent = request.headers.get("authorization", "")
    if not secrets.compare_digest(sent.encode(), signature(secret, headers).encode()):
        return 4002, "签名错误"
    nonce = headers["x-bili-signature-nonce"]
    if not nonce or not nonces.is_new(headers["x-bili-accesskeyid"], nonce, request.now):
        return 4004, "nonce 重复"
    return None
