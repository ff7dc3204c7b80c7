"""Files on disk that survive a crash: locked, synced and renamed. All functions block."""

import contextlib
import os
import shutil
from pathlib import Path
from typing import IO

from openchannels.core.assets import UploadBusy
from openchannels.core.folders import sync_folder


def open_locked(path: Path) -> IO[bytes]:
    """Opens a file for appending that no other process or request has open this way.

    Raises UploadBusy.
    """
    while True:
        make_folder(path.parent)
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "ab", 0)
        if not _lock(file.fileno()):
            file.close()
            raise UploadBusy
        # It may have been renamed or removed by the one who held it before.
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                return file
        file.close()


def _lock(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:
        # On Windows a file that is open cannot be renamed or removed.
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def make_folder(path: Path) -> None:
    """Makes a folder and those above it, so that they are on disk."""
    if path.is_dir():
        return
    make_folder(path.parent)
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
    sync_folder(path.parent)


def move(source: Path, target: Path) -> None:
    """Renames a file in one step, so that it is on disk. Raises FileNotFoundError."""
    make_folder(target.parent)
    source.replace(target)
    sync_folder(target.parent)
    if source.parent != target.parent:
        sync_folder(source.parent)


def size_of(path: Path) -> int | None:
    """Returns the size of a file; None if there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def read(path: Path, start: int, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(length)


def remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def remove_folder(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(path)
