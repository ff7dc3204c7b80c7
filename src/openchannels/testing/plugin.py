"""Fixtures for the test suites of tools; pytest finds them by the entry point of the package.

pytest loads this module in every run, so the service is imported by the first test that wants it.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from openchannels.client import Client
    from openchannels.testing import (
        ApiKey,
        OpenChannels,
        Person,
        PlatformFaults,
        ReceivedWebhooks,
        ServiceClock,
    )
    from openchannels.testing.shared_service import SharedService

NO_SERVICE = 'These tests need the service itself: pip install "openchannels[server]" ({missing})'


@pytest.fixture(scope="session")
def openchannels_settings() -> Mapping[str, str]:
    """Settings of the service by environment name; override it to change them."""
    return {}


@pytest.fixture(scope="session")
def _openchannels_service(
    openchannels_settings: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[SharedService]":
    with contextlib.ExitStack() as running:
        try:
            from openchannels.core.exceptions import StartRefused
            from openchannels.settings import SettingsError
            from openchannels.testing.shared_service import shared_service
        except ModuleNotFoundError as missing:
            text = NO_SERVICE.format(missing=missing)
            raise pytest.fail.Exception(text, pytrace=False) from None
        try:
            data_dir = tmp_path_factory.mktemp("openchannels")
            service = running.enter_context(shared_service(data_dir, openchannels_settings))
        except (SettingsError, StartRefused, OSError) as refused:
            text = f"openchannels does not start: {' '.join(str(refused).split())}"
            raise pytest.fail.Exception(text, pytrace=False) from None
        yield service


@pytest.fixture(scope="session")
def openchannels(_openchannels_service: "SharedService") -> "OpenChannels":
    """The service of the run, over a sandbox: `url`, `api_key` and `sandbox`."""
    from openchannels.testing import OpenChannels

    local = _openchannels_service.local
    key = _openchannels_service.new_key()
    return OpenChannels(local.server.url, key.key, _openchannels_service.sandbox)


@pytest.fixture
def openchannels_key(_openchannels_service: "SharedService") -> "Iterator[ApiKey]":
    """A key of a new workspace, which is erased after the test."""
    _openchannels_service.sandbox.call("DELETE", "/_calls")
    made = _openchannels_service.new_key()
    yield made
    _openchannels_service.erase(made.workspace)


@pytest.fixture
def openchannels_client(
    openchannels: "OpenChannels", openchannels_key: "ApiKey"
) -> "Iterator[Client]":
    """The SDK's client with the key of this test; it repeats no call."""
    from openchannels.client import Client

    with Client(openchannels.url, openchannels_key.key, max_retries=0) as client:
        yield client


@pytest.fixture
def openchannels_people(openchannels: "OpenChannels") -> "Callable[[str], Person]":
    """Returns a person by name, such as `mara`, who has three Facebook Pages."""
    from openchannels.testing import Person

    return lambda name: Person(name, (openchannels.url, openchannels.sandbox.url))


@pytest.fixture
def openchannels_person(
    request: pytest.FixtureRequest, openchannels_people: "Callable[[str], Person]"
) -> "Person":
    """A person of this test's own, with the same accounts and works in every run."""
    return openchannels_people(f"person-{sha256(request.node.nodeid.encode()).hexdigest()[:12]}")


@pytest.fixture
def openchannels_faults(_openchannels_service: "SharedService") -> "Iterator[PlatformFaults]":
    """Lets platforms fail; they answer again after the test."""
    with _openchannels_service.faults() as faults:
        yield faults


@pytest.fixture
def openchannels_clock(_openchannels_service: "SharedService") -> "Iterator[ServiceClock]":
    """Lets time pass for service and sandbox; they show real time again after the test."""
    from openchannels.testing import ServiceClock

    with _openchannels_service.passing_time():
        yield ServiceClock(_openchannels_service.local)


@pytest.fixture
def openchannels_webhooks(openchannels_client: "Client") -> "Iterator[ReceivedWebhooks]":
    """A receiver that is registered as the workspace's webhook, for all events."""
    from openchannels.testing.webhooks import receiving

    with receiving(openchannels_client) as received:
        yield received
