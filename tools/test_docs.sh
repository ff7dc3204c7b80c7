#!/usr/bin/env bash
# Builds the documentation site, where a warning is an error, and checks what was built.
# Usage: tools/test_docs.sh PYTHON, one with the development requirements.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
make --no-print-directory docs
"$1" tools/check_site.py build/site
DOCS_SOURCE=https://forge.example/source make --no-print-directory docs
grep -q 'href="https://forge.example/source/LICENSE"' build/site/index.html
