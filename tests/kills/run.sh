#!/usr/bin/env bash
# The crash proof: tests/kills/run.sh sqlite|postgres [arguments of kill.py]
#
# It builds nothing: target/debug/levante (or LEVANTE_BIN) runs as `serve` and `simulate`
# in a temporary folder. For PostgreSQL it makes databases in LEVANTE_TEST_POSTGRES, or
# starts a server of its own. It leaves no process and no folder behind.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$root/tests/real/postgres.sh"
source "$root/tests/real/python.sh"

database=${1:?usage: tests/kills/run.sh sqlite|postgres}
shift
binary=${LEVANTE_BIN:-${CARGO_TARGET_DIR:-$root/target}/debug/levante}
[[ -x $binary ]] || { echo "no program at $binary: cargo build first" >&2; exit 1; }
work=$(mktemp -d "${TMPDIR:-/tmp}/levante-kills.XXXXXX")
chmod 755 "$work"
mkdir -m 700 "$work/lanes"
kills_pid=
clean() {
    if [[ -n $kills_pid ]]; then
        kill -TERM "$kills_pid" 2>/dev/null || true
        wait "$kills_pid" 2>/dev/null || true
    fi
    postgres_stop
    rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost
python=$(python_environment "$root/tests/roads/python/requirements.txt")
smtp_python=$(python_environment "$root/tests/real/requirements.txt")
arguments=(--binary "$binary" --work "$work/lanes" --smtp-python "$smtp_python")
case $database in
    sqlite) ;;
    postgres)
        [[ -n ${LEVANTE_TEST_POSTGRES:-} ]] || postgres_start "$work/pg"
        for lane in 0 1 2 3; do
            arguments+=(--database "$(postgres_database "kills_${lane}_$$")")
        done
        arguments+=(--pg-dump "$(postgres_bin pg_dump)")
        ;;
    *) echo "unknown database $database: sqlite or postgres" >&2; exit 2 ;;
esac
"$python" "$root/tests/kills/kill.py" "${arguments[@]}" "$@" </dev/null &
kills_pid=$!
result=0
wait "$kills_pid" || result=$?
kills_pid=
exit "$result"
