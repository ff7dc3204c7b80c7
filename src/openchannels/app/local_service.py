"""Where the running service of a data directory answers, for commands on the same machine."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import structlog

ADDRESS_FILE = "service.url"
KEY_FILE = "command-line.key"
"""Where commands on this machine keep the API key that they use without a login."""

log = structlog.get_logger()


@contextlib.contextmanager
def record_address(data_dir: Path, url: str) -> Iterator[None]:
    """Keeps the service's local URL in its data directory while the service runs."""
    file = data_dir / ADDRESS_FILE
    draft = file.with_name(f"{ADDRESS_FILE}.{secrets.token_hex(8)}")
    try:
        draft.write_text(url, encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        # The service itself does not need the file.
        log.warning("the address cannot be recorded", file=str(file), error=error.strerror)
    try:
        yield
    finally:
        # Another service of the same directory may have written its own since.
        if running_address(data_dir) == url:
            with contextlib.suppress(OSError):
                os.unlink(file)


def running_address(data_dir: Path) -> str | None:
    """Returns where the service of a data directory answers; it may have died since."""
    try:
        return (data_dir / ADDRESS_FILE).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None
