"""uvicorn's protocol of one connection, with a bound for the head of a request."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 256 * 1024
"""Bytes. A head that arrives within this is judged, and answered, by the application."""
REFUSAL = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"connection: close\r\ncontent-length: 0\r\n\r\n"
)


class BoundedProtocol(HttpToolsProtocol):
    """The parser would collect a head without end, and no request exists before it is over."""

    _head = 0

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        cycle = self.cycle
        # The parser makes the scope when a head begins, and the cycle when it is over.
        if self.scope is (None if cycle is None else cycle.scope):
            self._head = 0
            return
        self._head += len(data)
        if self._head > MAX_HEAD and not self.transport.is_closing():
            self.transport.write(REFUSAL)
            self.transport.close()
