"""Our server as a child process: `python -m bench.serve DATA_DIR [SETTINGS]`, the last as JSON."""

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.processes import Served, child, first_line, pin_as_told
from openchannels.app import logging
from openchannels.app.processes import serve_in_processes
from openchannels.app.run import serve
from openchannels.server.serve import run_async
from openchannels.settings import load_settings
from openchannels.settings.models import LimitsSettings

UNLIMITED = {
    f"OPENCHANNELS_LIMITS__{name.upper()}": "0"
    for name in LimitsSettings.model_fields
    if name.endswith("_per_minute")
}
"""All load comes from one address and by one key."""
WORKERS = "OPENCHANNELS_SERVER__WORKERS"
"""The variable that a measurement of several processes sets."""


@contextlib.contextmanager
def serving(data_dir: str, environ: Mapping[str, str] | None = None) -> Iterator[Served]:
    """Our server over a data directory; its log goes to a file there."""
    given = json.dumps(dict(environ or {}))
    with child("bench.serve", data_dir, given, log=Path(data_dir) / "log") as process:
        yield Served(int(first_line(process)), process.pid)


def run(data_dir: str, environ: Mapping[str, str]) -> None:
    """Serve on a free port; its number is printed once the service answers."""
    workers = {name: text for name, text in os.environ.items() if name == WORKERS}
    settings = load_settings(data_dir=Path(data_dir), environ={**UNLIMITED, **workers, **environ})
    logging.configure_logging(settings.server.log_level, settings.server.log_format)
    main = serve_in_processes if settings.server.workers > 1 else serve
    run_async(main(settings, lambda url: print(url.rpartition(":")[2], flush=True)))


if __name__ == "__main__":
    pin_as_told()
    run(sys.argv[1], json.loads(sys.argv[2]) if len(sys.argv) > 2 else {})
