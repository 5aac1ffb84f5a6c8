/*
 * The config file: `key = value` lines in $XDG_CONFIG_HOME/executor-runs/config, '#' starts a comment. What
 * it says is a default that the command line overrides.
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/report.h"
#include "data/base/timefmt.h"
#include "data/http/http_settings.h"
#include "keymap/docgen.h"
#include "keymap/keymap.h"

#include <stdbool.h>

/* X(enum, the word, help) — in the order of the documents. How each is read stands in config.c. */
#define CONFIG_SETTINGS(X)                                                                                   \
    X(SETTING_SOURCE, "source", "the file or address that is opened when none is named")                     \
    X(SETTING_SCOPE, "scope", "the one scope that is shown; without it all are")                             \
    X(SETTING_FILTER, "filter", "the filter to start with")                                                  \
    X(SETTING_KEYS, "keys", "default, or vim: j and k move, J is live")                                      \
    X(SETTING_TIME, "time", "local, utc or relative")                                                        \
    X(SETTING_FIELDS, "fields", "the fields of the list, by commas, until others are chosen on the screen")  \
    X(SETTING_LIVE, "live", "yes: start live")                                                               \
    X(SETTING_RAIL, "rail", "no: start without the rail of facets")                                          \
    X(SETTING_MOUSE, "mouse", "yes: click, wheel and drag; the terminal's own selecting then needs Shift")   \
    X(SETTING_ASCII, "ascii", "yes: nothing but ASCII on the screen, whatever the locale")                   \
    X(SETTING_CACHE, "cache", "no: keep nothing of a large file for the next start, and read nothing kept")  \
    X(SETTING_TOKEN_FILE, "token_file",                                                                      \
      "remote: a file that holds the token; $EXECUTOR_RUNS_TOKEN goes before it")                            \
    X(SETTING_TOKEN_COMMAND, "token_command", "remote: a command line that prints the token")                \
    X(SETTING_USER_FILE, "user_file", "remote: a file with one line, user:password")                         \
    X(SETTING_COOKIE_FILE, "cookie_file", "remote: a file of cookies, Netscape's form or NAME=VALUE lines")  \
    X(SETTING_NETRC_FILE, "netrc_file", "remote: instead of $NETRC and ~/.netrc")                            \
    X(SETTING_CACERT, "cacert",                                                                              \
      "remote: a file of the certificates that are trusted, instead of the system's")                        \
    X(SETTING_PLAIN_HTTP, "plain_http", "remote: hosts, by commas, that a secret may go to without TLS")     \
    X(SETTING_TIMEOUT, "timeout", "remote: how long a whole answer may take: 5m unless set")                 \
    X(SETTING_POLL, "poll", "remote: the shortest time between two looks while live: 2s unless set")

enum setting {
#define X(id, word, help) id,
    CONFIG_SETTINGS(X)
#undef X
        SETTING_COUNT,
};

enum { CONFIG_FILE_MAX = 64 * 1024 };

struct config {
    /* Owned; NULL where not set. A leading ~/ of a file's name is the home directory already. */
    char *source, *scope, *filter, *fields;
    char *token_file, *token_command, *user_file, *cookie_file, *netrc_file, *cacert, *plain_http;
    int64_t timeout_ms, poll_ms; /* 0 where not set */
    bool is_vim;
    enum time_mode time;
    bool is_live, has_rail, has_mouse, is_ascii, has_cache;
};

void config_init(struct config *config); /* the built-in defaults */
void config_release(struct config *config);

/* Reads the text of a file over what is there. Every mistake is reported with its line and left out. */
void config_read(struct config *config, struct text text, struct report *report);

/* Init, and reads the config file where there is one. Appends complaints, a line each, for standard error. */
void config_load(struct config *config, struct buf *complaints);

/* The keymap: the built-in keys by `is_vim`, then the user's file ("keys" beside the config file) where there
 * is one. */
void config_load_keys(bool is_vim, struct keymap *keymap, struct buf *complaints);

/* What the config says of remote sources; a cacert of the command line, or NULL, goes before its own. Borrows from both. */
struct http_settings config_http(const struct config *config, const char *cacert);

/* Word and help of every setting, for the documents: SETTING_COUNT rows, constant. */
const struct doc_row *config_rows(void);
