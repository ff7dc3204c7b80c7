"""Who may speak to the MCP server over HTTP, and how much."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from openchannels.api.app import OPERATIONS
from openchannels.api.bounds import MAX_BODY
from openchannels.api.endpoint import OPERATION
from openchannels.client.in_process import in_process_client
from openchannels.mcp.tools import TOOLS
from tests.api.test_bounds import caches
from tests.docs.render import camel
from tests.harness.asgi import Sent, ask
from tests.harness.service import Service, running_service
from tests.harness.stores import sqlite_store
from tests.harness.waiting import PATIENCE
from tests.mcp.agents import PATHS
from tests.mcp.conftest import ON
from tests.soak.stranger_forms import letters

METADATA = "/.well-known/oauth-protected-resource"
ACCEPT = {"accept": "application/json, text/event-stream"}
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Two messages a minute, an authorization server, and a public address that is not this one."""
    folder = tmp_path_factory.mktemp("strict")
    environ = {
        **ON,
        "OPENCHANNELS_LIMITS__MCP_PER_MINUTE": "2",
        "OPENCHANNELS_MCP__AUTHORIZATION_SERVER": "https://app.example.com",
        "OPENCHANNELS_SERVER__TRUSTED_PROXIES": "127.0.0.0/8",
    }
    store, public_url = sqlite_store(folder / "openchannels.db"), "https://channels.example.com"
    with running_service(store, folder, environ=environ, public_url=public_url) as service:
        yield service


def posted(service: Service, path: str = PATHS[0], **headers: str) -> httpx2.Response:
    return service.client().post(path, json=LIST, headers={**ACCEPT, **headers})


@pytest.mark.parametrize("path", PATHS)
def test_only_a_valid_key_is_answered(service: Service, reader: str, path: str) -> None:
    other = service.key_of("bolt").key
    for headers in (
        {},
        {"X-Api-Key": "oc_unknown"},
        {"Authorization": "Bearer oc_unknown"},
        {"Authorization": f"Basic {reader}"},
        {"Authorization": f"Bearer {other}", "X-Api-Key": reader},
    ):
        refused = posted(service, path, **headers)
        assert (refused.status_code, refused.json()["code"]) == (401, 401)
        assert refused.headers["www-authenticate"] == 'Bearer realm="openchannels"'
    for headers in ({"X-Api-Key": reader}, {"Authorization": f"bearer {reader}"}):
        assert posted(service, path, **headers).json()["result"]["tools"]


def test_there_are_no_streams_and_sessions(service: Service, reader: str) -> None:
    client = service.client(reader)
    for path in PATHS:
        for answer in (client.get(path), client.delete(path)):
            assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_pages_of_other_origins_are_refused(service: Service, reader: str) -> None:
    """A key that a page knows is not enough, nor a name that leads to this address."""
    key = {"X-Api-Key": reader}
    for path in PATHS:
        assert posted(service, path, **key, Origin="https://evil.example").status_code == 403
        assert posted(service, path, **key, Host="evil.example").status_code == 421
        assert posted(service, path, **key, Origin=service.url).status_code == 200


def test_bodies_are_bounded(service: Service, reader: str) -> None:
    body = b'{"jsonrpc": "2.0", "id": 1, "method": "' + b"x" * MAX_BODY + b'"}'
    headers = {**ACCEPT, "content-type": "application/json"}

    def parts() -> Iterator[bytes]:
        yield from (body[at : at + 65_536] for at in range(0, len(body), 65_536))

    for content in (body, parts()):
        answer = service.client(reader).post(PATHS[0], content=content, headers=headers)
        assert answer.status_code == 413


def test_no_cache_remembers_a_message(service: Service, reader: str) -> None:
    """Neither the library's nor those of the client within the service."""

    def round_of(number: int) -> dict[str, int]:
        for tool in TOOLS:
            text = letters(number, 500)
            arguments = {"account_id": text, "platform": text, "next": text, "text": text}
            call = {"name": tool.name, "arguments": {**arguments, text: text}}
            body = {**LIST, "id": text, "method": "tools/call", "params": call}
            key = [("x-api-key", reader), ("host", "localhost:80"), ("x-long", text)]
            headers = [*key, *ACCEPT.items(), ("content-type", "application/json")]
            sent = Sent("POST", f"{PATHS[0]}?{text}", headers, [json.dumps(body).encode()])
            got = service.run(ask(service.app, sent))
            assert got.status == 200, got.body
        return caches()

    round_of(0)
    before = round_of(1)
    after = round_of(2)
    assert {name: size for name, size in after.items() if size > before.get(name, 0)} == {}


def test_messages_are_counted_by_key_and_by_address(strict: Service) -> None:
    key = {"X-Api-Key": strict.key_of().key, "Host": "channels.example.com"}
    answers = [posted(strict, **key, **{"X-Forwarded-For": f"192.0.2.{n}"}) for n in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) > 0
    stranger = {"X-Forwarded-For": "192.0.2.9"}
    answers = [posted(strict, **stranger) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]


def test_an_authorization_server_is_named(strict: Service, service: Service) -> None:
    refused = posted(strict, **{"X-Forwarded-For": "192.0.2.10"})
    address = f"https://channels.example.com{METADATA}"
    assert f'resource_metadata="{address}"' in refused.headers["www-authenticate"]
    metadata = strict.client().get(METADATA).json()
    assert metadata["resource"] == "https://channels.example.com"
    assert metadata["authorization_servers"] == ["https://app.example.com"]
    assert service.client().get(METADATA).status_code == 404


def test_models_read_what_is_here(service: Service) -> None:
    answer = service.client().get("/llms.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    lines = answer.text.splitlines()
    for operation in (route.opt[OPERATION] for route in OPERATIONS):
        name = f"- `{operation.method.value} {camel(operation.path)}`: {operation.summary} ("
        assert any(line.startswith(name) for line in lines), name
    assert f"{service.url}/mcp" in answer.text
    assert len(answer.content) < 16 * 1024


async def test_a_caller_who_hangs_up_leaves_nothing_half_done(reader: str) -> None:
    """What the service does for a tool goes on to its end, as for any client that hangs up."""
    began, release, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(_scope: Any, _receive: Any, send: Any) -> None:
        began.set()
        await release.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})
        ended.set()

    async with in_process_client(slow, reader, client_address="192.0.2.1") as client:
        call = asyncio.create_task(client.accounts.list())
        await began.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        release.set()
        async with asyncio.timeout(PATIENCE):
            await ended.wait()
