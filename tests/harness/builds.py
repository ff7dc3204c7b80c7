"""Earlier versions of the service, taken from the history of this repository."""

import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

from openchannels.store.migrate import REVISIONS
from tests.harness.processes import ROOT

VERSIONS = "src/openchannels/store/migrations/versions"


class NoHistory(Exception):
    """This copy of the repository has no history, or only a part of it."""


def last_commits() -> dict[str, str]:
    """The newest commit of each earlier schema, by revision, oldest first.

    A schema that no commit bears, because its migration came together with the next one, is left
    out. Raises NoHistory if there is none.
    """
    present = _migrations("HEAD")
    found: dict[str, str] = {}
    for commit in _git("rev-list", "HEAD").split():
        names = _migrations(commit)
        if names and names == present[: len(names)]:
            found.setdefault(names[-1][:4], commit)
    earlier = {revision: found[revision] for revision in REVISIONS[:-1] if revision in found}
    if not earlier:
        raise NoHistory("no version with an earlier schema is in the history")
    return earlier


def sources_of(commit: str, folder: Path) -> Path:
    """Write the sources of a commit into a folder; returns where modules are found."""
    packed = subprocess.run(
        ["git", "archive", commit, "src"], cwd=ROOT, check=True, capture_output=True
    )
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder / "src"


def _migrations(commit: str) -> list[str]:
    names = _git("ls-tree", "--name-only", f"{commit}:{VERSIONS}").split()
    return sorted(name for name in names if name[:4].isdigit())


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode and words[0] == "rev-list":
        raise NoHistory(done.stderr.strip())
    return done.stdout
