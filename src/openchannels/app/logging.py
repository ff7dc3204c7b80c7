"""Configures logging: structlog for our own events, and the standard library through it.

A redacting processor runs last, after exceptions have become text and before rendering, so that no
field, message or traceback carries a secret to the log. Log a numeric code as `error_code` or
`status_code`: the value of a field called `code` is removed.
"""

import asyncio
import contextlib
import logging
import sys
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Literal, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from openchannels.core.clock import iso
from openchannels.core.redaction import redact, redact_event

LogFormat = Literal["console", "json"]

# SQLAlchemy would log each statement with its parameters, httpx2 each address with its query.
_QUIET = {
    "sqlalchemy": logging.WARNING,
    "alembic": logging.WARNING,
    "asyncio": logging.WARNING,
    "httpx2": logging.WARNING,
    "mcp": logging.WARNING,
}
_UVICORN = ("uvicorn", "uvicorn.error")
_UVICORN_ACCESS = "uvicorn.access"
_MAX_TEXT = 2_000
_MAX_TRACEBACK = 20_000
_ACCESS_LINES = 64
_ACCESS_SECONDS = 0.05
_encode = msgspec.json.Encoder().encode


class _Stderr:
    """Writes to the current sys.stderr, not to the one at the time of configuration."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def configure_logging(level: str, fmt: LogFormat) -> None:
    """Sends all logs to standard error, as text ("console") or as JSON ("json").

    `level` is debug, info, warning or error. Start uvicorn with `log_config=None`, or it restores
    its own handlers. Its access log is off, because it would show queries. Uncaught exceptions are
    logged too, so that their tracebacks are redacted. Raises `ValueError` for an unknown level or
    format.
    """
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None or fmt not in ("console", "json"):
        raise ValueError("unknown log level or format")
    stream: TextIO = _Stderr()  # type: ignore[assignment]
    last: list[Processor] = [structlog.processors.format_exc_info, redacting, _renderer(fmt)]
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *_common(), *last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=True,
    )
    _route_standard_library(number, stream, last)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


@contextlib.contextmanager
def log_within_program() -> Iterator[None]:
    """Sends our warnings and errors to the standard library's loggers, for a program around us.

    A structlog that the program has configured stays as it is.
    """
    if structlog.is_configured():
        yield
        return
    structlog.configure(
        processors=[
            structlog.processors.format_exc_info,
            redacting,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    try:
        yield
    finally:
        structlog.reset_defaults()


def redacting(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Structlog processor that removes secrets from the event; the last before the renderer.

    Fields are cut after that, because a secret that was cut in half might not be recognised.
    """
    return {name: _cut(name, value) for name, value in redact_event(event).items()}


def _cut(name: str, value: object) -> object:
    """Returns the value, or the beginning of its text if that is too long for a log line."""
    most = _MAX_TRACEBACK if name == "exception" else _MAX_TEXT
    if not isinstance(value, str | dict | list):
        return value
    text = value if isinstance(value, str) else str(value)
    return value if len(text) <= most else text[:most] + "..."


class AccessLog:
    """Logs one line per request in the format of the other logs; paths come without queries.

    It bypasses structlog's processors, which cost 47 of the 139 us of a poll: lines are rendered
    here and written together, 50 ms after their requests at the latest.
    """

    def __init__(self, fmt: LogFormat) -> None:
        self._render = _json_line if fmt == "json" else _console_line
        self._lines: list[str] = []

    def __call__(
        self, method: str, path: str, status: int | None, ms: float, request_id: str
    ) -> None:
        fields: dict[str, object] = {
            "method": method,
            "path": redact(path),
            "http_status": status,
            "ms": round(ms, 1),
            "request_id": redact(request_id),
        }
        if not self._lines:
            asyncio.get_running_loop().call_later(_ACCESS_SECONDS, self.flush)
        self._lines.append(self._render(fields))
        if len(self._lines) >= _ACCESS_LINES:
            self.flush()

    def flush(self) -> None:
        """Writes the pending lines."""
        if self._lines:
            text = "".join(self._lines)
            self._lines.clear()
            sys.stderr.write(text)
            sys.stderr.flush()


def _json_line(fields: dict[str, object]) -> str:
    stamped = {**fields, "event": "request", "level": "info", "timestamp": iso(time.time())}
    return _encode(stamped).decode() + "\n"


def _console_line(fields: dict[str, object]) -> str:
    text = " ".join(f"{name}={_plain(value)}" for name, value in sorted(fields.items()))
    return f"{iso(time.time())} [info     ] {'request':<30} {text}\n"


def _plain(value: object) -> str:
    """Formats a value for the console; text that could imitate a line or a field is quoted."""
    text = str(value)
    return text if text.isprintable() and " " not in text else repr(text)


def _without_colours(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Drops the coloured duplicate that uvicorn adds to its messages."""
    event.pop("color_message", None)
    return event


def _common() -> list[Processor]:
    return [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _renderer(fmt: LogFormat) -> Processor:
    if fmt == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    # The plain formatter prints the redacted text; others would print local variables.
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )


def _route_standard_library(number: int, stream: TextIO, last: list[Processor]) -> None:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(),
                _without_colours,
                *_common(),
            ],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    for name in _UVICORN:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    access = logging.getLogger(_UVICORN_ACCESS)
    access.handlers.clear()
    access.propagate = False
    access.disabled = True
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(number, least))
    logging.captureWarnings(True)


def _log_uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    structlog.get_logger().critical("uncaught_exception", exc_info=(kind, error, traceback))


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
        _log_uncaught(args.exc_type, args.exc_value, args.exc_traceback)
