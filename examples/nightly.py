"""Writes the works of all accounts to a file of JSON lines, and goes on where it was stopped.

Usage: python nightly.py FILE, a new one each night; OPENCHANNELS_URL and OPENCHANNELS_API_KEY set.
"""

import json
import os
import sys
from pathlib import Path
from typing import BinaryIO

from openchannels.client import Client


def main(file: Path) -> str:
    """Returns which accounts could not be read, and why: another run tries them again."""
    state = file.with_suffix(".state")
    at = json.loads(state.read_text()) if state.exists() else {"bytes": 0, "position": None}
    with Client.from_env() as client, file.open("ab") as output:
        output.truncate(at["bytes"])  # What came after the last saved position comes again.
        with client.works.iter_all(position=at["position"]) as works:
            for count, (account, work) in enumerate(works, 1):
                line = json.dumps({"account": account.id, **work.to_dict()}, ensure_ascii=False)
                output.write(line.encode() + b"\n")
                if count % 100 == 0:
                    save(state, output, works.position)
        save(state, output, works.position)
    return "\n".join(f"{name}: {error}" for name, error in works.failures.items())


def save(state: Path, output: BinaryIO, position: str) -> None:
    output.flush()
    os.fsync(output.fileno())
    state.with_suffix(".new").write_text(json.dumps({"bytes": output.tell(), "position": position}))
    state.with_suffix(".new").replace(state)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])) or 0)
