"""What is known of the request in progress, for its line in the log."""

from contextvars import ContextVar


class RequestRecord:
    """Filled in while the request is answered; class attributes are what is not known yet.

    `code` is the answer's: 0 for success, else the number of the catalogue. `upstream_seconds` is
    the time that calls to platforms took, all together.
    """

    operation: str | None = None
    code: int | None = None
    user_id: str | None = None
    key_id: str | None = None
    platform: str | None = None
    account_id: str | None = None
    upstream_seconds = 0.0

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id


current_request: ContextVar[RequestRecord | None] = ContextVar("current_request", default=None)
"""The request that this code runs for; None in background work."""


def note_code(code: int) -> None:
    """Notes the code of the answer to the request in progress."""
    record = current_request.get()
    if record is not None:
        record.code = code
