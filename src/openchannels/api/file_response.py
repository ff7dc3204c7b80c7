"""Sends a file, or a part of it, so that nothing in it can act as a page of ours."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from email.utils import formatdate
from typing import Any
from urllib.parse import quote

from litestar.types import Receive, Scope, Send

from openchannels.api.byte_ranges import UnsatisfiableRange, read_range
from openchannels.core.assets import Asset, is_inline
from openchannels.core.clock import http_date

Stream = Callable[[int, int], AsyncIterator[bytes]]
"""Yields the bytes of the file from an offset, of a length."""

MAX_AGE = 3600
HARMLESS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "cross-origin",
    "referrer-policy": "no-referrer",
}
"""Whatever a stranger uploaded: no browser takes it for another type, or runs what is in it."""


class FileResponse:
    """Answers GET and HEAD for a file, with ranges and conditions (RFC 9110, 13 and 14)."""

    def __init__(self, asset: Asset, stream: Stream, method: str, sent: Mapping[str, str]) -> None:
        self._stream = stream
        self._size = asset.size or 0
        self._start, self._length = 0, self._size
        self._headers = _described(asset)
        self._status = self._decide(asset, sent)
        self._has_body = method == "GET" and self._status in (200, 206)

    def _decide(self, asset: Asset, sent: Mapping[str, str]) -> int:
        """Sets what is to be sent; returns the status."""
        if _is_unchanged(asset, sent):
            return 304
        try:
            part = read_range(sent.get("range"), self._size)
        except UnsatisfiableRange:
            self._headers |= {"content-range": f"bytes */{self._size}", "content-length": "0"}
            return 416
        if part is None or not _may_continue(asset, sent.get("if-range")):
            self._headers["content-length"] = str(self._size)
            return 200
        self._start, self._length = part
        last = self._start + self._length - 1
        self._headers |= {
            "content-range": f"bytes {self._start}-{last}/{self._size}",
            "content-length": str(self._length),
        }
        return 206

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [
            (name.encode(), value.encode("latin-1")) for name, value in self._headers.items()
        ]
        start: Any = {"type": "http.response.start", "status": self._status, "headers": headers}
        await send(start)
        if self._has_body:
            await self._send_parts(receive, send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_parts(self, receive: Receive, send: Send) -> None:
        """Sends until the client has gone: the server takes and drops what is sent after that."""
        gone = asyncio.create_task(_disconnected(receive))
        try:
            async with aclosing(self._stream(self._start, self._length)) as parts:  # type: ignore[type-var]
                async for part in parts:
                    if gone.done():
                        return
                    await send({"type": "http.response.body", "body": part, "more_body": True})
        finally:
            gone.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await gone


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _tag(asset: Asset) -> str:
    """What is stored never changes, so the id names its content."""
    return f'"{asset.id}"'


def _described(asset: Asset) -> dict[str, str]:
    mime_type = asset.mime_type or "application/octet-stream"
    headers = {
        "content-type": mime_type,
        "accept-ranges": "bytes",
        "etag": _tag(asset),
        "last-modified": formatdate(int(asset.updated_at), usegmt=True),
        "cache-control": f"public, max-age={MAX_AGE}",
        **HARMLESS,
    }
    if not is_inline(mime_type):
        headers["content-disposition"] = f"attachment; filename*=UTF-8''{quote(asset.filename)}"
    return headers


def _is_unchanged(asset: Asset, sent: Mapping[str, str]) -> bool:
    tags = sent.get("if-none-match")
    if tags is not None:
        known = [tag.strip().removeprefix("W/") for tag in tags.split(",")]
        return "*" in known or _tag(asset) in known
    since = http_date(sent.get("if-modified-since"))
    return since is not None and int(asset.updated_at) <= since


def _may_continue(asset: Asset, condition: str | None) -> bool:
    """Whether a range of what the client has in part is still of the same file."""
    if condition is None or condition == _tag(asset):
        return True
    return http_date(condition) == int(asset.updated_at)
