#!/usr/bin/env bash
# Runs the fuzzing targets of fuzz/ for a while, each from its seeds.
#
#   tests/fuzz.sh                     every target for 20 seconds
#   tests/fuzz.sh 600                 every target for 10 minutes
#   tests/fuzz.sh 60 values answers   these two for a minute
#
# It needs stable Rust and a C++ compiler, and neither a nightly nor cargo-fuzz: fuzz/rustc.sh sets
# the flags that cargo-fuzz would for `--sanitizer none`. With cargo-fuzz, `cargo fuzz run TARGET` does
# the same. It builds in target/fuzz, keeps what it finds there in corpus/TARGET, and leaves an
# input that fails in artifacts/TARGET.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=${1:-20}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "usage: tests/fuzz.sh [SECONDS] [TARGET…]" >&2; exit 2; }
shift || true
targets=("$@")
if [[ ${#targets[@]} -eq 0 ]]; then
    for file in fuzz/fuzz_targets/*.rs; do
        targets+=("$(basename "$file" .rs)")
    done
fi
for target in "${targets[@]}"; do
    [[ -f fuzz/fuzz_targets/$target.rs ]] || { echo "there is no target $target in fuzz/fuzz_targets" >&2; exit 2; }
done
command -v "${CXX:-c++}" >/dev/null || { echo "libFuzzer needs a C++ compiler: apt-get install g++" >&2; exit 1; }

home=${CARGO_TARGET_DIR:-$PWD/target}/fuzz
host=$(rustc -vV | sed -n 's/^host: //p')
# With a target named, build scripts and macros are told apart from the rest (see fuzz/rustc.sh).
RUSTC_WRAPPER=$PWD/fuzz/rustc.sh CARGO_TARGET_DIR=$home cargo build --quiet --release --locked \
    --manifest-path fuzz/Cargo.toml --target "$host" "${targets[@]/#/--bin=}"

running=()
stop() {
    local one
    for one in ${running[@]+"${running[@]}"}; do
        kill -TERM "$one" 2>/dev/null || true
    done
}
trap 'stop; exit 130' INT
trap 'stop; exit 143' TERM HUP

# One target, its output in a file.
run() {
    local target=$1 corpus=$home/corpus/$1 artifacts=$home/artifacts/$1 dictionary=fuzz/dictionaries/$1.dict
    mkdir -p "$corpus" "$artifacts" "fuzz/corpus/$target"
    exec "$home/$host/release/$target" "$corpus" "fuzz/corpus/$target" \
        -artifact_prefix="$artifacts/" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 \
        -max_len=16384 -print_final_stats=1 $([[ ! -f $dictionary ]] || echo "-dict=$dictionary")
}

passed=0 failed=0
# One line for a target that has ended.
report() {
    local target=$1 code=$2 log=$home/$1.log runs coverage took
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)
    coverage=$(grep -oE 'cov: [0-9]+' "$log" | tail -n 1 | cut -d ' ' -f 2 || true)
    took=$(sed -n 's/^Done .* in \([0-9]*\) second.*/\1/p' "$log" | tail -n 1)
    if [[ $code -eq 0 ]]; then
        passed=$((passed + 1))
        printf 'ok     %-14s %10s runs  %6s points  %4s s\n' "$target" "${runs:-?}" "${coverage:-?}" "${took:-?}"
        return
    fi
    failed=$((failed + 1))
    printf 'FAILED %-14s %10s runs  %6s points  (exit code %s)\n' "$target" "${runs:-?}" "${coverage:-?}" "$code"
    grep -vE '^#[0-9]+' "$log" | tail -n 60 | sed 's/^/    /'
    local artifact
    artifact=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
    [[ -z $artifact ]] || echo "    again: $home/$host/release/$target $artifact"
}

# Two at a time.
for ((at = 0; at < ${#targets[@]}; at += 2)); do
    pair=("${targets[@]:at:2}")
    running=()
    for target in "${pair[@]}"; do
        (run "$target") >"$home/$target.log" 2>&1 </dev/null &
        running+=($!)
    done
    for index in "${!pair[@]}"; do
        code=0
        wait "${running[index]}" || code=$?
        report "${pair[index]}" "$code"
    done
done
running=()
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
