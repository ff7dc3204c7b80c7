#!/bin/sh
# Writes what the image contains of Python packages, with versions and hashes, as CycloneDX JSON:
# sbom.sh [FILE]. cyclonedx-bom is installed into an environment of its own.
set -eu
cd "$(dirname "$0")/.."
file=${1:-openchannels.cdx.json}

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
python3 -m venv "$made"
"$made/bin/python" -m pip install --quiet --disable-pip-version-check 'cyclonedx-bom>=7.5,<8'
"$made/bin/cyclonedx-py" requirements requirements/server.txt \
    --pyproject pyproject.toml --output-reproducible --output-format JSON --output-file "$file"
echo "Wrote $file"
