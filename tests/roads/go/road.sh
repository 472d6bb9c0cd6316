#!/usr/bin/env bash
# The whole road with Debian's golang-github-ovh-go-ovh-dev, unmodified, against a running demo.
#
#   road.sh DEMO.json
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
package=golang-github-ovh-go-ovh-dev

# Nothing to say means: every source is as its package brought it. Small images leave documentation out.
changed=$(dpkg --verify "$package" golang-gopkg-ini.v1-dev | grep " /usr/share/gocode/" || true)
if [[ -n $changed ]]; then
    echo "FAILED the files of $package are not the published ones: $changed"
    echo "0 passed, 1 failed"
    exit 1
fi

# Debian's sources are a folder of packages without modules.
export GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode GOTOOLCHAIN=local
export GOCACHE=${CARGO_TARGET_DIR:-$root/target}/go
mkdir -p "$GOCACHE"
go run "$here/road.go" "$1" "$here/../expectations.json"
