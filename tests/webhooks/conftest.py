from collections.abc import Callable

import pytest

from tests.harness.service import Service
from tests.webhooks.hooks import Hooks

OpenHooks = Callable[..., Hooks]


@pytest.fixture
def hooks(service: Service) -> Hooks:
    """A service with a clock that stands still, once per kind of store."""
    service.clock.hold(float(int(service.clock())))
    return Hooks(service)
