/*
 * The program in front of a server: app.h's history behind api_server.h's address, with the settings that a test may wish for.
 *
 *     struct app_remote *remote = app_remote_new();
 *     struct pty *pty = app_remote_start(remote, &(struct app_options){0});
 *     …
 *     pty_free(pty);
 *     app_remote_free(remote);
 */
#pragma once

#include "tests/support/api_server.h"
#include "tests/support/app.h"

struct app_remote {
    struct history *history; /* app_fill()'s, left open as by an executor at work */
    struct api_server *server;
    char settings
        [4200]; /* "XDG_CONFIG_HOME=…": whose config has `poll = 1s`; in the environment of what app_remote_start starts */
};

struct app_remote *app_remote_new(void);
void app_remote_free(struct app_remote *remote); /* NULL allowed */

/* Adds a line to the config. */
void app_remote_set(struct app_remote *remote, const char *line);

/* As app_start. The address is the server's; `behind` goes behind it: "/api", "/runs?status=failed"; NULL: nothing. */
struct pty *app_remote_start(const struct app_remote *remote, const struct app_options *options);
struct pty *app_remote_start_at(const struct app_remote *remote, const char *behind,
                                const struct app_options *options);

/* Waits until the list stands with this count in its header and nothing more is being asked. Fails the test at the caller's line. */
#define app_remote_expect_runs(pty, count) app_remote_expect_runs_((pty), (count), __FILE__, __LINE__)
void app_remote_expect_runs_(struct pty *pty, const char *count, const char *file, int line);
