/*
 * Records runs of your own program where executor-runs shows them: what ran, how it ended, which tools it
 * called, what it asked a person.
 *
 *     struct executor_runs *runs = executor_runs_open(NULL);
 *     struct executor_runs_run *run = executor_runs_begin(runs, &(struct executor_runs_start){.code = "nightly import"});
 *     executor_runs_log(run, EXECUTOR_RUNS_INFO, "12 files found");
 *     struct executor_runs_call *call = executor_runs_call_begin(run, "s3.objects.list", "{\"bucket\":\"in\"}");
 *     executor_runs_call_finish(call, "{\"count\":12}", NULL);
 *     executor_runs_finish(run, EXECUTOR_RUNS_COMPLETED, "{\"imported\":12}", NULL);
 *     executor_runs_close(runs);
 *
 * cc program.c $(pkg-config --cflags --libs executor-runs)
 *
 * Recording never fails your program. No function prints, raises a signal, starts a thread or exits; each may
 * be given the NULL that another one returned, and does nothing then. (Only a system that has no memory left
 * for a few kilobytes ends the program, here as anywhere; and who limits the size of its files ignores
 * SIGXFSZ.) What goes wrong is in the result and in executor_runs_error(), for whoever wants to know.
 *
 * Time. Every function but executor_runs_ask() takes no longer than the disk, and where somebody else writes
 * to the file at that moment, no longer than busy_timeout_ms. A run whose row could not be written when it
 * began is written with its first call or question, or with its end; an end that could not be written since
 * the file was busy is tried again with the next begin, finish or close.
 *
 * Threads. One `struct executor_runs`, and all that comes from it, may be used from any number of threads at
 * once; they take turns. What one thread has ended (finish, close) no other may still use. Of a forked child
 * nothing is recorded: it does nothing with what its parent opened.
 *
 * Ownership. Texts are copied or written during the call and remain yours; they are UTF-8 and end in NUL.
 * Where JSON is wanted, that is checked. A run is yours until executor_runs_finish(), a call until
 * executor_runs_call_finish(): each must be called exactly once, and executor_runs_close() does it for what
 * is left. Times and ids are made here.
 *
 * A process that dies without a finish leaves runs that are "running"; the next `executor-runs record` or
 * `sweep` on this machine marks them as failed.
 */
#ifndef EXECUTOR_RUNS_H
#define EXECUTOR_RUNS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct executor_runs;      /* a file that is recorded in */
struct executor_runs_run;  /* a run that has not ended */
struct executor_runs_call; /* a tool call that has not ended */

enum executor_runs_result {
    EXECUTOR_RUNS_OK = 0,
    EXECUTOR_RUNS_NOT_OPEN, /* NULL was given, the file could not be opened, or this is a forked child */
    EXECUTOR_RUNS_WRONG,    /* an argument: no JSON, a missing text */
    EXECUTOR_RUNS_BUSY,     /* somebody else held the file for longer than busy_timeout_ms */
    /* the run, call or question is not in the file any more, or was ended by somebody else */
    EXECUTOR_RUNS_GONE,
    EXECUTOR_RUNS_FAILED,    /* the file could not be written */
    EXECUTOR_RUNS_TIMED_OUT, /* nobody answered in time */
};

/* ---- the file ---- */

struct executor_runs_options {
    /* NULL: $EXECUTOR_RUNS_DB, else $XDG_DATA_HOME/executor-runs/runs.db, else below ~/.local/share */
    const char *path;
    /* NULL: that of this machine, as `executor-runs record` has it. 79 bytes of it count */
    const char *scope;
    int busy_timeout_ms; /* 0: 250; negative: do not wait; at most 10000 */
};

/* Opens the file, and makes it and its directories where they are missing, for their owner alone (the file
 * for the group, too, where the directory is its to write). options may be NULL. Never NULL while there is
 * memory: where the file cannot be opened, all that is done with the result does nothing, and
 * executor_runs_error() says why. */
struct executor_runs *executor_runs_open(const struct executor_runs_options *options);

/* Ends what has not ended (as failed), and frees it. */
void executor_runs_close(struct executor_runs *runs);

/* Copies what went wrong last, in words, into text (cut to size, always ended); "" where nothing has. */
void executor_runs_error(struct executor_runs *runs, char *text, size_t size);

/* ---- runs ---- */

struct executor_runs_start {
    const char *code; /* what runs: a command line, a program's text, the name of a job. Needed */
    const char *
        trigger; /* "cli", "cron", "http", any word; NULL: $EXECUTOR_TRIGGER, else found out: cron, systemd or cli */
    const char *meta_json; /* a JSON object that says more of the trigger; NULL: none. At most 32 kB */
    const char *name;      /* stands in the metadata, too; NULL: none */
};

/* Begins a run: it is "running". NULL for a NULL and for wrong arguments; a file that cannot be written at
 * the moment still gives a run. */
struct executor_runs_run *executor_runs_begin(struct executor_runs *runs,
                                              const struct executor_runs_start *start);

/* Its id, a UUID: lives as long as the run. "" for NULL. */
const char *executor_runs_id(const struct executor_runs_run *run);

enum executor_runs_level {
    EXECUTOR_RUNS_DEBUG,
    EXECUTOR_RUNS_INFO,
    EXECUTOR_RUNS_LOG,
    EXECUTOR_RUNS_WARN,
    EXECUTOR_RUNS_ERROR
};

/* Adds lines to the run's log, which is written with its end, and before that by a call of this function of
 * executor_runs_call_begin(), or while executor_runs_ask() waits, about every five seconds. Of a long log the
 * first 64 kB and the last 192 kB are kept, and what is missing is said. */
void executor_runs_log(struct executor_runs_run *run, enum executor_runs_level level, const char *text);

enum executor_runs_end { EXECUTOR_RUNS_COMPLETED, EXECUTOR_RUNS_ENDED_FAILED, EXECUTOR_RUNS_CANCELLED };

/* Ends and frees the run, whatever the result says; its calls that have not ended fail and are freed, too.
 * result_json and error may be NULL. */
enum executor_runs_result executor_runs_finish(struct executor_runs_run *run, enum executor_runs_end end,
                                               const char *result_json, const char *error);

/* ---- tool calls ---- */

/* path is dotted: "github.issues.create". args_json may be NULL. NULL for a NULL, for wrong arguments, and
 * where it could not be written. */
struct executor_runs_call *executor_runs_call_begin(struct executor_runs_run *run, const char *path,
                                                    const char *args_json);

/* Ends and frees the call: it failed where there is an error, else it is completed. Both may be NULL. */
enum executor_runs_result executor_runs_call_finish(struct executor_runs_call *call, const char *result_json,
                                                    const char *error);

/* ---- questions ---- */

struct executor_runs_question {
    const char *message; /* needed */
    /* a JSON schema of an object, for a form; NULL: yes or no is all that is asked */
    const char *schema_json;
    const char *url; /* instead of a form: where the person has something to do; NULL: none */
    int timeout_ms;  /* 0: does not wait; negative: waits for ever */
};

enum executor_runs_action { EXECUTOR_RUNS_ACCEPTED, EXECUTOR_RUNS_DECLINED, EXECUTOR_RUNS_DISMISSED };

struct executor_runs_answer {
    enum executor_runs_action action;
    /* an object, of fields that the schema calls secret, too; NULL unless accepted. Yours:
     * executor_runs_answer_free() */
    char *content_json;
};

/* Puts a question to whoever looks (in the screen of executor-runs, or by `executor-runs answer`), and waits:
 * the run is "waiting_for_interaction" meanwhile. *answer is empty unless the result is OK. A question that
 * nobody answered in time is taken back. */
enum executor_runs_result executor_runs_ask(struct executor_runs_run *run,
                                            const struct executor_runs_question *question,
                                            struct executor_runs_answer *answer);
void executor_runs_answer_free(struct executor_runs_answer *answer);

#ifdef __cplusplus
}
#endif

#endif
