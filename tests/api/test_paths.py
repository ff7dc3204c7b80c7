"""Operations are found as Litestar's router finds them, and answered in the same bytes."""

import socket
from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar
from litestar.exceptions import HTTPException

from openchannels.api.app import OPERATIONS
from openchannels.api.endpoint import RESPOND
from openchannels.api.fast_path import responders
from openchannels.api.uncached import route_uncached
from tests.harness.paths import ACCOUNTS, GROUPS
from tests.harness.service import Service

APP = Litestar(OPERATIONS, openapi_config=None, logging_config=None)
route_uncached(APP)
TABLE = responders(APP)
WORDS = sorted({part for one in OPERATIONS for path in one.paths for part in path.split("/")})
SEGMENTS = st.sampled_from([word for word in WORDS if "{" not in word]) | st.sampled_from("xy")
SHAPES = st.sampled_from([path for one in OPERATIONS for path in one.paths])


@st.composite
def paths(draw: st.DrawFn) -> str:
    """The path of an operation, in which any segment behind the version may be another one."""
    parts = draw(SHAPES).split("/")
    for index in range(3, len(parts)):
        if "{" in parts[index] or draw(st.integers(0, 3)) == 0:
            parts[index] = draw(SEGMENTS)
    return "/".join(parts)


@given(paths())
def test_the_table_finds_what_the_router_finds(path: str) -> None:
    try:
        _, handler, _, params, _ = APP.asgi_router.handle_routing(path=path, method="GET")
        expected = (handler.opt[RESPOND], params) if RESPOND in handler.opt else None
    except HTTPException:
        expected = None
    found = TABLE.find(path)
    # What the table does not find, Litestar answers: paths with empty segments.
    assert found == expected or (found is None and (path.endswith("/") or "//" in path))


def lines_of(service: Service, path: str, *more: bytes) -> list[bytes]:
    """The lines of an answer, without those that tell when it was given and what follows it."""
    key = service.key_of().key.encode()
    parts = urlsplit(service.url)
    sent = [f"GET {path} HTTP/1.1".encode(), b"Host: test", b"X-Api-Key: " + key]
    with socket.create_connection((parts.hostname or "", parts.port or 80), 20) as line:
        line.sendall(b"\r\n".join([*sent, b"X-Request-Id: same", *more, b"", b""]))
        head, _, body = line.recv(65536).partition(b"\r\n\r\n")
        length = next(n for n in head.split(b"\r\n") if n.startswith(b"content-length: "))
        while len(body) < int(length[16:]):
            body += line.recv(65536)
    left_out = (b"date: ", b"connection: ")
    return [*(n for n in head.split(b"\r\n") if not n.startswith(left_out)), body]


def test_an_answer_in_one_step_has_the_bytes_of_one_in_two(shared_service: Service) -> None:
    for path in (GROUPS, ACCOUNTS):
        at_once = lines_of(shared_service, path)
        assert at_once[0] == b"HTTP/1.1 200 OK"
        # A connection that ends is left to uvicorn.
        assert at_once == lines_of(shared_service, path, b"Connection: close")
