/*
 * The command lines of `list`, `stats`, `show` and `export`: flags named and meant like the API's parameters
 * (product.md, Scripts), together with a filter line. Both must hold: -f 'status:failed' --tool 'github.*' is
 * the failed runs that called such a tool.
 */
#pragma once

#include "data/base/report.h"
#include "data/base/timefmt.h"
#include "data/query.h"

#include <stdbool.h>

enum script_command { SCRIPT_LIST, SCRIPT_STATS, SCRIPT_SHOW, SCRIPT_EXPORT, SCRIPT_COMMAND_COUNT };
enum script_form { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_NDJSON };

enum { LIMIT_DEFAULT = 25, LIMIT_MAX = 100 };
#define LIMIT_NONE INT64_MAX

/* X(enum, flag, what its value is ("" for none), in list, in stats, in show, in export, help) */
#define SCRIPT_OPTIONS(X)                                                                                    \
    X(OPTION_FILTER, "--filter", "FILTER", true, true, false, true,                                          \
      "a filter line (also -f): 'status:failed after:1h'")                                                   \
    X(OPTION_STATUS, "--status", "LIST", true, true, false, true,                                            \
      "statuses, by commas; unknown words are dropped")                                                      \
    X(OPTION_TRIGGER, "--trigger", "LIST", true, true, false, true,                                          \
      "triggers, by commas; unknown is none recorded")                                                       \
    X(OPTION_TOOL, "--tool", "LIST", true, true, false, true, "tool paths or prefix.*, by commas")           \
    X(OPTION_CODE, "--code", "TEXT", true, true, false, true, "text in the code, any case")                  \
    X(OPTION_FROM, "--from", "TIME", true, true, false, true,                                                \
      "created at or after: epoch ms, ISO, or a span back from now")                                         \
    X(OPTION_TO, "--to", "TIME", true, true, false, true, "created at or before")                            \
    X(OPTION_AFTER, "--after", "TIME", true, true, false, true, "created strictly after")                    \
    X(OPTION_ELICITATION, "--elicitation", "BOOL", true, true, false, true,                                  \
      "true: asked a person; false: never did")                                                              \
    X(OPTION_SORT, "--sort", "FIELD,DIR", true, false, false, true, "createdAt or durationMs, asc or desc")  \
    X(OPTION_LIMIT, "--limit", "N", true, false, false, true,                                                \
      "so many runs: 25 unless given; 1..100 with --json; all with --ndjson or export")                      \
    X(OPTION_CURSOR, "--cursor", "CURSOR", true, false, false, false,                                        \
      "behind the page that gave this nextCursor")                                                           \
    X(OPTION_SCOPE, "--scope", "ID", true, true, true, true, "only this scope")                              \
    X(OPTION_META, "--meta", "", true, false, false, false, "with --json: counts and the chart too")         \
    X(OPTION_TOOL_CALLS, "--tool-calls", "", false, false, true, false, "the run's tool calls, as JSON")     \
    X(OPTION_JSON, "--json", "", true, true, true, false, "JSON, in the API's shapes")                       \
    X(OPTION_NDJSON, "--ndjson", "", true, false, false, false,                                              \
      "every run that matches, one a line, as JSON")                                                         \
    X(OPTION_UTC, "--utc", "", true, true, true, true, "times are UTC's, read and written")                  \
    X(OPTION_CACERT, "--cacert", "FILE", true, true, true, true,                                             \
      "certificates that a remote source is trusted by")                                                     \
    X(OPTION_HELP, "--help", "", true, true, true, true, "this help")

struct script_args {
    const char *source; /* borrowed; NULL where not named */
    const char
        *id; /* borrowed; SHOW: NULL where the source is a link that may name the run, and with want_help */
    struct filter filter; /* owned; relative times count from the `now` of parsing */
    const char *scope;    /* borrowed; NULL: all */
    const char *cacert;   /* borrowed; NULL where not named */
    struct sort sort;
    bool has_sort;   /* --sort was given */
    int64_t limit;   /* clamped for JSON; LIMIT_NONE: all */
    bool has_cursor; /* one was given; where it did not decode it counts as absent, but for meta */
    bool is_cursor_good;
    struct row_key cursor; /* where is_cursor_good; its duration is not known */
    bool has_after;
    enum script_form form;
    enum time_mode times; /* TIME_LOCAL or TIME_IN_UTC */
    bool want_meta, want_tool_calls, want_help;
    struct report notes; /* what was dropped, as the API drops it: said on standard error */
};

/* argv[0] is the command's own name. ERR_USAGE explains itself in err. Release the args in any case. */
MUST_USE enum err_code script_args_parse(enum script_command command, int argc, char **argv, int64_t now,
                                         struct script_args *args, struct err *err);
void script_args_release(struct script_args *args);

/* The text of --help. */
void script_args_help(enum script_command command, struct buf *out);
