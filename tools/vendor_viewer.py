"""Fetches the vendored viewer of the API reference, the files that its manifest names.

python tools/vendor_viewer.py            the pinned version; any other content is an error
python tools/vendor_viewer.py VERSION    another version, which is pinned from then on
"""

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "src/openchannels/web/docs/static/swagger-ui"
MANIFEST = FOLDER / "vendor.json"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def fetch(name: str, into: Path) -> Path:
    """Return the archive that npm fetches; it only downloads, and runs nothing of the package."""
    subprocess.run(["npm", "pack", name, "--silent", "--ignore-scripts"], cwd=into, check=True)
    (archive,) = into.glob("*.tgz")
    return archive


def unpack(archive: Path, names: list[str]) -> dict[str, bytes]:
    """Return the content of some files of an npm archive."""
    with tarfile.open(archive) as packed:
        found = {name: packed.extractfile(f"package/{name}") for name in names}
        return {name: file.read() for name, file in found.items() if file is not None}


def vendor(manifest: dict[str, Any], version: str) -> dict[str, Any]:
    """Write the files of a version and return the manifest that pins them."""
    with tempfile.TemporaryDirectory() as folder:
        archive = fetch(f"{manifest['package']}@{version}", Path(folder))
        digest = sha256(archive.read_bytes())
        if version == manifest["version"] and digest != manifest["archive_sha256"]:
            sys.exit(f"{archive.name} is not what {MANIFEST.name} pins: its sha256 is {digest}")
        files = unpack(archive, list(manifest["files"]))
    for name, content in files.items():
        (FOLDER / name).write_bytes(content)
    return {
        **manifest,
        "version": version,
        "archive_sha256": digest,
        "files": {name: sha256(content) for name, content in files.items()},
    }


def main() -> None:
    """Vendor the version of the command line, else the pinned one."""
    manifest = json.loads(MANIFEST.read_text())
    version = sys.argv[1] if len(sys.argv) > 1 else manifest["version"]
    pinned = vendor(manifest, version)
    MANIFEST.write_text(json.dumps(pinned, indent=2) + "\n")
    print(f"{pinned['package']} {version} is in {FOLDER}")


if __name__ == "__main__":
    main()
