"""One service over a sandbox with the MCP server on, for all tests of this folder."""

from collections.abc import Iterator

import pytest

from openchannels.core.keys import Scope
from tests.harness.service import Service, running_service
from tests.harness.stores import sqlite_store

ON = {"OPENCHANNELS_MCP__ENABLED": "true"}


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Over SQLite alone: the store's part is the API's, which other tests ask on both."""
    folder = tmp_path_factory.mktemp("mcp")
    store = sqlite_store(folder / "openchannels.db")
    with running_service(store, folder, environ=ON, works=120) as service:
        yield service


@pytest.fixture(scope="session")
def reader(service: Service) -> str:
    """A key of the workspace acme that only reads."""
    return service.api_key(scopes=(Scope.ACCOUNTS_READ, Scope.WORKS_READ)).key


@pytest.fixture(scope="session")
def account(service: Service) -> str:
    """An account of acme with 120 works on YouTube."""
    return service.account("youtube", "ida")
