"""Writes the synchronous client from the asynchronous one: `src/openchannels/client/sync`.

Only `aio` is edited by hand. A test compares both.
"""

import subprocess
import sys
from pathlib import Path

from unasync import Rule, unasync_files

CLIENT = Path(__file__).parents[1] / "src/openchannels/client"
NAMES = {
    "AsyncBaseTransport": "BaseTransport",
    "AsyncClient": "Client",
    "aclose": "close",
    "aio": "sync",
    "asyncio": "time",
}
BY_HAND = frozenset({"parallel.py"})
"""Modules that are written for both: what runs at the same time does so in other ways."""


def main(target: Path) -> None:
    """Writes the package `sync` into a folder that holds `aio`."""
    sources = [
        str(path) for path in sorted((target / "aio").glob("*.py")) if path.name not in BY_HAND
    ]
    unasync_files(sources, [Rule("/aio/", "/sync/", NAMES)])
    made = [source.replace("/aio/", "/sync/") for source in sources]
    ruff = [sys.executable, "-m", "ruff"]
    subprocess.run(
        [*ruff, "check", "--quiet", "--fix", "--select", "I,F401,F811", *made], check=True
    )
    subprocess.run([*ruff, "format", "--quiet", *made], check=True)


if __name__ == "__main__":
    main(CLIENT)
