"""A host that stands before the sandbox and is hostile to some.

A call with the token `hostile-<form>` is answered in that form, every other one by the sandbox
behind. `/_forms` names the forms. `python -m tests.soak.front SANDBOX` prints its address.
"""

import asyncio
import json
import sys
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
from aiohttp import web

from openchannels.server.serve import run_async

TOKEN = "hostile-"
PIECE = 64 * 1024
PAUSE = 0.002
"""After each piece: 30 MB/s, and others are served meanwhile."""
GIGABYTES = 2 * 1024**3
ITEMS = 1_000_000
FOR_EVER = 3600
JSON = {"Content-Type": "application/json"}

Form = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def listing(items: str) -> bytes:
    """An answer that reads as a page of works on several platforms."""
    return f'{{"items":{items},"data":{{"videos":{items},"has_more":true}}}}'.encode()


def plain(body: bytes, **headers: str) -> Form:
    async def answer(_request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=body, headers={**JSON, **headers})

    return answer


def status(number: int, **headers: str) -> Form:
    async def answer(_request: web.BaseRequest) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=number, body=b"{}", headers={**JSON, **named})

    return answer


def streamed(pieces: Callable[[], AsyncIterator[bytes]], **headers: str) -> Form:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = web.StreamResponse(headers={**JSON, **named})
        await response.prepare(request)
        async for piece in pieces():
            await response.write(piece)
            await asyncio.sleep(PAUSE)
        return response

    return answer


async def drained(transport: asyncio.WriteTransport) -> None:
    """Wait until the other side has taken most of what was written, or has gone."""
    await asyncio.sleep(PAUSE)
    # Flow control belongs to the protocol, which knows nothing of what is written here.
    while transport.get_write_buffer_size() > PIECE and not transport.is_closing():  # noqa: ASYNC110
        await asyncio.sleep(PAUSE)


def raw(pieces: Callable[[], AsyncIterator[bytes]]) -> Form:
    """What goes below HTTP: the bytes as they are, then the connection is cut."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        transport = request.transport
        async for piece in pieces():
            if transport is None or transport.is_closing():
                break
            transport.write(piece)
            await drained(transport)
        if transport is not None:
            transport.abort()
        return web.Response()

    return answer


async def gigabytes() -> AsyncIterator[bytes]:
    for _ in range(GIGABYTES // PIECE):
        yield b" " * PIECE


async def endless() -> AsyncIterator[bytes]:
    yield b'{"items":['
    while True:
        yield b'{"id":"1"},' * 6000


def bomb(block: bytes) -> Callable[[], AsyncIterator[bytes]]:
    """Two gigabytes in gzip, from one compressed block that may be repeated."""
    packer = zlib.compressobj(9, wbits=31)
    head = packer.compress(b'{"items":[') + packer.flush(zlib.Z_FULL_FLUSH)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)

    async def pieces() -> AsyncIterator[bytes]:
        yield head + packed
        for _ in range(GIGABYTES // len(block)):
            yield packed

    return pieces


async def trickle() -> AsyncIterator[bytes]:
    for letter in listing("[]") * FOR_EVER:
        yield bytes([letter])
        await asyncio.sleep(1)


async def slow_head() -> AsyncIterator[bytes]:
    for letter in b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" * FOR_EVER:
        yield bytes([letter])
        await asyncio.sleep(1)


async def silence() -> AsyncIterator[bytes]:
    await asyncio.sleep(FOR_EVER)
    yield b""


async def nothing() -> AsyncIterator[bytes]:
    return
    yield b""


async def hints() -> AsyncIterator[bytes]:
    while True:
        yield b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100


async def long_head() -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nX-Long: "
    while True:
        yield b"x" * PIECE


async def many_headers() -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    more = b"".join(b"X-%d: y\r\n" % number for number in range(1000))
    while True:
        yield more


def forms() -> dict[str, Form]:
    """Every form by its name; some hold megabytes."""
    return {
        "two_gigabytes": streamed(gigabytes, Content_Length=str(GIGABYTES)),
        "endless": streamed(endless),
        "gzip_bomb": streamed(bomb(b"0," * (8 << 20)), Content_Encoding="gzip"),
        "gzip_of_blanks": streamed(bomb(b" " * (32 << 20)), Content_Encoding="gzip"),
        "byte_by_byte": streamed(trickle),
        "head_byte_by_byte": raw(slow_head),
        "silence": raw(silence),
        "cut": raw(nothing),
        "endless_hints": raw(hints),
        "endless_header": raw(long_head),
        "endless_headers": raw(many_headers),
        "redirects": status(302, Location="/www.googleapis.com/again"),
        "html": plain(b"<!doctype html><title>Sign in</title>" * 1000),
        "html_of_megabytes": plain(b"<p>Sign in</p>" * 250_000),
        "wrong_charset": plain('{"items":[{"id":"caf\u00e9"}]}'.encode("latin-1")),
        "other_charset": plain(listing("[]").decode().encode("utf-16")),
        "million_items": plain(b'{"items":[' + b",".join([b"{}"] * ITEMS) + b"]}"),
        "million_works": plain(listing("[" + ",".join(['{"id":"1"}'] * ITEMS) + "]")),
        "million_numbers": plain(b'{"items":[' + b",".join([b"1"] * ITEMS) + b"]}"),
        "thousands_of_items": plain(listing("[" + ",".join(['{"id":"1"}'] * 20_000) + "]")),
        "nan": plain(listing('[{"id":"1","statistics":{"viewCount":NaN},"view_count":NaN}]')),
        "infinity": plain(listing('[{"id":"1","view_count":1e999,"like_count":-1e999}]')),
        "long_number": plain(listing('[{"id":"1","view_count":' + "9" * 1_000_000 + "}]")),
        "duplicate_keys": plain(listing('[{"id":"1","id":"2","id":null}]')),
        "deep": plain(b'{"items":' + b"[" * 40_000 + b"]" * 40_000 + b"}"),
        "very_deep": plain(b'{"items":' + b"[" * ITEMS + b"]" * ITEMS + b"}"),
        "long_text": plain(json.dumps({"items": [{"id": "\U0001f980" + "a" * 3_900_000}]},
                                      ensure_ascii=False).encode()),
        "half_a_character": plain(json.dumps({"items": [{"id": "\ud800" * 150_000}]}).encode()),
        "absurd_wait": status(429, Retry_After="9" * 300),
        "no_number": status(503, Retry_After="\u00b2"),
    }  # fmt: skip


class Front:
    """The server: what it was asked, and the way to the sandbox."""

    def __init__(self, sandbox: str) -> None:
        self._sandbox = sandbox
        self._forms = forms()
        self._http: aiohttp.ClientSession | None = None

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/_forms":
            return web.json_response(list(self._forms))
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token.startswith(TOKEN):
            return await self._pass_on(request)
        return await self._forms[token.removeprefix(TOKEN)](request)

    async def _pass_on(self, request: web.BaseRequest) -> web.StreamResponse:
        if self._http is None:
            connector = aiohttp.TCPConnector(limit=0)
            self._http = aiohttp.ClientSession(connector=connector, auto_decompress=False)
        kept = {name: v for name, v in request.headers.items() if name.lower() != "host"}
        async with self._http.request(
            request.method, self._sandbox + request.raw_path, headers=kept,
            data=await request.read(), allow_redirects=False,
        ) as answer:  # fmt: skip
            dropped = ("content-length", "transfer-encoding", "connection", "date", "server")
            told = {n: v for n, v in answer.headers.items() if n.lower() not in dropped}
            return web.Response(status=answer.status, body=await answer.read(), headers=told)


async def serve(sandbox: str) -> None:
    """Stand before a sandbox for good; prints the address."""
    runner = web.ServerRunner(web.Server(Front(sandbox).handle), handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    run_async(serve(sys.argv[1]))
