#!/usr/bin/env bash
# Virtual environments for the tests' Python programs, kept under target/ and made
# again when the interpreter or the list of packages changes.
#
#   tests/real/python.sh REQUIREMENTS.txt    prints the interpreter's path

# An interpreter that can make environments; Debian splits that part off.
python_base() {
    local candidate
    for candidate in python3 /usr/bin/python3 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys, venv, ensurepip, sqlite3, tomllib; assert sys.version_info >= (3, 11)' >/dev/null 2>&1; then
            # A version manager's shim may mean another interpreter in another folder.
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    return 1
}

python_environment() {
    local requirements=$1 root base key folder
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
    base=$(python_base) || { echo "no Python 3.11 with venv; on Debian: apt-get install python3-venv" >&2; return 1; }
    key=$({ "$base" -VV; echo "$base"; cat "$requirements"; } | sha256sum | cut -c1-12)
    folder="${CARGO_TARGET_DIR:-$root/target}/python/$key"
    if [[ ! -f $folder/complete ]]; then
        rm -rf "$folder"
        mkdir -p "${folder%/*}"
        "$base" -m venv "$folder" >&2
        "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
            --requirement "$requirements" >&2
        touch "$folder/complete"
    fi
    echo "$folder/bin/python"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    set -euo pipefail
    python_environment "$1"
fi
