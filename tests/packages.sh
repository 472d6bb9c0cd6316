#!/usr/bin/env bash
# Packages the two crates that stand alone, unpacks what would be uploaded, and builds and tests
# each of them there, away from the workspace.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
target=${CARGO_TARGET_DIR:-$PWD/target}
crates=(partner-center-simulator partner-center)
version=$(cargo metadata --no-deps --format-version 1 --locked |
    sed -E 's/.*"name":"partner-center","version":"([^"]+)".*/\1/')

packages=()
for crate in "${crates[@]}"; do packages+=(-p "$crate"); done
# What is packed is the tree as it lies here, committed or not.
cargo package --quiet --locked --allow-dirty --no-verify "${packages[@]}"

alone=$(mktemp -d "${TMPDIR:-/tmp}/levante-packages.XXXXXX")
trap 'rm -rf "$alone"' EXIT
members=
for crate in "${crates[@]}"; do
    tar -xzf "$target/package/$crate-$version.crate" -C "$alone"
    members+="\"$crate-$version\", "
done
cp Cargo.lock "$alone/"
cat >"$alone/Cargo.toml" <<TOML
[workspace]
resolver = "3"
members = [$members]

# As in the workspace, so that what it has compiled is used again.
[profile.dev]
debug = "line-tables-only"
[profile.dev.package."*"]
debug = false
[profile.dev.build-override]
opt-level = 0

[patch.crates-io]
partner-center-simulator = { path = "partner-center-simulator-$version" }
TOML

for crate in "${crates[@]}"; do
    echo "== $crate $version, alone"
    # One seed is enough here: the workspace's own run walks them all.
    (cd "$alone" && PARTNER_CENTER_SEED=1 CARGO_TARGET_DIR=$target cargo test --quiet -p "$crate")
done
