"""One service with its sandbox for all tests of this folder, and clients of it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

import pytest

from openchannels.client import Client
from tests.harness.commands import make_key, serving
from tests.harness.waiting import PATIENCE


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address and data directory."""
    data_dir = tmp_path_factory.mktemp("service")
    with serving("serve", "--sandbox", "--data-dir", data_dir) as (_, url):
        yield url, data_dir


@pytest.fixture(scope="session")
def key(service: tuple[str, Path]) -> str:
    made: str = make_key(service[1])["key"]
    return made


@pytest.fixture
def client(service: tuple[str, Path], key: str) -> Iterator[Client]:
    with Client(service[0], key) as client:
        yield client


@pytest.fixture
def approve() -> Callable[..., None]:
    """Consent as a person's browser would."""

    def consent(url: str, person: str = "ida", decision: str = "approve") -> None:
        browser = build_opener(ProxyHandler({}), HTTPCookieProcessor())
        query = f"&sandbox_person={person}&sandbox_decision={decision}"
        browser.open(url + query, timeout=PATIENCE).read()

    return consent
