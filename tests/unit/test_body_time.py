"""How long the parts of a body may take, by the event loop's clock, which the test moves."""

import asyncio
from typing import Any

import pytest

from openchannels.api.middleware import BodyTooSlow, Middleware
from openchannels.service.assets.addresses import UPLOADS

SECONDS = 10.0


class MovedTime:
    """The time of the running loop, which a test moves on."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._time, self._ahead = self._loop.time, 0.0
        self._loop.time = lambda: self._time() + self._ahead  # type: ignore[method-assign]

    async def pass_by(self, seconds: float) -> None:
        self._ahead += seconds
        # Timers that are due by now run first, and whoever they cut off sees no more.
        await asyncio.sleep(0)
        await asyncio.sleep(0)


async def read(path: str, method: str, pauses: list[float]) -> int:
    """Returns how many parts the application got, each after so many seconds."""
    time, left, got = MovedTime(), list(pauses), 0

    async def receive() -> Any:
        await time.pass_by(left.pop(0))
        return {"type": "http.request", "body": b"x", "more_body": bool(left)}

    async def application(scope: Any, receive: Any, send: Any) -> None:
        nonlocal got
        more = True
        while more:
            more = (await receive())["more_body"]
            got += 1

    async def send(message: Any) -> None:
        raise AssertionError(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
        "client": ("127.0.0.1", 1),
    }
    await Middleware(application, body_seconds=SECONDS)(scope, receive, send)
    return got


async def test_a_file_may_take_any_time_if_its_parts_keep_coming() -> None:
    assert await read(f"{UPLOADS}/x", "PUT", [9.0] * 5) == 5


async def test_a_file_that_stalls_is_cut() -> None:
    with pytest.raises(BodyTooSlow):
        await read(f"{UPLOADS}/x", "PUT", [1.0, 11.0])


@pytest.mark.parametrize("pauses", [[11.0], [4.0, 4.0, 4.0]])
async def test_any_other_body_has_its_time_as_a_whole(pauses: list[float]) -> None:
    with pytest.raises(BodyTooSlow):
        await read("/api/v2/x", "POST", pauses)


async def test_a_body_in_time_is_read() -> None:
    assert await read("/api/v2/x", "POST", [3.0, 3.0, 3.0]) == 3
