"""Where a client connects to, and that its key is seen nowhere."""

import http.server
import logging
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from openchannels.client import (
    AuthenticationError,
    Client,
    ClientError,
    ConfigurationError,
    ConnectionFailed,
)
from openchannels.client.address import KEY_VARIABLE, URL_VARIABLE
from openchannels.settings import load_settings
from openchannels.settings.loading import CLIENT_VARIABLES
from tests.client.both import BothClients, settled
from tests.client.stub import Answer, Received, Stub
from tests.harness.service import Service

Open = Callable[..., BothClients]
SECRET = "oc_" + "S" * 43


@pytest.mark.parametrize("path", ["", "/", "/api", "/api/v2/", "/api/v2/channels", "/sub/api/v2"])
async def test_both_forms_of_the_address(path: str, open_client: Open, stub: Stub) -> None:
    await settled(open_client(stub.url + path, "oc_x").groups.list())
    prefix = "/sub" if path.startswith("/sub") else ""
    assert stub.calls[0].path == f"{prefix}/api/v2/channels/account-groups"


@pytest.mark.parametrize(
    "address",
    ["", "127.0.0.1:8080", "ftp://h", "http://", "http://[", "http://h?a=b", "http://h#a"],
)
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(ConfigurationError, match="address") as refused:
        Client(address, "oc_x")
    assert isinstance(refused.value, ValueError)


async def test_address_and_key_of_the_environment(
    open_client: Open, hosted: Service, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = type(open_client(hosted.url, key))
    for name, value in ((URL_VARIABLE, hosted.url), (KEY_VARIABLE, key)):
        with pytest.raises(ConfigurationError, match=name):
            kind.from_env()
        monkeypatch.setenv(name, value)
    client = kind.from_env(timeout=60)
    assert await settled(client.groups.list())
    await settled(client.aclose() if hasattr(client, "aclose") else client.close())


def test_a_service_may_run_where_a_client_is_configured(tmp_path: Path) -> None:
    assert {URL_VARIABLE, KEY_VARIABLE} == CLIENT_VARIABLES
    environ = {URL_VARIABLE: "http://127.0.0.1:8080", KEY_VARIABLE: SECRET}
    assert load_settings(data_dir=tmp_path, environ=environ).data_dir == tmp_path


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy that answers itself, and the addresses that it was asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = b'{"code": 0, "message": "ok", "data": []}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


async def test_proxies_of_the_environment(
    open_client: Open,
    stub: Stub,
    proxy: tuple[str, list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They lead to other machines, and cannot to this one."""
    address, asked = proxy
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, address)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    await settled(open_client(stub.url, "oc_x").groups.list())
    assert (len(stub.calls), asked) == (1, [])
    assert await settled(open_client("http://far.example", "oc_x").groups.list()) == ()
    assert asked == ["http://far.example/api/v2/channels/account-groups"]


@pytest.mark.parametrize("key", [f"{SECRET}\n", f"  {SECRET}", f"\t{SECRET}\r\n"])
async def test_white_space_around_the_key_is_no_part_of_it(
    key: str, open_client: Open, stub: Stub
) -> None:
    await settled(open_client(stub.url, key).groups.list())
    assert stub.calls[0].headers["x-api-key"] == SECRET


@pytest.mark.parametrize(
    "key", ["", " ", f"{SECRET}\nX: y", f"{SECRET} x", f"{SECRET}\x00", f"é{SECRET}"]
)
def test_a_key_that_is_none_is_refused_unseen(key: str) -> None:
    with pytest.raises(ConfigurationError, match="API key") as refused:
        Client("http://127.0.0.1:1", key)
    assert SECRET not in everything_about(refused.value)


async def test_nothing_shows_the_key(
    open_client: Open, stub: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor the name and password of an address."""
    caplog.set_level(logging.DEBUG)
    private = stub.url.replace("//", "//user:pass-word@")
    client = open_client(private, f"{SECRET}\n", max_retries=0)
    parts = [client, *vars(client).values(), *vars(client._connection).values()]
    shown = "".join(map(repr, parts))
    stub.answer = broken_off
    for call in (client.groups.list, client.platforms.list, client.accounts.list):
        with pytest.raises(ClientError) as failed:
            await settled(call())
        shown += everything_about(failed.value)
    with pytest.raises(ConnectionFailed) as failed:
        await settled(open_client("http://127.0.0.1:1", SECRET, max_retries=0).groups.list())
    shown += everything_about(failed.value) + caplog.text
    assert SECRET not in shown
    assert "pass-word" not in shown
    assert stub.calls[0].headers["authorization"] == "Basic dXNlcjpwYXNzLXdvcmQ="


def broken_off(request: Received) -> Answer:
    """No answer, half of one, or a page that repeats what was sent."""
    if request.path.endswith("groups"):
        return Answer(sent=-1)
    if request.path.endswith("platforms"):
        return Answer({"code": 0, "message": "ok", "data": []}, sent=0.5)
    return Answer(f"<p>{request.headers}</p>", 500)


def everything_about(error: BaseException) -> str:
    """The traceback, and the attributes of all exceptions in the chain and of their requests."""
    shown = traceback.format_exception(error)
    chained: BaseException | None = error
    while chained is not None:
        shown.append(repr(vars(chained)))
        request = getattr(chained, "_request", None)
        shown.append(repr(getattr(request, "headers", None)))
        chained = chained.__cause__ or chained.__context__
    return "".join(shown)


def test_one_client_for_many_threads(hosted: Service, key: str) -> None:
    accounts = [hosted.account("youtube", f"thread{number}") for number in range(4)]
    start = threading.Barrier(8)

    def read(thread: int) -> set[str]:
        account_id = accounts[thread % 4]
        start.wait()
        found = set()
        for _ in range(6):
            found.add(client.accounts.get(account_id).id)
            found.add(str(client.works.list("youtube", account_id, limit=1).platform))
            with pytest.raises(ClientError):
                client.accounts.get(f"unknown{thread}")
        return found

    with Client(hosted.url, key) as client, ThreadPoolExecutor(8) as threads:
        found = [*threads.map(read, range(8))]
    assert found == [{accounts[thread % 4], "youtube"} for thread in range(8)]


async def test_a_refused_key(open_client: Open, hosted: Service) -> None:
    with pytest.raises(AuthenticationError) as refused:
        await settled(open_client(hosted.url, SECRET).groups.list())
    assert SECRET not in everything_about(refused.value)
