"""Assets: the client's methods, and uploads that go on after a cut."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlsplit

import httpx2

from openchannels.client.errors import TransportError
from openchannels.client.webhooks import Caller

ASSETS = "/api/assets"
CHUNK = 8 * 1024 * 1024
READ = 256 * 1024
TRIES = 5
"""Attempts in a row at one part of a file."""
PAUSE = 0.1
"""Seconds before the first of them; the pause doubles."""
COMPLETE, INCOMPLETE = 200, 308
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class SignedUpload:
    """A new asset and the address that takes its file; `resumable` addresses take ranges."""

    id: str
    path: str
    url: str
    upload_url: str = field(repr=False)
    resumable: bool = False


@dataclass(frozen=True, slots=True)
class Asset:
    """An uploaded file; `metadata` was read from its bytes."""

    id: str
    user_id: str
    user_type: str
    path: str
    url: str
    type: str
    status: str
    filename: str
    created_at: datetime
    updated_at: datetime
    size: int | None = None
    mime_type: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AssetPage:
    """A page of assets, newest first; the last has no `next_cursor`."""

    list: tuple[Asset, ...] = ()
    next_cursor: str | None = None


class Assets:
    """`client.assets`: every method raises ApiError and TransportError."""

    def __init__(self, call: Caller, timeout: float) -> None:
        self._call, self._timeout = call, timeout

    def upload(self, path: str | Path, *, type: str = "temp", filename: str | None = None) -> Asset:
        """Uploads a file and confirms it; `type` says what it is for.

        Where the service takes the file itself, it is sent in parts, and each is tried again
        after a cut; a bucket gets it in one request.
        """
        file = Path(path)
        with file.open("rb") as content:
            size = content.seek(0, 2)
            signed = self.sign(filename or file.name, type=type, size=size)
            with httpx2.Client(timeout=self._timeout, trust_env=_leaves(signed.upload_url)) as http:
                if signed.resumable:
                    _send_parts(http, signed.upload_url, content, size)
                else:
                    _send_whole(http, signed.upload_url, content, size)
        return self.confirm(signed.id)

    def sign(self, filename: str, *, type: str = "temp", size: int | None = None) -> SignedUpload:
        """Makes an asset and an address to which its file is to be sent by PUT."""
        body = {"filename": filename, "type": type, "size": size}
        sent = {name: value for name, value in body.items() if value is not None}
        return self._call(SignedUpload, "POST", f"{ASSETS}/uploadSign", json=sent)

    def confirm(self, asset_id: str) -> Asset:
        """Makes an uploaded file readable at its `url`."""
        return self._call(Asset, "POST", f"{_path(asset_id)}/confirm")

    def get(self, asset_id: str) -> Asset:
        return self._call(Asset, "GET", _path(asset_id))

    def list(
        self,
        *,
        type: str | None = None,
        status: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AssetPage:
        query = {"type": type, "status": status, "limit": limit, "cursor": cursor}
        sent = {name: value for name, value in query.items() if value is not None}
        return self._call(AssetPage, "GET", ASSETS, params=sent)

    def delete(self, asset_id: str) -> None:
        """Deletes an asset and its file."""
        self._call(bool, "DELETE", _path(asset_id))


def _send_parts(http: httpx2.Client, url: str, content: IO[bytes], size: int) -> None:
    """Sends ranges until all is there; after a failure it asks how much has arrived."""
    at, failures = 0, 0
    while True:
        last = min(at + CHUNK, size) - 1
        headers = {"Content-Range": f"bytes {at}-{last}/{size}"}
        content.seek(at)
        try:
            reached = _position(_put(http, url, content.read(last + 1 - at), headers))
        except TransportError:
            failures += 1
            if failures == TRIES:
                raise
            time.sleep(PAUSE * 2**failures)
            reached = _ask(http, url, size, at)
        if reached is None:
            return
        failures = 0 if reached > at else failures
        at = reached


def _ask(http: httpx2.Client, url: str, size: int, known: int) -> int | None:
    try:
        return _position(_put(http, url, b"", {"Content-Range": f"bytes */{size}"}))
    except TransportError:
        return known


def _position(answer: httpx2.Response) -> int | None:
    """Returns where to go on; None once all is there. Raises TransportError."""
    if answer.status_code == COMPLETE:
        return None
    if answer.status_code != INCOMPLETE:
        raise TransportError(f"the upload was answered with HTTP {answer.status_code}")
    _, _, last = answer.headers.get("range", "").partition("-")
    return int(last) + 1 if last.isdigit() else 0


def _send_whole(http: httpx2.Client, url: str, content: IO[bytes], size: int) -> None:
    content.seek(0)
    parts: Iterator[bytes] = iter(lambda: content.read(READ), b"")
    answer = _put(http, url, parts, {"Content-Length": str(size)})
    if answer.status_code != COMPLETE:
        raise TransportError(f"the upload was answered with HTTP {answer.status_code}")


def _put(http: httpx2.Client, url: str, content: Any, headers: Mapping[str, str]) -> Any:
    try:
        return http.put(url, content=content, headers=dict(headers))
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        failure = TransportError(f"{type(error).__name__}: {error}")
    # Raised outside of the handler: the library's exception holds the address with its token.
    raise failure


def _leaves(url: str) -> bool:
    """Whether an address is not of this machine, which no proxy could reach."""
    return urlsplit(url).hostname not in LOOPBACK


def _path(asset_id: str) -> str:
    return f"{ASSETS}/{quote(asset_id, safe='')}"
