/*
 * A recorded run as a command inside of it finds it, and commands started there: the three variables are set,
 * the rest of the environment is small and the same everywhere.
 *
 *     struct history *h = history_new();
 *     struct job job = job_new(h, JOB_RECORDER_ALIVE);
 *     struct job_process asking = job_start(&job, (const char *const[]){"ask", "--message", "Deploy?", NULL}, NULL);
 *     job_wait_for(&job, "SELECT count(*) FROM execution_interaction");
 *     …
 *     char *out, *err;
 *     int code = job_wait(&asking, &out, &err);      caller frees both
 *
 * Anything that goes wrong here ends the test program with a message.
 */
#pragma once

#include "tests/support/history.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

enum job_recorder {
    JOB_RECORDER_ALIVE, /* this process */
    JOB_RECORDER_DEAD,
    JOB_RECORDER_NONE, /* a run of an executor's own */
};

struct job {
    struct history *history;
    const char *id;
};

/* A new run in the history, running since now; its store is closed. */
struct job job_new(struct history *h, enum job_recorder recorder);

/* The metadata of such a run; caller frees. NULL for JOB_RECORDER_NONE. */
char *job_meta(enum job_recorder recorder);

struct job_process {
    pid_t pid;
    FILE *out, *err;
};

/* The program with these words, in the run (job NULL: in none). input: of its standard input; NULL:
 * nothing. */
struct job_process job_start(const struct job *job, const char *const *args, const char *input);
/* The exit status, or 128 + the signal. Either text may be NULL. */
int job_wait(struct job_process *process, char **out, char **err);
int job_do(const struct job *job, const char *const *args, const char *input, char **out, char **err);

/* The number that the query gives must be this. */
void job_expect(const struct job *job, const char *sql, int64_t number);
/* Waits until the query gives another number than 0, and returns it. */
int64_t job_wait_for(const struct job *job, const char *sql);
