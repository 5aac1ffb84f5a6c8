/*
 * The command line of the screen, weighed against environment and config: what was asked for wins, in the
 * order argument, environment, config.
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/err.h"
#include "data/filter/filter.h"
#include "data/query.h"
#include "tui/config.h"

/* X(enum, flag, short letter or 0, name of its value or "", help) — feeds getopt, --help and the README. */
#define SCREEN_OPTIONS(X)                                                                                    \
    X(SCREEN_FILTER, "filter", 'f', "FILTER", "start with a filter: 'status:failed after:1h'")               \
    X(SCREEN_SCOPE, "scope", 0, "ID", "show one scope of the file only")                                     \
    X(SCREEN_SORT, "sort", 0, "FIELD,DIR", "createdAt or durationMs, asc or desc")                           \
    X(SCREEN_LIVE, "live", 0, "", "start live")                                                              \
    X(SCREEN_UTC, "utc", 0, "", "times in UTC")                                                              \
    X(SCREEN_VIM, "vim", 0, "", "j and k move, J is live")                                                   \
    X(SCREEN_MOUSE, "mouse", 0, "", "click, wheel and drag")                                                 \
    X(SCREEN_ASCII, "ascii", 0, "", "nothing but ASCII on the screen")                                       \
    X(SCREEN_NO_CACHE, "no-cache", 0, "", "neither read nor keep counts of a large file between starts")     \
    X(SCREEN_CACERT, "cacert", 0, "FILE", "certificates that a remote source is trusted by")                 \
    X(SCREEN_HELP, "help", 'h', "", "this help")                                                             \
    X(SCREEN_VERSION, "version", 'V', "", "the version")

enum screen_option {
#define X(id, flag, letter, value, help) id,
    SCREEN_OPTIONS(X)
#undef X
        SCREEN_OPTION_COUNT,
};

struct options {
    const char *source; /* borrowed from argv; NULL where not named */
    struct filter filter;
    char *scope; /* owned; NULL: all */
    struct sort sort;
    bool has_filter, has_sort; /* of the command line, not of the config */
    const char *cacert;        /* borrowed from argv; NULL where not named */
    bool is_live, is_vim, has_mouse, is_ascii, has_cache;
    enum time_mode time;
    bool want_help, want_version;
};

/* config's values are the defaults. ERR_USAGE says which word is wrong. Release in any case. */
MUST_USE enum err_code options_parse(int argc, char **argv, const struct config *config,
                                     struct options *options, struct err *err);
void options_release(struct options *options);

/* The text of --help. */
void options_help(struct buf *out);
