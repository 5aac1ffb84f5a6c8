/*
 * What the parts of the library share. Its names start with lib_: what starts with executor_runs_ is all that
 * a host's linker sees of it. Whoever calls one of them that takes a run holds the mutex.
 */
#pragma once

#include "data/base/uuid.h"
#include "data/record/executor_runs.h"
#include "data/record/recorder.h"
#include "data/store/store.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef enum executor_runs_result result;

struct executor_runs {
    pthread_mutex_t mutex;
    struct store *store; /* NULL: could not be opened */
    pid_t pid;           /* who opened it: a forked child has no business here */
    struct recorder recorder;
    char scope[RECORDER_SCOPE];
    struct err err;
    struct executor_runs_run *runs;  /* not ended */
    struct executor_runs_run *ended; /* whose end could not be written yet */
};

struct executor_runs_run {
    struct executor_runs *runs;
    struct executor_runs_run *next;
    char id[UUID_TEXT];
    char *code, *trigger, *meta;
    int64_t created_at, started_ms; /* wall clock, and the one that nobody sets */
    bool has_row;
    struct record_log *log;
    int64_t log_due;  /* by clock_ms: when it is worth writing; 0: nothing came since it was written */
    int64_t log_next; /* and not before that */
    struct executor_runs_call *calls; /* not ended */
    /* Of the end, once it is known. */
    struct text status;
    char *result_json, *error, *logs_json;
    int64_t completed_at;
};

struct executor_runs_call {
    struct executor_runs_run *run;
    struct executor_runs_call *next;
    char id[UUID_TEXT];
    int64_t started_at, started_ms;
};

result lib_result(enum err_code code);
/* False: there is nothing to do it with. Else lib_leave() must follow, which returns `how`. */
bool lib_enter(struct executor_runs *runs);
result lib_leave(struct executor_runs *runs, result how);
/* Keeps what is wrong with an argument for executor_runs_error(). */
result lib_wrong(struct executor_runs *runs, const char *what);
bool lib_is_json(const char *text); /* or NULL */

/* The wall clock at the beginning, and what has gone by since on the other one: no step of the clock makes a
 * duration negative. */
int64_t lib_now_since(int64_t at, int64_t started_ms);

struct run_ref lib_run_ref(const struct executor_runs_run *run);
/* Makes the run's row where it is missing. */
MUST_USE enum err_code lib_need_row(struct executor_runs_run *run);
/* The host's own call waits for it: so only now and then, and not for a row that is still missing. What fails
 * is left to the next one. */
void lib_write_log(struct executor_runs_run *run);
/* Ends every run that was not ended, as failed, and forgets what could not be written. */
void lib_end_all(struct executor_runs *runs);
