#!/usr/bin/env bash
# A private PostgreSQL in a temporary folder, on a free loopback port, run by an
# unprivileged user and durable as in production. It never touches a system cluster.
#
#   tests/real/postgres.sh COMMAND…   runs COMMAND with LEVANTE_TEST_POSTGRES set, then stops
#   source tests/real/postgres.sh     postgres_start DIR, postgres_database NAME, postgres_stop
#
# postgres_start sets LEVANTE_TEST_POSTGRES (a URL whose role may create databases).

postgres_bin() {
    local tool=$1 folder
    for folder in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) /usr/local/bin /usr/bin; do
        if [[ -x $folder/$tool && -x $folder/postgres ]]; then
            echo "$folder/$tool"
            return
        fi
    done
    return 1
}

# The server refuses to run as root; Debian's package brings the user postgres.
postgres_as_owner() {
    if [[ $EUID -eq 0 ]]; then
        # A folder that the other user cannot enter only draws warnings.
        (cd / && runuser -u "$(id -un postgres 2>/dev/null || echo nobody)" -- "$@")
    else
        "$@"
    fi
}

postgres_start() {
    postgres_dir=$1
    local owner password port try
    mkdir -p "$postgres_dir/socket"
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    (umask 077 && printf '%s' "$password" >"$postgres_dir/password")
    if [[ $EUID -eq 0 ]]; then
        owner=$(id -un postgres 2>/dev/null || echo nobody)
        chown -R "$owner" "$postgres_dir"
    fi
    postgres_as_owner "$(postgres_bin initdb)" --pgdata="$postgres_dir/cluster" --username=levante \
        --pwfile="$postgres_dir/password" --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 \
        >"$postgres_dir/initdb.log" 2>&1 || { cat "$postgres_dir/initdb.log" >&2; return 1; }
    # Another program may take a port between the choice and the start, so the start decides.
    for try in 1 2 3 4 5 6 7 8; do
        port=$((20000 + RANDOM % 12000))
        if postgres_as_owner "$(postgres_bin pg_ctl)" start --pgdata="$postgres_dir/cluster" --wait --timeout=60 \
            --log="$postgres_dir/server.log" --silent \
            --options="-p $port -k $postgres_dir/socket -c listen_addresses=127.0.0.1 -c max_connections=300 -c fsync=on -c synchronous_commit=on -c log_min_messages=warning" \
            >/dev/null 2>&1 </dev/null; then
            export LEVANTE_TEST_POSTGRES="postgres://levante:$password@127.0.0.1:$port/postgres"
            return 0
        fi
    done
    echo "PostgreSQL did not start after $try tries; the end of its log:" >&2
    tail -n 20 "$postgres_dir/server.log" >&2 2>/dev/null || true
    return 1
}

# Creates an empty database beside the given URL's and prints its URL.
postgres_database() {
    local name=$1
    "$(postgres_bin psql)" --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --command="CREATE DATABASE \"$name\"" "$LEVANTE_TEST_POSTGRES" >&2
    echo "${LEVANTE_TEST_POSTGRES%/*}/$name"
}

postgres_stop() {
    if [[ -n ${postgres_dir:-} && -f $postgres_dir/cluster/postmaster.pid ]]; then
        # Nothing in it is wanted any more, so nobody waits for clients to leave.
        postgres_as_owner "$(postgres_bin pg_ctl)" stop --pgdata="$postgres_dir/cluster" --mode=immediate \
            --wait --timeout=30 --silent >/dev/null 2>&1 || true
    fi
    postgres_dir=
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    set -euo pipefail
    if [[ $# -eq 0 ]]; then
        echo "usage: tests/real/postgres.sh COMMAND…   (LEVANTE_TEST_POSTGRES is set for COMMAND)" >&2
        exit 2
    fi
    work=$(mktemp -d "${TMPDIR:-/tmp}/levante-postgres.XXXXXX")
    chmod 755 "$work"
    trap 'postgres_stop; rm -rf "$work"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    postgres_start "$work/pg"
    "$@"
fi
