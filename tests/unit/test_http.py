"""The client of the platforms, over real sockets."""

import asyncio

import pytest

from openchannels.transport.client import Call, HttpClient, TransportError

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
