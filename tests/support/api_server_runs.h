/*
 * The rows that the test server serves, read from a store's file with SQL of its own: nothing of the program under test has a say in
 * them.
 */
#pragma once

#include "data/base/arena.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct served_call {
    const char *run_id;
    size_t path; /* in served_runs.paths */
    int64_t rowid;
};

/* What a list is filtered, sorted and counted by. Times: TIME_NONE for null. */
struct served_run {
    int64_t rowid, created_at, started_at, completed_at;
    const char *id, *scope, *status;
    const char *trigger; /* NULL: null */
    const struct served_call *calls;
    size_t call_count;
    bool was_asked; /* has an interaction, of any status */
};

struct served_runs {
    struct arena arena;
    struct served_run *runs; /* by rowid */
    size_t count;
    struct served_call *calls; /* by run, then rowid */
    size_t call_count;
    const char **paths; /* all tool paths, in byte order */
    size_t path_count;
};

/* One file; one thread is in it at a time. */
struct served_file {
    const char *path, *scope; /* scope: NULL serves all */
    pthread_mutex_t lock;
    sqlite3 *db;
    dev_t device;
    ino_t inode;
    int64_t version; /* PRAGMA data_version that runs were read at; -1: never */
    struct served_runs runs;
};

void served_file_init(struct served_file *file, const char *path, const char *scope);

/* Enters a read transaction on the file as it is now, with `runs` read anew where it changed. False: it cannot be read, and nothing was entered. */
bool served_file_enter(struct served_file *file);
void served_file_leave(struct served_file *file);

/* NULL: no such run. */
const struct served_run *served_run_find(const struct served_runs *runs, const char *id);

/* Prepares, or dies: the statements are the server's own. */
sqlite3_stmt *served_prepare(struct served_file *file, const char *sql);
