"""A copy of the package with one more platform: two folders, and a line in each of three lists."""

import re
import shutil
from pathlib import Path

import openchannels

HERE = Path(__file__).parent
NAME = "palaver"


def copy_with_one_more(target: Path) -> Path:
    """Makes the copy; returns the folder to put on the path of Python."""
    package = target / "openchannels"
    shutil.copytree(
        Path(openchannels.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copytree(HERE / "connector", package / "connectors" / NAME)
    shutil.copytree(HERE / "emulator", package / "sandbox" / "platforms" / NAME)
    register(
        package / "connectors" / "registry.py",
        entry="    Palaver(),",
        like=r"    \w+\(\),",
        needs=f"from openchannels.connectors.{NAME}.connector import Palaver",
    )
    register(
        package / "sandbox" / "platforms" / "__init__.py",
        entry="    Palaver,",
        like=r"    \w+,",
        needs=f"from openchannels.sandbox.platforms.{NAME}.app import Palaver",
    )
    register(
        package / "settings" / "platforms.py",
        entry=f"    {NAME}: OAuthPlatformSettings = OAuthPlatformSettings()",
        like=r"    \w+: OAuthPlatformSettings = OAuthPlatformSettings\(\)",
    )
    return target


def register(file: Path, *, entry: str, like: str, needs: str | None = None) -> None:
    """Adds an entry behind the last one that looks like it, and the import that it needs."""
    lines = file.read_text(encoding="utf-8").splitlines()
    last = max(n for n, line in enumerate(lines) if re.fullmatch(like, line))
    lines.insert(last + 1, entry)
    if needs is not None:
        first = next(n for n, line in enumerate(lines) if line.startswith("from openchannels."))
        lines.insert(first, needs)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
