"""What holds for all tests; their fixtures are in `tests/harness/fixtures.py`."""

import hypothesis

from tests.platforms.summary import (
    pytest_collection_modifyitems as pytest_collection_modifyitems,
)
from tests.platforms.summary import pytest_configure as pytest_configure
from tests.platforms.summary import pytest_terminal_summary as pytest_terminal_summary

pytest_plugins = ["tests.harness.fixtures"]

# No test fails because the machine is busy.
hypothesis.settings.register_profile("openchannels", deadline=None)
hypothesis.settings.load_profile("openchannels")
