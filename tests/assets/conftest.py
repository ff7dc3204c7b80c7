"""A service that tests of a module share where the database does not matter."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.assets.uploader import Uploader
from tests.harness.fixtures import StartService
from tests.harness.service import Service, running_service
from tests.harness.stores import sqlite_store


@pytest.fixture(scope="module")
def one_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A running service over SQLite."""
    directory = tmp_path_factory.mktemp("assets")
    with running_service(sqlite_store(directory / "openchannels.db"), directory) as running:
        yield running


@pytest.fixture(scope="module")
def uploader(one_service: Service) -> Uploader:
    return Uploader.of(one_service)


@pytest.fixture
def start_one(tmp_path: Path) -> Iterator[StartService]:
    """Starts a service over SQLite with settings of one's own."""
    with ExitStack() as running:

        def start(**options: Any) -> Service:
            store = sqlite_store(tmp_path / "openchannels.db")
            return running.enter_context(running_service(store, tmp_path, **options))

        yield start
