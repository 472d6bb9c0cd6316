#!/usr/bin/env bash
# Walks one road against a fresh demo: tests/roads/run.sh NAME sqlite|postgres
#
# It builds nothing: it starts target/debug/levante (or LEVANTE_BIN) in a temporary
# folder, waits for demo.json, runs tests/roads/NAME/road.{py,mjs,sh} with its path,
# searches everything left behind for readable secrets, and stops the demo. For
# PostgreSQL it makes a database in LEVANTE_TEST_POSTGRES, or starts a server of its own.
# LEVANTE_ROAD_SHOTS: folder for screenshots. LEVANTE_ROAD_DEMO: further arguments of demo;
# with --tls the road's clients trust the authority of the demo.
# A road reads LEVANTE_ROAD_PID (the demo's process) and LEVANTE_ROAD_BINARY (its program).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$root/tests/real/postgres.sh"
source "$root/tests/real/python.sh"

name=${1:?usage: tests/roads/run.sh NAME sqlite|postgres}
database=${2:?usage: tests/roads/run.sh NAME sqlite|postgres}
binary=${LEVANTE_BIN:-${CARGO_TARGET_DIR:-$root/target}/debug/levante}
folder=$root/tests/roads/$name
work=$(mktemp -d "${TMPDIR:-/tmp}/levante-road.XXXXXX")
chmod 755 "$work"
data=$work/data
log=$work/demo.log
mkdir -m 700 "$data"
demo_pid=
road_pid=

stop_demo() {
    local pid=$demo_pid tenths
    demo_pid=
    [[ -n $pid ]] || return 0
    kill -TERM "$pid" 2>/dev/null || true
    for ((tenths = 0; tenths < 150; tenths++)); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    if kill -KILL "$pid" 2>/dev/null; then
        echo "the demo did not stop within 15 s of SIGTERM" >&2
        stopped_late=1
    fi
    wait "$pid" 2>/dev/null || true
}
stopped_late=
clean() {
    # The road is a group of its own, so that a browser or a sleep goes with it.
    [[ -z $road_pid ]] || kill -TERM -- "-$road_pid" 2>/dev/null || true
    stop_demo
    postgres_stop
    rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Installs what a folder's package-lock.json names; npm holds every package against its hash there.
node_packages() {
    [[ -f $1/package-lock.json && ! $1/node_modules/.package-lock.json -nt $1/package-lock.json ]] || return 0
    (cd "$1" && npm ci --silent --no-audit --no-fund)
    touch "$1/node_modules/.package-lock.json"
}

[[ -x $binary ]] || { echo "no program at $binary: cargo build first" >&2; exit 1; }
arguments=(demo --data "$data" --listen 127.0.0.1:0)
case $database in
    sqlite) url= ;;
    postgres)
        [[ -n ${LEVANTE_TEST_POSTGRES:-} ]] || postgres_start "$work/pg"
        url=$(postgres_database "road_${name}_$$")
        arguments+=(--database "$url")
        ;;
    *) echo "unknown database $database: sqlite or postgres" >&2; exit 2 ;;
esac
# shellcheck disable=SC2206
arguments+=(${LEVANTE_ROAD_DEMO:-})

"$binary" "${arguments[@]}" >"$log" 2>&1 </dev/null &
demo_pid=$!
for ((tenths = 0; tenths < 600; tenths++)); do
    [[ -f $data/demo.json ]] && break
    if ! kill -0 "$demo_pid" 2>/dev/null; then
        echo "the demo ended before it was ready; the end of its log:" >&2
        tail -n 40 "$log" >&2
        exit 1
    fi
    sleep 0.1
done
if [[ ! -f $data/demo.json ]]; then
    echo "no demo.json within 60 s; the end of the demo's log:" >&2
    tail -n 40 "$log" >&2
    exit 1
fi

export LEVANTE_ROAD_PID=$demo_pid LEVANTE_ROAD_BINARY=$binary
export LEVANTE_ROAD_SECRETS=$work/secrets
: >"$LEVANTE_ROAD_SECRETS"
chmod 600 "$LEVANTE_ROAD_SECRETS"
export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost
if [[ -f $folder/road.py ]]; then
    python=$(python_environment "$folder/requirements.txt")
    road=("$python" "$folder/road.py")
elif [[ -f $folder/road.mjs ]]; then
    # Every road in JavaScript uses browser/lib.mjs.
    node_packages "$root/tests/roads/browser"
    node_packages "$folder"
    road=(node "$folder/road.mjs")
else
    road=(bash "$folder/road.sh")
fi
trust=()
if [[ -f $data/ca.pem ]]; then
    # As Go and OpenSSL, Python's requests, Node.js and curl are told.
    trust=(env "SSL_CERT_FILE=$data/ca.pem" "REQUESTS_CA_BUNDLE=$data/ca.pem"
        "NODE_EXTRA_CA_CERTS=$data/ca.pem" "CURL_CA_BUNDLE=$data/ca.pem")
fi
set -m
"${trust[@]}" "${road[@]}" "$data/demo.json" </dev/null &
road_pid=$!
set +m
result=0
wait "$road_pid" || result=$?
road_pid=

if [[ $result -ne 0 ]]; then
    echo "the end of the demo's log:"
    tail -n 40 "$log"
    exit "$result"
fi
if ! kill -0 "$demo_pid" 2>/dev/null; then
    echo "the demo died during the road; the end of its log:"
    tail -n 40 "$log"
    exit 1
fi

# The mails are read from the running demo; the search then sees the files as a thief would.
python3=$(python_base)
"$python3" "$root/tests/canaries.py" learn --demo "$data/demo.json" --secrets "$LEVANTE_ROAD_SECRETS"
search=("$python3" "$root/tests/canaries.py" search --demo "$data/demo.json" --secrets "$LEVANTE_ROAD_SECRETS" --data "$data" --file "$log")
"${search[@]}"
stop_demo
[[ -z $stopped_late ]] || exit 1
if [[ -n $url ]]; then
    "$(postgres_bin pg_dump)" --file="$work/dump.sql" "$url"
    search+=(--file "$work/dump.sql")
fi
"${search[@]}"
