"""Files that hold an API key: for their owner only, and replaced as a whole."""

import os
import secrets
import stat
from pathlib import Path

from openchannels.core.folders import sync_folder

OTHERS = 0o077


def read_private(path: Path) -> tuple[str | None, bool]:
    """Returns a file's text, None if there is no file, and whether its mode had to be mended.

    Raises OSError, also where the file is open to others and its mode cannot be changed.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None, False
    with os.fdopen(descriptor, encoding="utf-8") as file:
        mended = os.name != "nt" and bool(stat.S_IMODE(os.fstat(descriptor).st_mode) & OTHERS)
        if mended:
            os.fchmod(descriptor, 0o600)
        return file.read(), mended


def write_private(path: Path, text: str) -> None:
    """Replaces a file atomically; readers see the old or the new one. Raises OSError."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def make_private_folder(path: Path) -> None:
    """Makes a folder for its owner only, or takes it from others. Raises OSError."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    if os.name != "nt" and stat.S_IMODE(path.stat().st_mode) & OTHERS:
        path.chmod(0o700)
