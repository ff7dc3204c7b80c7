"""Configures logging: structlog for our own events, and the standard library through it.

A redacting processor runs last, after exceptions have become text and before rendering, so that no
field, message or traceback carries a secret to the log. Log a numeric code as `error_code` or
`status_code`: the value of a field called `code` is removed.
"""

import contextlib
import logging
import sys
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from openchannels.core.redaction import redact_event
from openchannels.core.request_record import current_request
from openchannels.core.tracing import current_trace_id

LogFormat = Literal["console", "json"]

# SQLAlchemy would log each statement with its parameters, httpx2 each address with its query,
# urllib3 each export of spans.
_QUIET = {
    "sqlalchemy": logging.WARNING,
    "alembic": logging.WARNING,
    "asyncio": logging.WARNING,
    "httpx2": logging.WARNING,
    "mcp": logging.WARNING,
    "urllib3": logging.WARNING,
}
_UVICORN = ("uvicorn", "uvicorn.error")
_UVICORN_ACCESS = "uvicorn.access"
_MAX_TEXT = 2_000
_MAX_TRACEBACK = 20_000


class _Stderr:
    """Writes to the current sys.stderr, not to the one at the time of configuration.

    What cannot be written, as on a full disk, is dropped: the work that it tells of goes on.
    """

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            sys.stderr.flush()


STDERR: TextIO = _Stderr()  # type: ignore[assignment]
"""Where all logs go."""


def configure_logging(level: str, fmt: LogFormat, process: str | None = None) -> None:
    """Sends all logs to standard error, as text ("console") or as JSON ("json").

    `level` is debug, info, warning or error. Each line names the `process` if it is given. Start
    uvicorn with `log_config=None`, or it restores its own handlers. Its access log is off, because
    it would show queries. Uncaught exceptions are logged too, so that their tracebacks are
    redacted. Raises `ValueError` for an unknown level or format.
    """
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None or fmt not in ("console", "json"):
        raise ValueError("unknown log level or format")
    stream = STDERR
    common = _common() if process is None else [*_common(), _naming(process)]
    last: list[Processor] = [structlog.processors.format_exc_info, redacting, _renderer(fmt)]
    structlog.configure(
        processors=[*common, *last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=True,
    )
    _route_standard_library(number, stream, common, last)
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


def _without_colours(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Drops the coloured duplicate that uvicorn adds to its messages."""
    event.pop("color_message", None)
    return event


def _with_request(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Adds the ids of the request and of the trace that an event belongs to."""
    record, trace_id = current_request.get(), current_trace_id.get()
    if record is not None:
        event.setdefault("request_id", record.request_id)
    if trace_id is not None:
        event.setdefault("trace_id", trace_id)
    return event


def _common() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        _with_request,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _naming(process: str) -> Processor:
    """Returns a processor that adds the name of the serving process."""

    def add_process(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        event.setdefault("serving_process", process)
        return event

    return add_process


def _renderer(fmt: LogFormat) -> Processor:
    if fmt == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False, separators=(",", ":"))
    # The plain formatter prints the redacted text; others would print local variables.
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )


def _route_standard_library(
    number: int, stream: TextIO, common: list[Processor], last: list[Processor]
) -> None:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(),
                _without_colours,
                *common,
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
