#!/bin/sh
# Makes what is not in the repository: the document, and the code that is generated from it.
set -eu
cd "$(dirname "$0")"
python=${OPENCHANNELS_PYTHON:-../../.venv/bin/python}
mkdir -p build
"$python" ../../tools/openapi_document.py > build/openapi.json
node_modules/.bin/openapi-ts --silent
"$python" ../../tools/typescript_error_codes.py > src/generated/error_codes.gen.ts
