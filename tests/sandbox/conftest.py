"""A sandbox in memory, a client that does not follow redirects, and small helpers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from litestar.testing import AsyncTestClient

from openchannels.sandbox import create_sandbox
from tests.harness.listening import listening
from tests.harness.receiver import Message, Receiver
from tests.sandbox.media_host import MediaHost

from .file_server import FileServer, serving_files

BACK = "https://app.example/callback"
NOON = 1_795_608_000
"""2026-11-25T12:00:00Z."""
Client = httpx.AsyncClient


@pytest.fixture
async def sandbox() -> AsyncIterator[Client]:
    async with AsyncTestClient(create_sandbox()) as client:
        client.follow_redirects = False
        yield client


@pytest.fixture
async def still() -> AsyncIterator[Client]:
    """A sandbox whose clock stands still at noon, so that no count grows between two calls."""
    async with AsyncTestClient(create_sandbox(clock=lambda: float(NOON))) as client:
        client.follow_redirects = False
        yield client


@pytest.fixture
async def wired() -> AsyncIterator[Client]:
    """The same, behind a socket; addresses arrive as they were written."""
    sandbox = create_sandbox(clock=lambda: float(NOON))
    async with listening(sandbox) as url, httpx.AsyncClient(base_url=url) as client:
        yield client


@pytest.fixture
def receiver(receiver: Receiver) -> Receiver:
    """A service that platforms push to, as they expect it to answer."""
    receiver.answer, receiver.body = 200, b"success"
    return receiver


@pytest.fixture
async def pushing(receiver: Receiver) -> AsyncIterator[Client]:
    """A sandbox that knows where the service is."""
    async with AsyncTestClient(create_sandbox(push_to=receiver.origin)) as client:
        client.follow_redirects = False
        yield client


@pytest.fixture
def file_server() -> Iterator[FileServer]:
    with serving_files() as files:
        yield files


async def pushes(
    receiver: Receiver, count: int, wanted: Callable[[Message], bool] = lambda _: True
) -> list[Message]:
    """The first `count` pushes of those wanted; the sandbox goes on meanwhile."""
    return await asyncio.to_thread(receiver.wait, count, wanted)


@pytest.fixture
def media() -> Iterator[MediaHost]:
    """A host of files that platforms pull."""
    with MediaHost() as host:
        yield host


def answered(response: Any) -> dict[str, str]:
    """The query of a redirect, each name once."""
    assert response.status_code == 302, response.text
    query = parse_qs(urlsplit(response.headers["location"]).query, keep_blank_values=True)
    return {name: values[0] for name, values in query.items()}


async def advance(client: Client, seconds: float) -> None:
    response = await client.post("/_clock", json={"advanceSeconds": seconds})
    assert response.status_code == 200


async def walk(read: Callable[[Any], Awaitable[tuple[list[str], Any]]], start: Any) -> list[str]:
    """Every id of a list, page after page until there is no next one."""
    ids: list[str] = []
    at = start
    while True:
        page, at = await read(at)
        ids += page
        if at is None:
            return ids
