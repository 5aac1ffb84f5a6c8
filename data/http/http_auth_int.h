/*
 * Where secrets are read from: between the http_auth files only. Texts are owned, and are to be wiped.
 */
#pragma once

#include "data/http/http_auth.h"

/* Overwrites and frees; NULL is fine. */
void secret_free(char *secret);

/* A regular file of at most `max` bytes, NUL-terminated. ERR_DENIED where others can read it and must_be_private. */
struct secret_file {
    const char *path;
    size_t max;
    bool must_be_private;
};
MUST_USE enum err_code secret_read_file(const struct secret_file *file, char **text, struct err *err);

/* Runs the command by /bin/sh; *text is what it wrote to its standard output. */
MUST_USE enum err_code secret_run(const char *command, int64_t limit_ms, struct cancel *cancel, char **text,
                                  struct err *err);

/* Where secrets are to be found, and for whom. Texts NULL where not set. */
struct auth_places {
    char *host;   /* without brackets */
    bool is_open; /* secrets may go there: by TLS, to this machine, or by permission */
    char *token;  /* $EXECUTOR_RUNS_TOKEN */
    char *token_file, *token_command, *user_file, *cookie_file, *netrc_file;
    bool is_netrc_named; /* by the settings; else the file is looked at where there is one */
    int64_t command_ms;
    char *origin; /* what http_auth_origin says, but for netrc; NULL: nothing is set */
    char *netrc_origin;
};

/* *origin: where what was read comes from; NULL: there is nothing. */
MUST_USE enum err_code auth_read(const struct auth_places *places, struct cancel *cancel,
                                 struct http_credentials *out, const char **origin, struct err *err);
