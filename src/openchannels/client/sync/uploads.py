"""Sends a file to a signed address: in parts where the address takes them, else at once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any

from openchannels.client.address import leaves_machine
from openchannels.client.errors import ConnectionFailed
from openchannels.client.models import SignedUpload

if TYPE_CHECKING:
    import httpx2

CHUNK = 8 * 1024 * 1024
READ = 256 * 1024
TRIES = 5
"""Attempts in a row at one part of a file."""
PAUSE = 0.1
"""Seconds before the first of them; the pause doubles."""
COMPLETE, INCOMPLETE = 200, 308


def send_file(signed: SignedUpload, content: IO[bytes], size: int, timeout: float) -> None:
    """Sends a file of `size` bytes; `timeout` is in seconds. Raises ConnectionFailed."""
    import httpx2

    url = signed.upload_url
    if url is None:
        raise ConnectionFailed("the service gives no address for the file", retryable=False)
    with httpx2.Client(timeout=timeout, trust_env=leaves_machine(url)) as http:
        if signed.resumable:
            _send_parts(http, url, content, size)
        else:
            _send_whole(http, url, content, size)


def _send_parts(http: httpx2.Client, url: str, content: IO[bytes], size: int) -> None:
    """Sends ranges until all is there; after a failure it asks how much has arrived."""
    at, failures = 0, 0
    while True:
        last = min(at + CHUNK, size) - 1
        headers = {"Content-Range": f"bytes {at}-{last}/{size}"}
        content.seek(at)
        try:
            reached = _position(_put(http, url, content.read(last + 1 - at), headers))
        except ConnectionFailed:
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
    except ConnectionFailed:
        return known


def _position(answer: httpx2.Response) -> int | None:
    """Returns where to go on; None once all is there. Raises ConnectionFailed."""
    if answer.status_code == COMPLETE:
        return None
    if answer.status_code != INCOMPLETE:
        raise ConnectionFailed(f"the upload was answered with HTTP {answer.status_code}")
    _, _, last = answer.headers.get("range", "").partition("-")
    return int(last) + 1 if last.isdigit() else 0


def _send_whole(http: httpx2.Client, url: str, content: IO[bytes], size: int) -> None:
    content.seek(0)
    answer = _put(http, url, _blocks(content), {"Content-Length": str(size)})
    if answer.status_code != COMPLETE:
        raise ConnectionFailed(f"the upload was answered with HTTP {answer.status_code}")


def _blocks(content: IO[bytes]) -> Iterator[bytes]:
    while block := content.read(READ):
        yield block


def _put(
    http: httpx2.Client, url: str, content: Any, headers: Mapping[str, str]
) -> httpx2.Response:
    import httpx2

    try:
        return http.put(url, content=content, headers=dict(headers))
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        failure = ConnectionFailed(f"{type(error).__name__}: {error}")
    # Raised outside of the handler: the library's exception holds the address with its token.
    raise failure
