"""The composition root: builds a running service from the settings."""

import sys


def _import_structlog_alone() -> None:
    """Imports structlog without rich, which the commands bring along.

    structlog would take it for tracebacks that are not formatted so here: with what rich imports,
    that is 4 MB of an idle process and a twentieth of its start.
    """
    missing = object()
    known = sys.modules.get("rich", missing)
    sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        import structlog

        assert structlog
    finally:
        del sys.modules["rich"]
        if known is not missing:
            sys.modules["rich"] = known  # type: ignore[assignment]


_import_structlog_alone()
