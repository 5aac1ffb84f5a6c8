#!/bin/sh
# usage: CPPFLAGS=... JOBS=2 tests/lint.sh FILE.c...
#
# Three readers over our own sources; every finding of any of them fails. The format of headers is checked with their room.
set -eu
: "${CPPFLAGS:=}" "${JOBS:=2}"
failed=0

say() {
    printf '== %s\n' "$1"
}

headers=$(for source in "$@"; do dirname "$source"; done | sort -u | while read -r room; do ls "$room"/*.h 2>/dev/null || true; done)

say clang-format
for file in "$@" $headers; do
    clang-format "$file" | cmp -s - "$file" || { echo "$file: not as clang-format writes it"; failed=1; }
done

say cppcheck
cppcheck --quiet --std=c11 --language=c --inline-suppr --error-exitcode=1 -j "$JOBS" -I. \
    --enable=warning,performance,portability \
    --suppress=missingIncludeSystem \
    --suppressions-list=tests/lint-suppressions.txt "$@" || failed=1

say clang-tidy
# shellcheck disable=SC2016
printf '%s\n' "$@" | xargs -P "$JOBS" -n 4 sh -c 'flags=$0; clang-tidy --quiet "$@" -- -std=c11 $flags 2>/dev/null' "$CPPFLAGS" || failed=1

[ $failed -eq 0 ] && echo "lint: clean"
exit $failed
