#!/bin/sh
# usage: BUILD=build JOBS=2 TIMEOUT=120 tests/run.sh PROGRAM...
#
# Runs every test program with a time limit, JOBS at a time, shows one line for each and the full output of those that
# failed at the end, and closes with the sum over all of them, in cmocka's words and as "N passed, N failed, N skipped".
# Only those closing lines stand in these forms at a line's start, so that a reader of either form counts once.
set -eu
: "${BUILD:=build}" "${JOBS:=2}" "${TIMEOUT:=120}"
export BUILD TIMEOUT
logs=$BUILD/test-logs

# The log's path tells the program: build/tests/data/test_filter -> data_test_filter.
log_of() {
    echo "$logs/$(echo "${1#"$BUILD"/tests/}" | tr / _).log"
}

run_one() {
    program=$1
    log=$(log_of "$program")
    started=$(date +%s)
    code=0
    timeout -k 5 "$TIMEOUT" "$program" >"$log" 2>&1 </dev/null || code=$?
    [ $code -ne 124 ] || echo "run.sh: still running after $TIMEOUT s" >>"$log"
    [ $code -lt 126 ] || echo "run.sh: ended with status $code" >>"$log"
    took=$(($(date +%s) - started))
    # cmocka's own closing lines are summed; a program that failed without one is one failure.
    awk -v name="${program#"$BUILD"/tests/}" -v code="$code" -v took="$took" '
        /^\[  PASSED  \] [0-9]+ test/ { passed += $4 }
        /^\[  SKIPPED \] [0-9]+ test/ { skipped += $4 }
        /^\[  FAILED  \] [0-9]+ test/ { failed += $4 }
        END {
            if (code != 0 && failed == 0) failed = 1
            if (passed + failed + skipped == 0 && code == 0) { failed = 1; print "(reported no tests)" }
            printf "%s %s: %d passed", (failed ? "FAIL" : "ok  "), name, passed
            if (failed) printf ", %d failed", failed
            if (skipped) printf ", %d skipped", skipped
            print (took >= 2 ? " (" took " s)" : "")
            printf "%d %d %d\n", passed, failed, skipped > sums
        }' sums="$log.sum" "$log"
}

if [ "${1-}" = --one ]; then
    run_one "$2"
    exit 0
fi

rm -rf "$logs"
mkdir -p "$logs"
[ $# -eq 0 ] || printf '%s\n' "$@" | xargs -P "$JOBS" -n 1 "$0" --one

for program in "$@"; do
    log=$(log_of "$program")
    read -r _ failed skipped 2>/dev/null <"$log.sum" || failed=1
    if [ "$failed" -ne 0 ]; then
        printf '\n--- %s\n' "$program"
        sed 's/^/  | /' "$log"
    elif [ "$skipped" -ne 0 ]; then
        grep -i '^skip' "$log" || true
    fi
done

set -- "$logs"/*.sum
[ -e "$1" ] || set -- /dev/null
awk '{ passed += $1; failed += $2; skipped += $3 }
     END {
         printf "[==========] %d test(s) run.\n[  PASSED  ] %d test(s).\n", passed + failed + skipped, passed
         if (skipped) printf "[  SKIPPED ] %d test(s)\n", skipped
         if (failed) printf "[  FAILED  ] %d test(s)\n", failed
         printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
         exit failed != 0
     }' "$@"
