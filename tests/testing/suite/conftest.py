"""Reports what the plug-in did to the process, and how long its start took."""

import signal
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

SIGNALS = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    made = yield
    if fixturedef.argname == "_openchannels_service":
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(f"the service started within {wall:.2f} s, {cpu:.2f} s of processor time")
    return made


@pytest.fixture(scope="session")
def openchannels_settings() -> Mapping[str, str]:
    return {"OPENCHANNELS_SESSIONS__MINUTES": "5"}


def pytest_sessionfinish() -> None:
    """After the fixtures of the session: no thread of a server is left, nor a signal handler."""
    servers = [one.name for one in threading.enumerate() if one.name.startswith("server of")]
    assert servers == []
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == SIGNALS
