"""What holds for all tests; their fixtures are in `tests/harness/fixtures.py`."""

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import structlog

from tests.platforms.summary import (
    pytest_collection_modifyitems as pytest_collection_modifyitems,
)
from tests.platforms.summary import pytest_configure as pytest_configure
from tests.platforms.summary import pytest_terminal_summary as pytest_terminal_summary

pytest_plugins = ["tests.harness.fixtures"]

# No test fails because the machine is busy.
hypothesis.settings.register_profile("openchannels", deadline=None)
hypothesis.settings.load_profile("openchannels")

_configure = structlog.configure


def _configure_uncached(*args: Any, **options: Any) -> None:
    """A module's logger would keep the configuration under which it was first used, for all tests
    that follow in this process."""
    _configure(*args, **{**options, "cache_logger_on_first_use": False})


structlog.configure = _configure_uncached


@pytest.fixture(autouse=True)
def _logging_stays_as_it_was() -> Iterator[None]:
    before = structlog.get_config()
    yield
    assert structlog.get_config() == before, "the test has configured structlog and left it so"
