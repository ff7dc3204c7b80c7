"""Asks whether a host answers over HTTP, for checks of an installation; nothing is sent to it."""

import asyncio
import os
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openchannels.core.clock import http_date

if TYPE_CHECKING:
    import aiohttp

SECONDS = 5.0
SHORT = 64


@dataclass(frozen=True, slots=True)
class Reached:
    """What came of asking an address.

    `problem` is why there was no answer: `dns`, `timeout`, or the system's or OpenSSL's words.
    `ahead` is by how many seconds this machine's clock is ahead of the answer's date, which has
    whole seconds. `certificate_end` is in Unix seconds. `body` are its first bytes.
    """

    status: int | None = None
    problem: str | None = None
    ahead: float | None = None
    certificate_end: float | None = None
    body: bytes = b""


async def reach(url: str, proxy: str | None = None) -> Reached:
    """Asks once, by DNS and TLS as any client would; follows no redirect."""
    import aiohttp

    session = aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, auto_decompress=False
    )
    try:
        async with asyncio.timeout(SECONDS), session:
            return await _ask(session, url, proxy)
    except TimeoutError:
        return Reached(problem="timeout")
    except aiohttp.ClientConnectorDNSError:
        return Reached(problem="dns")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Reached(problem=_words(error))


async def _ask(session: "aiohttp.ClientSession", url: str, proxy: str | None) -> Reached:
    began = time.time()
    headers = {"User-Agent": "openchannels", "Accept-Encoding": "identity"}
    async with session.get(url, proxy=proxy, headers=headers, allow_redirects=False) as answer:
        middle = (began + time.time()) / 2
        end = _certificate_end(answer)
        body = await answer.content.read(SHORT)
        return Reached(answer.status, None, _ahead(answer.headers.get("Date"), middle), end, body)


def _ahead(date: str | None, now: float) -> float | None:
    told = http_date(date)
    return None if told is None else now - told


def _certificate_end(answer: "aiohttp.ClientResponse") -> float | None:
    transport = answer.connection.transport if answer.connection is not None else None
    certificate = None if transport is None else transport.get_extra_info("peercert")
    end = (certificate or {}).get("notAfter")
    return None if end is None else float(ssl.cert_time_to_seconds(end))


def _words(error: Exception) -> str:
    """The cause in the system's words, without addresses: that of a proxy may hold a password."""
    cause = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    if words := getattr(cause, "verify_message", None):
        return str(words)
    number = getattr(cause, "errno", None)
    return os.strerror(number) if number and number > 0 else type(cause).__name__
