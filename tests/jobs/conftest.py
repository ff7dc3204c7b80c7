from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.chores import Worker

StartWorker = Callable[..., Awaitable[Worker]]


@pytest.fixture
def start_worker(store: str, tmp_path: Path) -> Iterator[StartWorker]:
    """Start a worker over the store and wait until it is at work; all end with the test."""
    started: list[Worker] = []

    async def start(*command: str, **environ: Any) -> Worker:
        started.append(Worker(store, tmp_path, *command, environ=environ))
        return await started[-1].up()

    yield start
    for worker in started:
        worker.end()
