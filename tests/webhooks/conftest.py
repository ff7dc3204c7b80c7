"""A service that may call this machine, and a receiver on it."""

from collections.abc import Callable, Iterator

import pytest

from tests.conftest import StartService
from tests.support.receiver import Receiver, receiving
from tests.webhooks.support import LOCAL, Hooks

OpenHooks = Callable[..., Hooks]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def hooks(start_service: StartService) -> Hooks:
    """A service with a clock that stands still, once per kind of store."""
    service = start_service(environ=LOCAL)
    service.clock.hold(float(int(service.clock())))
    return Hooks(service)
