"""Logging that a test or a command has configured, and put back."""

import contextlib
import logging
import sys
import threading
from collections.abc import Iterator

import structlog

from openchannels.app.logging import configure_logging

NAMES = ("uvicorn.access", "sqlalchemy", "asyncio")
"""Loggers of the standard library that we set."""


@contextlib.contextmanager
def structlog_as_it_was() -> Iterator[None]:
    """Puts structlog's configuration back, or that there was none, after the block."""
    configured = structlog.get_config() if structlog.is_configured() else None
    try:
        yield
    finally:
        structlog.reset_defaults() if configured is None else structlog.configure(**configured)


@contextlib.contextmanager
def logging_as_it_was() -> Iterator[None]:
    """Puts everything back that `configure_logging` changes."""
    root, access = logging.getLogger(), logging.getLogger("uvicorn.access")
    handlers, level = root.handlers[:], root.level
    hooks = sys.excepthook, threading.excepthook
    levels = [(name, logging.getLogger(name).level) for name in NAMES]
    try:
        with structlog_as_it_was():
            yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        sys.excepthook, threading.excepthook = hooks
        for name, before in levels:
            logging.getLogger(name).setLevel(before)
        access.disabled, access.propagate = False, True
        logging.captureWarnings(False)


@contextlib.contextmanager
def logged_for_people() -> Iterator[None]:
    """Within the block, all that is logged stands on standard error as a person reads it."""
    with logging_as_it_was():
        configure_logging("info", "console")
        yield
