#!/bin/sh
# usage: tests/check-layers.sh [BUILD]
#
# The rules of the house that a script can check: who may include whom, which file may know which library, which functions
# nobody calls, and that no room keeps mutable state outside a struct. Prints every breach as file:line and fails.
# The object files under BUILD are looked at where there are any.
set -eu
cd "$(dirname "$0")/.."
build=${1:-build}

rooms='tui widgets data keymap'
# shellcheck disable=SC2086
sources=$(find $rooms tests screenshots bench -name '*.[ch]' 2>/dev/null | sort)
[ -n "$sources" ] || exit 0

breaches=$(
    # shellcheck disable=SC2086
    awk '
    function breach(why) { printf "%s:%d: %s: %s\n", FILENAME, FNR, why, $0 }

    # Values that may be drawn, and the key that a line editor is fed: no road from these to a source or a command.
    function is_value_header(h) { return h == "keymap/key.h" || h ~ /^data\/(run|meta|histogram|query|cursor)\.h$/ || h == "data/filter/filter.h" || h ~ /^data\/text\/[^\/]*\.h$/ }

    function check_own(h) {
        if (h !~ /\//) breach("an include names its file from the top of the repository")
        else if (room != "tui" && room != "tests" && h ~ /^tui\//) breach("only tui includes tui")
        else if (room !~ /^(tests|screenshots|bench)$/ && h ~ /^tests\//) breach("only tests include tests")
        else if (is_base && h !~ /^data\/base\//) breach("data/base depends on nothing")
        else if (is_btree && h !~ /^data\/(base|btree)\//) breach("data/btree knows bytes only: data/base")
        else if (room == "data" && h !~ /^data\//) breach("data knows no screen and no keys")
        else if (room == "keymap" && h !~ /^(keymap|data\/base)\//) breach("keymap knows only data/base")
        else if (room == "widgets" && h !~ /^(widgets|data\/base)\// && !is_value_header(h)) breach("widgets know only values")
        if (h == "data/http/http_curl.h" && FILENAME !~ /^data\/http\/http_(client[a-z_]*|url|curl)\.[ch]$/)
            breach("curl is known to the parts of data/http/http_client and to http_url.c only")
        if (h ~ /^data\/store\// && !(room == "tests" || room == "bench" || FILENAME ~ /^(data\/(store|demo|record|answer)\/.*|tui\/cmd_(demo|record|tool|ask|answer|sweep|import)\.[ch])$/))
            breach("the writing half is linked into no read path")
        if (FILENAME ~ /^data\/store\// && h ~ /^data\/(record|answer)\//) breach("the store does not know who writes through it")
        if (h ~ /^data\/(api|serve)\// && FILENAME !~ /^(data\/(api|serve)\/|tui\/|tests\/|bench\/)/)
            breach("only commands know the server")
        if (h == "data/serve/serve_library.h" && FILENAME !~ /^data\/serve\/serve(_[a-z]+)?\.[ch]$/) breach("libmicrohttpd is known to data/serve only")
        if (FILENAME ~ /^data\/api\// && h ~ /^data\/(serve|store)\//) breach("data/api answers questions: it knows no HTTP and does not write")
    }

    function check_library(h) {
        if (h ~ /^(n?curses|ncursesw?\/.*|term|termcap)\.h$/ && FILENAME !~ /^tui\/term(_keys)?\.[ch]$/) breach("curses is known to tui/term.c and its keys only")
        if (h ~ /cJSON\.h$/ && FILENAME != "data/wire_read.c" && room != "tests") breach("cJSON is known to data/wire_read.c only")
        if (h ~ /^curl\// && FILENAME != "data/http/http_curl.h") breach("curl is included through data/http/http_curl.h only")
        if (h ~ /^microhttpd\.h$/ && FILENAME != "data/serve/serve_library.h") breach("libmicrohttpd is included through data/serve/serve_library.h only")
        if (h ~ /^zlib\.h$/ && FILENAME != "data/serve/serve_gzip.c" && room != "tests") breach("zlib is known to data/serve/serve_gzip.c only")
        if (h ~ /^sqlite3\.h$/ && room != "tests" && room != "bench" && FILENAME !~ /^data\/(sqlite|store)\/[^\/]*\.[ch]$/)
            breach("sqlite3 is known to the SQLite source and store only")
    }

    # What is neither a comment nor a string.
    function code_of(line) {
        gsub(/\\./, "", line)
        gsub(/"[^"]*"/, "\"\"", line)
        if (in_comment) {
            if (!match(line, /\*\//)) return ""
            line = substr(line, RSTART + 2)
            in_comment = 0
        }
        gsub(/\/\*([^*]|\*[^\/])*\*\//, "", line)
        sub(/\/\/.*/, "", line)
        if (match(line, /\/\*/)) { line = substr(line, 1, RSTART - 1); in_comment = 1 }
        return line
    }

    FNR == 1 {
        in_comment = 0
        room = FILENAME
        sub(/\/.*/, "", room)
        is_base = FILENAME ~ /^data\/base\//
        is_btree = FILENAME ~ /^data\/btree\//
    }
    /^[ \t]*#[ \t]*include[ \t]*"/ { h = $0; sub(/^[^"]*"/, "", h); sub(/".*/, "", h); check_own(h); next }
    /^[ \t]*#[ \t]*include[ \t]*</ { h = $0; sub(/^[^<]*</, "", h); sub(/>.*/, "", h); check_library(h); next }
    {
        code = code_of($0)
        if (code ~ /(^|[^A-Za-z0-9_.>])(strcpy|stpcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|gmtime|localtime|ctime|asctime)[ \t]*\(/)
            breach("banned function")
        if (room != "tests" && code ~ /(^|[^A-Za-z0-9_.>])(system|popen)[ \t]*\(/)
            breach("no shell is started from here")
    }' $sources

    # Mutable state: anything a linker puts into writable sections. Const tables of pointers (.data.rel.ro) are not. Four files hold
    # what a process has once: its terminal with the signals, its last words, its libcurl.
    for room in $rooms; do
        [ ! -d "$build/$room" ] || find "$build/$room" -name '*.o'
    done | sort | while read -r object; do
        source=${object#"$build"/}
        source=${source%.o}.c
        case $source in tui/term.c | tui/term_signals.c | data/base/die.c | data/http/http_curl.c) continue ;; esac
        [ -e "$source" ] || continue
        objdump -t "$object" 2>/dev/null | awk -v source="$source" '
            / O / && /[ \t](\.t?data|\.t?bss|\*COM\*)[.A-Za-z0-9_]*[ \t]/ && !/\.data\.rel\.ro/ && $NF !~ /^(__|\.L)/ {
                print source ": mutable state outside a struct: " $NF
            }'
    done
)

if [ -n "$breaches" ]; then
    printf '%s\n' "$breaches" >&2
    echo "check-layers: $(printf '%s\n' "$breaches" | wc -l | tr -d ' ') breach(es)" >&2
    exit 1
fi
echo "check-layers: clean"
