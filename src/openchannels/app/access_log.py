"""The access log: one line a request, in the format of the other logs; see docs/logs.md."""

import asyncio
import time
from collections.abc import Iterator, Sequence

import msgspec

from openchannels.app.logging import STDERR, LogFormat
from openchannels.core.clock import iso
from openchannels.core.errors import CATALOGUE
from openchannels.core.exceptions import AuthorizationError, PlatformError
from openchannels.core.redaction import redact
from openchannels.core.request_record import RequestRecord
from openchannels.core.tracing import current_trace_id

LINES = 64
PIPE_BYTES = 4096
"""What Linux writes to a pipe in one piece (PIPE_BUF)."""
SECONDS = 0.05
LONGEST_ID = 128
"""Characters of an account's or platform's id that are written: callers may send any text."""
RANKS = {"debug": 0, "info": 1, "warning": 2, "error": 3}
FAULTS = range(500, 600)
LEVELS = {
    code.number: "warning"
    for code in CATALOGUE.values()
    if issubclass(code.raises, PlatformError | AuthorizationError)
}
"""Levels of the codes of what a platform refused."""
_encode_lines = msgspec.json.Encoder().encode_lines


def level_of(code: int | None, status: int | None) -> str:
    """Returns the level of a request: by the code of its envelope, else by its HTTP status."""
    number = status if code is None else code
    if number is None or number in FAULTS:
        return "error"
    return LEVELS.get(number, "info")


class _Line(msgspec.Struct, omit_defaults=True):
    """One line; what is not known is left out. Made by position, in half the time."""

    event: str
    level: str
    timestamp: str
    request_id: str
    method: str
    path: str
    http_status: int | None
    client: str
    ms: float
    code: int | None = None
    operation: str | None = None
    user: str | None = None
    key_id: str | None = None
    platform: str | None = None
    account: str | None = None
    upstream_ms: float | None = None
    trace_id: str | None = None
    serving_process: str | None = None


class AccessLog:
    """Logs one line per request that is at least of a level; paths come without queries.

    It bypasses structlog's processors, which cost 47 of the 139 us of a poll: lines are rendered
    and written together, 50 ms after their requests at the latest. Where `process` names one of
    several that write to the same pipe, no more at once than the system keeps in one piece.
    """

    def __init__(self, fmt: LogFormat, level: str = "info", process: str | None = None) -> None:
        self._process = process
        self._render = _json_lines if fmt == "json" else _console_lines
        self._rank = RANKS[level]
        self._lines: list[_Line] = []

    def __call__(
        self,
        method: str,
        path: str,
        status: int | None,
        client: str,
        ms: float,
        record: RequestRecord,
    ) -> None:
        level = level_of(record.code, status)
        if RANKS[level] < self._rank:
            return
        if not self._lines:
            asyncio.get_running_loop().call_later(SECONDS, self.flush)
        upstream = record.upstream_seconds
        line = _Line(
            "request",
            level,
            iso(time.time()),
            redact(record.request_id),
            method,
            redact(path),
            status,
            client,
            round(ms, 1),
            record.code,
            record.operation,
            record.user_id,
            record.key_id,
            _id(record.platform),
            _id(record.account_id),
            round(upstream * 1000, 1) if upstream else None,
            current_trace_id.get(),
            self._process,
        )
        self._lines.append(line)
        if len(self._lines) >= LINES:
            self.flush()

    def flush(self) -> None:
        """Writes the pending lines."""
        if self._lines:
            text = self._render(self._lines)
            self._lines.clear()
            for piece in [text] if self._process is None else _pieces(text):
                STDERR.write(piece)
                STDERR.flush()


def _pieces(text: str) -> Iterator[str]:
    """Yields whole lines, as many at once as a pipe takes without mixing them with others'."""
    piece = ""
    for line in text.splitlines(keepends=True):
        if piece and len((piece + line).encode()) > PIPE_BYTES:
            yield piece
            piece = ""
        piece += line
    yield piece


def _id(sent: str | None) -> str | None:
    """Returns a platform's or an account's id as a caller sent it: it may be any text."""
    return None if sent is None else redact(sent)[:LONGEST_ID]


def _json_lines(lines: Sequence[_Line]) -> str:
    return _encode_lines(lines).decode()


def _console_lines(lines: Sequence[_Line]) -> str:
    return "".join(map(_console_line, lines))


def _console_line(line: _Line) -> str:
    known = msgspec.to_builtins(line)
    event, level, timestamp = (known.pop(name) for name in ("event", "level", "timestamp"))
    text = " ".join(f"{name}={_plain(value)}" for name, value in sorted(known.items()))
    return f"{timestamp} [{level:<9}] {event:<30} {text}\n"


def _plain(value: object) -> str:
    """Formats a value for the console; text that could imitate a line or a field is quoted."""
    text = str(value)
    return text if text.isprintable() and " " not in text else repr(text)
