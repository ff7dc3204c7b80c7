"""uvicorn's HTTP protocol with a size limit on request heads and trailers, and long queries.

It also sends whole answers in one step: see `core/whole_answer.py`.
"""

from collections.abc import Iterable
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from openchannels.core.whole_answer import EXTENSION

MAX_HEAD = 256 * 1024
"""In bytes. A head below this is checked, and answered, by the application."""
MAX_PARSED = 65_535
"""Bytes of an address that the parser accepts: it counts them in 16 bits."""
OK = b"HTTP/1.1 200 OK"
READ_AT_ONCE = 32 * 1024
REFUSAL = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"connection: close\r\ncontent-length: 0\r\n\r\n"
)


class WholeAnswer:
    """The `SendWhole` of one request: what uvicorn does in two messages, without its checks."""

    __slots__ = ("_cycle",)

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle

    def __call__(self, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bool:
        cycle = self._cycle
        is_plain = cycle.keep_alive and cycle.scope["method"] != "HEAD"
        is_ready = not (cycle.response_started or cycle.disconnected or cycle.flow.write_paused)
        if not (is_plain and is_ready):
            return False
        cycle.response_started = True
        cycle.waiting_for_100_continue = False
        lines = map(b": ".join, (*cycle.default_headers, *headers))
        cycle.transport.write(b"\r\n".join([OK, *lines, b"", body]))
        cycle.response_complete = True
        cycle.message_event.set()
        cycle.on_response()
        return True


class BoundedProtocol(HttpToolsProtocol):
    """Limits the size of a request's head and of the trailers behind a chunked body.

    The parser itself would buffer both without limit: no request exists before its head is
    complete, and the application sees bodies only.
    """

    _beside_body = 0
    moved = 0
    """Bytes of bodies that have arrived, and at least some of the answers that were read."""

    def data_received(self, data: bytes) -> None:
        self._beside_body += len(data)
        super().data_received(data)
        # A request that started within this data counts from here on.
        self._beside_body = max(0, self._beside_body)
        if self._beside_body > MAX_HEAD and not self.transport.is_closing():
            self.transport.write(REFUSAL)
            self.transport.close()

    def on_message_begin(self) -> None:
        self._beside_body = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        query = None
        if len(self.url) > MAX_PARSED:
            path, _, rest = self.url.partition(b"?")
            self.url, query = path[:MAX_PARSED], rest.partition(b"#")[0]
        super().on_headers_complete()
        if self.cycle is not None and self.cycle.scope is self.scope:
            # The application runs later, and reads the same scope.
            cast("dict[str, object]", self.scope)["extensions"] = {
                EXTENSION: WholeAnswer(self.cycle)
            }
        if query is not None:
            self.scope["query_string"] = query
        # Trailers would be added to the request's headers after a proxy in front of us has checked
        # those, such as a key or a forwarded address.
        self.headers = []

    def on_response_complete(self) -> None:
        # It refers to the request that refers to it, which only the garbage collector would end.
        cast("dict[str, object]", self.scope).pop("extensions", None)
        super().on_response_complete()

    def on_body(self, body: bytes) -> None:
        self._beside_body -= len(body)
        self.moved += len(body)
        super().on_body(body)

    def resume_writing(self) -> None:
        # asyncio calls this once most of a full buffer, 64 KiB, has been taken.
        self.moved += READ_AT_ONCE
        super().resume_writing()
