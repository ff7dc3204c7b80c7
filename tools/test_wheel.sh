#!/usr/bin/env bash
# Builds the wheel, installs it where nothing else is, and tests it as an integrator meets it: how
# much comes with it, what the bare command says, and its types under mypy --strict.
# Usage: tools/test_wheel.sh PYTHON, one with the development requirements.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=$1
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

fail() {
    echo "test_wheel: $1" >&2
    exit 1
}

"$python" -m pip --quiet wheel --no-deps --no-build-isolation --wheel-dir "$place" .
wheel=$(echo "$place"/openchannels-*.whl)
"$python" -m venv --without-pip "$place/empty"
empty=$place/empty/bin/python
"$python" -m pip --quiet --python "$empty" install "$wheel"

echo "Wheel: $(($(stat -c %s "$wheel") / 1024)) KiB"
"$python" -m pip --python "$empty" list --format freeze | grep -v '^pip==' | sed 's/^/  /'
echo "Packages: $("$python" -m pip --python "$empty" list --format freeze | grep -vc '^pip==')"

"$empty" -c 'from openchannels.client import AsyncClient, Client; Client("http://127.0.0.1:1", "k")'
for words in "" "serve"; do
    code=0
    said=$("$place/empty/bin/openchannels" $words 2>&1) || code=$?
    echo "openchannels $words: $said"
    [ "$code" -eq 2 ] || fail "it ended with $code"
    [[ $said == "typer is missing: pip install 'openchannels[cli]'" ]] || fail "it says something else"
done
"$python" -m pip --quiet --python "$empty" install "$wheel[cli]"
code=0
said=$(cd "$place" && "$place/empty/bin/openchannels" serve 2>&1) || code=$?
echo "openchannels serve, with cli alone: $said"
[ "$code" -eq 2 ] || fail "it ended with $code"
[[ $said == *"pip install 'openchannels[server]'" ]] || fail "it says something else"
"$place/empty/bin/openchannels" --help >/dev/null

cp tests/wheel/integrator.py "$place"
code=0
(cd "$place" && "$python" -m mypy --strict --config-file= --python-executable "$empty" \
    --cache-dir "$place/cache" integrator.py) >"$place/said" || code=$?
sed -n 's/.*Revealed type is //p' "$place/said" | diff tests/wheel/revealed.txt - || fail "other types"
[ "$code" -eq 0 ] || fail "$(cat "$place/said")"
echo "Types: as expected"
