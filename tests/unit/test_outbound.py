"""Posting to addresses that users give, over real sockets of this machine."""

import asyncio
import contextlib
import datetime
import ssl
from collections.abc import AsyncIterator, Callable
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from openchannels.core.webhooks import WebhookTransport, WebhookTransportError
from openchannels.transport.webhook_client import WebhookClient

LOCAL = (ip_network("127.0.0.0/8"),)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Receiver:
    """Answers every request with the same bytes and keeps what it was sent."""

    def __init__(self, answer: bytes, more: bytes = b"") -> None:
        self.answer, self.more = answer, more
        self.requests: list[bytes] = []
        self.port = 0
        self.sent = 0
        self.left = asyncio.Event()
        """Set once the client has left a connection, or has all of its answer."""

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            self.requests.append(head + await reader.read(2))
            writer.write(self.answer)
            await writer.drain()
            while self.more:
                writer.write(self.more)
                await writer.drain()
                self.sent += len(self.more)
        writer.close()
        self.left.set()

    @contextlib.asynccontextmanager
    async def listening(self, tls: ssl.SSLContext | None = None) -> AsyncIterator["Receiver"]:
        server = await asyncio.start_server(self.take, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()


@pytest.fixture
async def client() -> AsyncIterator[WebhookClient]:
    made = WebhookClient(LOCAL)
    yield made
    await made.close()


async def failure(client: WebhookTransport, url: str, seconds: float = 5.0) -> str:
    with pytest.raises(WebhookTransportError) as failed:
        await client.post(url, {}, b"{}", seconds)
    assert "127" not in str(failed.value)
    assert "secret" not in str(failed.value)
    return failed.value.category


async def test_a_post_and_its_answer(client: WebhookTransport) -> None:
    async with Receiver(OK).listening() as there:
        for _ in range(2):
            answer = await client.post(
                f"http://127.0.0.1:{there.port}/a?b=c", {"webhook-id": "1"}, b"{}", 5
            )
            assert answer == 200
    head = there.requests[0].lower()
    assert head.startswith(b"post /a?b=c http/1.1\r\n")
    assert head.endswith(b"\r\n\r\n{}")
    for line in (b"webhook-id: 1", b"accept-encoding: identity", b"user-agent: openchannels"):
        assert line in head
    assert b"cookie" not in head


async def test_neither_redirects_nor_cookies_nor_proxies(
    client: WebhookTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Receiver(OK).listening() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        away = f"Location: http://127.0.0.1:{proxy.port}/\r\nSet-Cookie: a=b\r\n"
        answer = f"HTTP/1.1 307 Elsewhere\r\n{away}Content-Length: 0\r\n\r\n".encode()
        async with Receiver(answer).listening() as there:
            for _ in range(2):
                url = f"http://127.0.0.1:{there.port}/"
                assert await client.post(url, {}, b"{}", 5) == 307
        assert len(there.requests) == 2
        assert b"cookie" not in there.requests[1].lower()
    assert proxy.requests == []


async def test_no_text_of_an_answer_is_waited_for(client: WebhookTransport) -> None:
    line = b"word" * 4000
    endless = Receiver(b"HTTP/1.1 500 No\r\nContent-Length: 99999999999\r\n\r\n", line)
    async with endless.listening() as there:
        answer = await client.post(f"http://127.0.0.1:{there.port}/", {}, b"{}", 20)
        await there.left.wait()
    assert answer == 500
    # It is what the system's buffers took.
    assert endless.sent < 50_000_000


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"])
async def test_a_deadline_for_all_of_it(client: WebhookTransport, answer: bytes) -> None:
    class Silent(Receiver):
        async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(answer)
            await tried.wait()
            writer.close()

    tried = asyncio.Event()
    async with Silent(answer).listening() as there:
        assert await failure(client, f"http://127.0.0.1:{there.port}/secret", 0.3) == "timeout"
        tried.set()


async def test_addresses_of_one_host_do_not_wait_for_each_other(client: WebhookTransport) -> None:
    """A receiver is not blamed for the time that a call waits on our side."""

    class Slow(Receiver):
        async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            waiting.append(writer)
            if len(waiting) == crowd:
                everybody.set()
            await everybody.wait()
            await super().take(reader, writer)

    crowd, everybody = 40, asyncio.Event()
    waiting: list[asyncio.StreamWriter] = []
    async with Slow(OK).listening() as there:
        calls = (
            client.post(f"http://127.0.0.1:{there.port}/{n}", {}, b"{}", 10) for n in range(crowd)
        )
        answers = await asyncio.gather(*calls)
    assert set(answers) == {200}


async def test_no_one_there_and_nonsense(client: WebhookTransport) -> None:
    async with Receiver(b"nonsense\r\n\r\n").listening() as there:
        url = f"http://127.0.0.1:{there.port}/secret"
        assert await failure(client, url) == "network"
    assert await failure(client, url) == "network"


async def test_unproved_certificates_are_refused(client: WebhookTransport, tmp_path: Path) -> None:
    async with Receiver(OK).listening(self_signed(tmp_path)) as there:
        assert await failure(client, f"https://127.0.0.1:{there.port}/secret") == "tls"
    assert there.requests == []


def resolving(*addresses: str) -> Callable[[str, int, int], list[tuple[int, str]]]:
    return lambda _host, _port, _family: [(2 if ":" not in one else 10, one) for one in addresses]


@pytest.mark.parametrize(
    ("url", "found", "allowed"),
    [
        ("https://hooks.example/secret", ("127.0.0.1",), ()),
        ("https://hooks.example/secret", ("10.0.0.1", "::1", "fe80::1%lo"), LOCAL),
        # By http to the networks allowed only, even where the address is public.
        ("http://hooks.example/secret", ("192.0.43.7",), LOCAL),
        ("http://hooks.example/secret", ("127.0.0.1",), ()),
        ("https://127.0.0.1/secret", (), ()),
        ("https://[::1]/secret", (), LOCAL),
    ],
)
async def test_refused_addresses(url: str, found: tuple[str, ...], allowed: tuple[()]) -> None:
    client = WebhookClient(allowed, resolving(*found))
    assert await failure(client, url) == "address_refused"
    await client.close()


async def test_a_name_may_lead_to_an_allowed_network() -> None:
    client = WebhookClient(LOCAL, resolving("127.0.0.1"))
    async with Receiver(OK).listening() as there:
        answer = await client.post(f"http://hooks.example:{there.port}/", {}, b"{}", 5)
    assert answer == 200
    assert f"host: hooks.example:{there.port}".encode() in there.requests[0].lower()
    await client.close()


async def test_names_that_do_not_resolve() -> None:
    def unknown(_host: str, _port: int, _family: int) -> list[tuple[int, str]]:
        raise OSError("no such name")

    for resolve in (unknown, resolving()):
        client = WebhookClient((), resolve)
        assert await failure(client, "https://hooks.example/secret") == "network"
        await client.close()


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context
