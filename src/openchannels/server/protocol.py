"""uvicorn's protocol of one connection, with a bound for what is not the body of a request."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 256 * 1024
"""Bytes. A head that arrives within this is judged, and answered, by the application."""
REFUSAL = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"connection: close\r\ncontent-length: 0\r\n\r\n"
)


class BoundedProtocol(HttpToolsProtocol):
    """The parser would collect a head, and the fields behind a chunked body, without end.

    No request exists before its head is over, and the application sees bodies only.
    """

    _beside_body = 0

    def data_received(self, data: bytes) -> None:
        self._beside_body += len(data)
        super().data_received(data)
        # A request that began within the data counts from there on.
        self._beside_body = max(0, self._beside_body)
        if self._beside_body > MAX_HEAD and not self.transport.is_closing():
            self.transport.write(REFUSAL)
            self.transport.close()

    def on_message_begin(self) -> None:
        self._beside_body = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        # Fields behind the body would be added to the request's headers, past whatever in front
        # of us has judged those: a key, a forwarded address.
        self.headers = []

    def on_body(self, body: bytes) -> None:
        self._beside_body -= len(body)
        super().on_body(body)
