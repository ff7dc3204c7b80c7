"""Folders whose entries survive a crash."""

import os
from pathlib import Path


def sync_folder(path: Path) -> None:
    """Waits until the names in a folder are on disk; does nothing on Windows, which cannot."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
