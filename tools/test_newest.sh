#!/usr/bin/env bash
# Runs the tests of background work and one flow on the newest Python of this machine, in an
# environment of its own. Usage: tools/test_newest.sh [PYTHON], the one that runs all tests.
set -euo pipefail
shopt -s nullglob

cd "$(dirname "${BASH_SOURCE[0]}")/.."
used=$("${1:-python3}" -c 'import sys; print(sys.version_info[1])')
newest=$used
found=
IFS=: read -ra folders <<<"$PATH"
for folder in "${folders[@]}" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin; do
    for python in "$folder"/python3.[0-9] "$folder"/python3.[0-9][0-9]; do
        minor=${python##*python3.}
        # pyenv puts names on the path that lead nowhere, and Debian a Python without ensurepip.
        if [ "$minor" -gt "$newest" ] && "$python" -c 'import ensurepip, sqlite3, venv' 2>/dev/null; then
            newest=$minor
            found=$python
        fi
    done
done
if [ -z "$found" ]; then
    echo "There is no Python newer than 3.$used here: nothing more to run."
    exit 0
fi

venv=.venv-3.$newest
echo "Background work and one flow on $found"
if [ ! "$venv/.installed" -nt requirements/dev.txt ]; then
    rm -rf "$venv"
    "$found" -m venv "$venv"
    pip=("$venv/bin/python" -m pip --quiet --quiet --disable-pip-version-check install)
    "${pip[@]}" --no-compile --require-hashes -r requirements/dev.txt
    "${pip[@]}" --no-deps --no-build-isolation -e .
    touch "$venv/.installed"
fi
# The SQLite that comes with a Python is what differs, so PostgreSQL is left out for speed.
exec "$venv/bin/python" -m pytest -q -n 2 --dist worksteal -p no:cacheprovider \
    -k "not postgresql and not frozen" \
    tests/jobs tests/unit/test_job_connection.py tests/flow/test_recovery.py
