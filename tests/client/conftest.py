"""One service for all tests of this folder, both clients of it, and servers that imitate one."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from openchannels.client import AsyncClient, Client
from tests.client.both import BothClients, settled
from tests.client.stub import Stub
from tests.harness.service import Service, running_service
from tests.harness.stores import sqlite_store

CLIENTS = (Client, AsyncClient)


@pytest.fixture(scope="session")
def hosted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("client")
    with running_service(sqlite_store(folder / "openchannels.db"), folder, works=110) as running:
        yield running


@pytest.fixture(scope="session")
def key(hosted: Service) -> str:
    return hosted.key_of().key


@pytest.fixture(params=CLIENTS, ids=["sync", "async"])
async def open_client(request: pytest.FixtureRequest) -> AsyncIterator[Callable[..., BothClients]]:
    """Opens clients of one of both kinds; all are closed with the test."""
    opened: list[Any] = []

    def opening(*address: str, **options: Any) -> Any:
        opened.append(request.param(*address, **options))
        return opened[-1]

    yield opening
    for one in opened:
        await settled(one.aclose() if isinstance(one, AsyncClient) else one.close())


@pytest.fixture
def client(open_client: Callable[..., BothClients], hosted: Service, key: str) -> BothClients:
    """A client of the service: each test runs with both kinds."""
    return open_client(hosted.url, key)


@pytest.fixture
def approve(hosted: Service) -> Callable[..., None]:
    """Consents as a person's browser would."""

    def consent(url: str, person: str = "ida", decision: str = "approve") -> None:
        answer = hosted.browser().get(f"{url}&sandbox_person={person}&sandbox_decision={decision}")
        assert answer.status_code < 500

    return consent


@pytest.fixture
def stub() -> Iterator[Stub]:
    with Stub() as running:
        yield running
