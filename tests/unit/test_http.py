"""The client of the platforms, over real sockets."""

import asyncio
import contextlib
import json

import pytest

from openchannels.connectors.base.multipart import multipart_stream
from openchannels.transport.client import Answer, Call, HttpClient, TransportError
from tests.connectors.publishing import FakeFile

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer once, keep the connection, and close it when it is used again."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(OK)
    await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def test_what_must_not_be_lost_goes_over_a_connection_of_its_own() -> None:
    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    client = HttpClient()
    try:
        assert (await client(Call("POST", url))).status == 200
        with pytest.raises(TransportError, match="network"):
            await client(Call("POST", url))
        for _ in range(2):
            assert (await client(Call("POST", url))).status == 200
            assert (await client(Call("POST", url, fresh=True))).status == 200
            with pytest.raises(TransportError, match="network"):
                await client(Call("POST", url))
    finally:
        await client.close()
        server.close()


@pytest.mark.parametrize("method", ["DELETE", "PUT"])
async def test_what_is_sent_once_is_not_sent_again_by_the_library(method: str) -> None:
    received = 0

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal received
        await reader.readuntil(b"\r\n\r\n")
        received += 1
        writer.close()

    server = await asyncio.start_server(cut, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    client = HttpClient()
    try:
        with pytest.raises(TransportError) as lost:
            await client(Call(method, address, once=True))
        assert (lost.value.category, lost.value.sent, received) == ("network", True, 1)
    finally:
        await client.close()
        server.close()
    with pytest.raises(TransportError) as refused:
        await client(Call(method, address, once=True))
    await client.close()
    assert refused.value.sent is False


async def test_the_head_of_an_endless_answer_is_read_without_its_body() -> None:
    async def stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: https://x.example/\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b"x" * 65_536)
                await writer.drain()
        closed.set()

    closed = asyncio.Event()
    server = await asyncio.start_server(stream, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    client = HttpClient(max_body=1)
    try:
        answer = await client(Call("GET", url, head_only=True))
        assert (answer.status, answer.headers["location"]) == (302, "https://x.example/")
        assert answer.body == b""
        await asyncio.wait_for(closed.wait(), 60)
    finally:
        await client.close()
        server.close()


async def test_bodies_are_sent_with_their_length() -> None:
    """A file that is streamed as well as no body at all: stores of files refuse chunks."""

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        got.append(("transfer-encoding" in head, await reader.readexactly(length)))
        writer.write(OK)
        writer.close()

    got: list[tuple[bool, bytes]] = []
    server = await asyncio.start_server(keep, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    client, file = HttpClient(), FakeFile(size=100_000)
    form = multipart_stream({"key": "a"}, "file", file, piece=30_000)
    try:
        for call in (Call("POST", url, **form), Call("PUT", url, body=b"")):
            assert (await client(call)).status == 200
    finally:
        await client.close()
        server.close()
    assert [chunked for chunked, _ in got] == [False, False]
    assert [length for _, length in file.reads] == [30_000, 30_000, 30_000, 10_000]
    assert got[0][1].count(b"\0") == 100_000
    assert got[0][1].endswith(b"--\r\n")
    assert got[1][1] == b""


def test_texts_of_an_answer_can_be_encoded() -> None:
    body = rb'{"id": "\ud83d\ude00 \ud800", "\udfff": ["\ud800", {"a": 1.5}], "none": null}'
    value = Answer(200, {}, body).json()
    assert value == {"id": "\U0001f600 ?", "?": ["?", {"a": 1.5}], "none": None}
    assert json.dumps(value, ensure_ascii=False).encode()
