#!/bin/sh
# Called by cargo in the place of rustc: counts branches, as libFuzzer needs it, in our crates and in
# the parsers under them, and builds everything else as usual. With the flags on everything the
# build takes twice as long and the fuzzer chases branches of no interest.
compiler=$1
shift
case " $* " in
*" --target "*) ;;
*) exec "$compiler" "$@" ;; # a build script or a macro: no libFuzzer is linked to it
esac
case $CARGO_PKG_NAME in
levante-fuzz | partner-center | partner-center-simulator | csv-core | jiff | rust_decimal | serde_json)
    exec "$compiler" "$@" --cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
        -Cllvm-args=-sanitizer-coverage-trace-compares
    ;;
*) exec "$compiler" "$@" ;;
esac
