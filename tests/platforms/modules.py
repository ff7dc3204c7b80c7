"""All test modules of this folder, imported for the cases that they declare."""

import importlib
from pathlib import Path


def import_all() -> None:
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        importlib.import_module(f"{__package__}.{file.stem}")
