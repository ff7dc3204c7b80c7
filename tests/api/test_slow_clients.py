"""Clients that hold a connection without using it are cut; nobody else notices them."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from tests.harness.processes import Process

pytestmark = pytest.mark.asyncio(loop_scope="module")
LIMITS = {"HEAD": "1", "BODY": "1", "READ": "1", "IDLE": "1"}
HALF = b"GET /health HTTP/1.1\r\nHost: x\r\n"
WHOLE = HALF + b"\r\n"
POST = (
    b"POST /api/v2/channels/accounts/auth/youtube/callback HTTP/1.1\r\nHost: x\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nAccept-Language: zh-CN\r\n"
)
Address = tuple[str, int]
PATIENCE = 30
"""Seconds within which something happens at all; far above any limit here."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Address]:
    """Host and port of a process that runs `serve` with little patience."""
    folder: Path = tmp_path_factory.mktemp("slow")
    environ = {
        "OPENCHANNELS_SERVER__PORT": "0",
        "OPENCHANNELS_SERVER__LOG_LEVEL": "error",
        "OPENCHANNELS_SANDBOX__MOUNTED": "true",
        **{f"OPENCHANNELS_LIMITS__{name}_SECONDS": value for name, value in LIMITS.items()},
    }
    async with Process(folder, environ=environ) as process:
        parts = urlsplit(process.url)
        yield parts.hostname or "", parts.port or 0


async def opened(served: Address) -> socket.socket:
    """A connection; the test reads it only when it wants to."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.setblocking(False)
    await asyncio.get_running_loop().sock_connect(line, served)
    return line


async def sent(line: socket.socket, data: bytes) -> None:
    await asyncio.get_running_loop().sock_sendall(line, data)


async def received(line: socket.socket) -> bytes:
    """What came until the server ended the connection; fails if it does not."""
    received = b""
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(PATIENCE):
            while more := await asyncio.get_running_loop().sock_recv(line, 65536):
                received += more
    return received


async def until_cut(line: socket.socket) -> bytes:
    with line:
        return await received(line)


async def sending(line: socket.socket, piece: bytes, pause: float) -> bytes:
    """Send a piece again and again until the server ends the connection; what it said."""

    async def send() -> None:
        with contextlib.suppress(OSError):
            while True:
                await sent(line, piece)
                await asyncio.sleep(pause)

    sender = asyncio.create_task(send())
    with line:
        try:
            return await received(line)
        finally:
            # Before the socket is closed: nothing would wake a sender that waits for it then.
            sender.cancel()
            await asyncio.wait({sender})


async def is_served(served: Address) -> bool:
    line = await opened(served)
    await sent(line, b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    return b" 200 OK" in await until_cut(line)


async def silent(served: Address, beginning: bytes) -> bytes:
    line = await opened(served)
    await sent(line, beginning)
    return await until_cut(line)


async def slow(served: Address, beginning: bytes, drop: bytes) -> bytes:
    line = await opened(served)
    await sent(line, beginning)
    return await sending(line, drop, 0.2)


async def endless(served: Address, piece: bytes) -> bytes:
    """A head that comes fast and has no end."""
    line = await opened(served)
    await sent(line, HALF)
    for _ in range(1000):
        try:
            await sent(line, piece)
        except ConnectionError:
            line.close()
            return b""
    return b"64 MiB were taken"


async def unreading(served: Address) -> bytes:
    """The end is seen without reading: one cannot send once the server has reset the line."""
    line = await opened(served)
    try:
        for _ in range(400):
            await sent(line, b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(PATIENCE):
            while True:
                await sent(line, b"\r\n")
                await asyncio.sleep(0.2)
    except ConnectionError:
        return b""
    finally:
        line.close()


CLIENTS: dict[str, Callable[[Address], Awaitable[bytes]]] = {
    "nothing": partial(silent, beginning=b""),
    "half a line": partial(silent, beginning=b"GET /"),
    "half a head": partial(silent, beginning=HALF),
    "a slow head": partial(slow, beginning=HALF, drop=b"X-A: b\r\n"),
    "a slow head after an answer": partial(slow, beginning=WHOLE + HALF, drop=b"X-A: b\r\n"),
    "empty lines": partial(slow, beginning=b"", drop=b"\r\n"),
    "empty lines after an answer": partial(slow, beginning=WHOLE, drop=b"\r\n"),
    "a header without end": partial(endless, piece=b"a" * 65536),
    "headers without end": partial(endless, piece=b"X-A: b\r\n" * 8192),
    "a slow body": partial(slow, beginning=POST + b"Content-Length: 900\r\n\r\n", drop=b"a"),
    "a slow body in chunks": partial(
        slow, beginning=POST + b"Transfer-Encoding: chunked\r\n\r\n", drop=b"1\r\na\r\n"
    ),
    # The sandbox would read a body for as long as it comes.
    "a slow body that is not ours to answer": partial(
        slow,
        beginning=b"POST /sandbox/_faults HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n{",
        drop=b" ",
    ),
    "answers that are not read": unreading,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def said(served: Address) -> dict[str, bytes]:
    """What each client was told until it was cut; all of them try at once."""
    told = await asyncio.gather(*(client(served) for client in CLIENTS.values()))
    return dict(zip(CLIENTS, told, strict=True))


@pytest.mark.parametrize("name", CLIENTS)
async def test_slow_clients_are_cut(said: dict[str, bytes], name: str) -> None:
    answers = said[name].count(b"HTTP/1.1 ")
    assert answers == ("after an answer" in name or name.startswith("a slow body")) - (
        "not ours" in name
    )
    assert said[name].count(b"HTTP/1.1 200") == ("after an answer" in name)


@pytest.mark.parametrize("name", ["a slow body", "a slow body in chunks"])
async def test_a_slow_body_is_answered(said: dict[str, bytes], name: str) -> None:
    top, _, body = said[name].partition(b"\r\n\r\n")
    assert top.startswith(b"HTTP/1.1 408 "), said[name]
    assert b"connection: close" in top.lower()
    envelope = json.loads(body)
    assert (envelope["code"], envelope["message"]) == (408, "请求体发送超时")


async def test_two_hundred_slow_clients_and_one_in_a_hurry(served: Address) -> None:
    lines = [await opened(served) for _ in range(200)]
    for line in lines:
        await sent(line, b"GET /health HTTP/1.1\r\nHost: x\r\n")
    waiting = [asyncio.create_task(until_cut(line)) for line in lines]
    good = 0
    while not all(task.done() for task in waiting):
        good += await is_served(served)
        await asyncio.sleep(0.02)
    assert [task.result() for task in waiting] == [b""] * 200
    assert good > 0


CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


async def test_fields_behind_the_body_are_no_headers(served: Address) -> None:
    line = await opened(served)
    behind = b"0\r\nX-Request-Id: smuggled\r\n\r\n"
    await sent(line, CHUNKED + behind + WHOLE.replace(b"Host", b"Connection: close\r\nHost"))
    answers = await until_cut(line)
    assert answers.count(b" 200 OK") == 2
    assert b"smuggled" not in answers


async def test_fields_behind_the_body_without_end(served: Address) -> None:
    """A head may have so much; an endless name among them would stay in memory otherwise."""
    for field in (b"x: y\r\n", b"x" * 6):
        line = await opened(served)
        await sent(line, CHUNKED + b"4\r\na=b&\r\n0\r\n")
        answer = await sending(line, field * 10_000, 0.0)
        assert b" 431 " in answer or answer == b""
    assert await is_served(served)


async def test_a_body_in_small_pieces_is_no_head(served: Address) -> None:
    line, piece = await opened(served), b"40\r\n" + b"a" * 64 + b"\r\n"
    end = b"0\r\n\r\n" + WHOLE.replace(b"Host", b"Connection: close\r\nHost")
    # An operation, because a callback reads no form of this size.
    operation = CHUNKED.replace(b"/auth/youtube/callback", b"")
    await sent(line, operation + piece * 12_000 + end)
    assert (await until_cut(line)).count(b" 200 OK") == 2
