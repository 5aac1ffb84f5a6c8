#!/bin/sh
# usage: FUZZ_SECONDS=60 tests/fuzz/run.sh PROGRAM...
#
# Searches with libFuzzer, one target after the other, from the committed corpus. What it finds interesting is kept under
# build/; a crash is left there too: put it into tests/fuzz/corpus/NAME and it is replayed by `make check` for ever.
set -eu
: "${FUZZ_SECONDS:=60}"
for program in "$@"; do
    name=$(basename "$program" | sed 's/^fuzz_//')
    found=build/fuzz/corpus/$name
    mkdir -p "$found"
    echo "== $name"
    "$program" -max_total_time="$FUZZ_SECONDS" -timeout=5 -rss_limit_mb=1024 -artifact_prefix="build/fuzz/$name-" \
        -print_final_stats=1 "$found" "tests/fuzz/corpus/$name"
done
