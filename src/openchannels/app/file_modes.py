"""Finds files of the store that other users of the machine can read."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from openchannels.app.local_service import KEY_FILE
from openchannels.settings import Settings
from openchannels.settings.loading import CONFIG_FILE

BESIDE_DATABASE = ("", "-wal", "-shm", "-journal")


def readable_by_others(settings: Settings) -> dict[Path, int]:
    """Returns the modes of the data directory and of files that give others any access."""
    if os.name == "nt":
        return {}
    found = {}
    for path in _paths(settings):
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except OSError:
            continue
        if mode & 0o077:
            found[path] = mode
    return found


def _paths(settings: Settings) -> Iterator[Path]:
    yield settings.data_dir
    yield settings.data_dir / CONFIG_FILE
    yield settings.keyring_path
    yield settings.data_dir / KEY_FILE
    databases = [settings.data_dir / "sandbox.db"]
    if not settings.uses_postgresql:
        databases += [Path(settings.database_url.removeprefix("sqlite:///")), settings.jobs_path]
    for database in databases:
        for suffix in BESIDE_DATABASE:
            yield database.with_name(database.name + suffix)
