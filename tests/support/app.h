/*
 * The program in a pty, on a small history whose every number is known.
 *
 *     struct history *h = app_history();
 *     struct pty *pty = app_start(h, &(struct app_options){.cols = 120, .rows = 36});
 *     …
 *     pty_free(pty);
 *     history_free(h);
 *
 * The clock stands still at APP_NOW (a Saturday, 13:03:05 UTC) unless it is asked to run.
 */
#pragma once

#include "tests/support/history.h"
#include "tests/support/pty.h"

#define APP_NOW INT64_C(1795266185000)

enum {
    APP_RUNS = 144,
    APP_STEP = 10 * 60 * 1000, /* from a run to the next older one, so that the whole is a day */
    APP_WORDS = 16,
};

/* Run i, 0 the newest, was created at APP_NOW - 1000 - i * APP_STEP. */
enum { APP_ID = 37, APP_TIME = 64 };
void app_run_id(int i, char id[APP_ID]); /* the digits of i at its end */

/* Every twelfth run is running (i = 0), waiting with an open question (7), cancelled (5), three of twelve failed (3, 4, 9); the rest is completed.
 * The triggers cli, http, mcp and none take turns, so do two tools (github.issues.list, slack.post) and none. Failed ones took 6 s, the others
 * 20 ms; each has logs. The code of run i holds the words `run <i>`. */
void app_fill(struct history *h);
struct history *app_history(void); /* a new one, filled and closed: no -wal beside it */

struct app_options {
    int cols, rows;          /* 0: 120 × 36 */
    const char *const *args; /* behind the file's name; ends in NULL. May be NULL */
    const char *const *env;  /* further "NAME=value"; ends in NULL. May be NULL */
    const char *term;        /* NULL: xterm-256color */
    const char *lang;        /* NULL: C.UTF-8 */
    const char *dir;         /* working directory; NULL: the caller's */
    bool is_clock_running;
    int delay_ms, bytes_per_second; /* as in pty_options */
};

struct pty *app_start(const struct history *h, const struct app_options *options);
struct pty *app_start_file(const char *path, const struct app_options *options); /* path NULL: no argument */
const char *app_program(void); /* an absolute path; the test's, until it ends */

/* An argv without the program's name. */
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* A number that SQL finds in the file, by a connection of its own that only reads. Dies where there is none. */
int64_t app_count(const char *path, const char *sql);

/* Runs the program without a terminal. stdout becomes *out (caller frees, NUL-terminated; may be NULL), likewise stderr *err; returns
 * its exit status, or 128 + the signal. argv as for app_options.args, but the whole of it. */
int app_run(const char *const *argv, char **out, char **err);

/* Rows of the screen, found by what stands in them. -1 where there is none. */
int app_list_head(struct pty *pty);            /* the line with the names of the columns */
int app_list_row(struct pty *pty, int i);      /* where run i stands, by its time; waits for it */
void app_run_time(int i, char text[APP_TIME]); /* as the list shows it at 80 columns: 13:03:04.000 */
bool app_is_selected(struct pty *pty, int i);  /* waits until it is */

/* Waits until every number is exact. False when that does not come. */
bool app_is_exact(struct pty *pty);
