/*
 * Runs of a program that records itself. What a run needs to be written later, because the file was not to be
 * had when it began, is kept with it.
 */
#include "data/record/executor_runs_int.h"

#include "data/base/clock.h"
#include "data/base/die.h"
#include "data/base/timefmt.h"
#include "data/record/origin.h"
#include "data/record/record_log.h"
#include "data/record/record_pace.h"

#include <stdlib.h>
#include <string.h>

enum err_code lib_need_row(struct executor_runs_run *run)
{
    struct executor_runs *runs = run->runs;
    if (run->has_row)
        return ERR_OK;
    struct run row = {.id = text_of(run->id),
                      .scope_id = text_of(runs->scope),
                      .code = text_of(run->code),
                      .trigger_kind = text_of(run->trigger),
                      .trigger_meta_json = text_of(run->meta),
                      .started_at = TIME_NONE,
                      .created_at = run->created_at};
    enum err_code code = store_create_run(runs->store, &row, &runs->err);
    /* An attempt that failed may have been written all the same: a row of that id is ours. */
    run->has_row = code == ERR_OK || code == ERR_USAGE;
    return run->has_row ? ERR_OK : code;
}

static void free_run(struct executor_runs_run *run)
{
    free(run->code);
    free(run->trigger);
    free(run->meta);
    free(run->result_json);
    free(run->error);
    free(run->logs_json);
    free(run);
}

static void free_calls(struct executor_runs_run *run)
{
    while (run->calls) {
        struct executor_runs_call *call = run->calls;
        run->calls = call->next;
        free(call);
    }
}

static enum err_code write_end(struct executor_runs_run *run)
{
    struct executor_runs *runs = run->runs;
    struct run_end end = {.status = run->status,
                          .result_json = text_of(run->result_json),
                          .error_text = text_of(run->error),
                          .logs_json = text_of(run->logs_json),
                          .completed_at = run->completed_at};
    enum err_code code = lib_need_row(run);
    return code ? code
                : store_end_run(runs->store, lib_run_ref(run), &end, TEXT_LIT("the run ended"), &runs->err);
}

/* What could not be written a moment ago is not to be lost for that; what another moment does not mend is
 * given up. The result is that of the last of them, and ERR_BUSY where they have to wait. */
static enum err_code write_ended(struct executor_runs *runs)
{
    enum err_code code = ERR_OK;
    for (struct executor_runs_run *run; (run = runs->ended) != NULL;) {
        code = write_end(run);
        if (code == ERR_BUSY)
            break;
        runs->ended = run->next;
        free_run(run);
    }
    return code;
}

static char *copy_of(const char *text)
{
    return text ? mem_strdup(text) : NULL;
}

static void note_end(struct executor_runs_run *run, struct text status, const char *result_json,
                     const char *error)
{
    struct buf logs;
    buf_init(&logs, RECORD_JSON_MAX);
    record_log_json(run->log, &logs);
    run->status = status;
    run->result_json = copy_of(result_json);
    run->error = copy_of(error);
    run->logs_json = logs.len > 2 ? buf_take(&logs) : NULL;
    run->completed_at = lib_now_since(run->created_at, run->started_ms);
    buf_release(&logs);
    record_log_free(run->log);
    free_calls(run);
}

/* From the runs that have not ended to the last of those whose end is to be written. */
static void end_run(struct executor_runs_run *run, struct text status, const char *result_json,
                    const char *error)
{
    struct executor_runs_run **at = &run->runs->runs, **last = &run->runs->ended;
    note_end(run, status, result_json, error);
    while (*at != run)
        at = &(*at)->next;
    *at = run->next;
    while (*last)
        last = &(*last)->next;
    *last = run;
    run->next = NULL;
}

static bool check_start(struct executor_runs *runs, const struct executor_runs_start *start)
{
    if (!start || !start->code)
        return lib_wrong(runs, "a run needs a code: what it is that runs") == EXECUTOR_RUNS_OK;
    return !start->meta_json || origin_check_meta(text_of(start->meta_json), &runs->err) == ERR_OK;
}

static char *make_meta(struct executor_runs *runs, const struct executor_runs_start *start,
                       const struct origin *origin)
{
    struct buf meta;
    struct origin_facts facts = {.meta = text_of(start->meta_json),
                                 .name = start->name,
                                 .unit = origin->unit,
                                 .recorder = &runs->recorder};
    buf_init(&meta, ORIGIN_TEXT_MAX);
    origin_meta(&facts, &meta);
    return buf_take(&meta);
}

static struct executor_runs_run *make_run(struct executor_runs *runs, const struct executor_runs_start *start)
{
    struct origin origin;
    struct executor_runs_run *run = mem_new_array(1, sizeof *run);
    origin_find(start->trigger, &origin);
    run->runs = runs;
    run->next = runs->runs;
    runs->runs = run;
    uuid_new(run->id);
    run->code = mem_strdup(start->code);
    run->trigger = mem_strdup(origin.trigger);
    run->meta = make_meta(runs, start, &origin);
    run->created_at = time_now();
    run->started_ms = clock_ms();
    run->log = record_log_new();
    return run;
}

struct executor_runs_run *executor_runs_begin(struct executor_runs *runs,
                                              const struct executor_runs_start *start)
{
    struct executor_runs_run *run = NULL;
    if (!lib_enter(runs))
        return NULL;
    if (runs->store && check_start(runs, start)) {
        enum err_code code = write_ended(runs);
        run = make_run(runs, start);
        if (code != ERR_BUSY)
            (void)!lib_need_row(run);
    }
    lib_leave(runs, EXECUTOR_RUNS_OK);
    return run;
}

const char *executor_runs_id(const struct executor_runs_run *run)
{
    return run ? run->id : "";
}

void lib_write_log(struct executor_runs_run *run)
{
    struct executor_runs *runs = run->runs;
    struct err ignored;
    struct buf logs;
    int64_t start = clock_ms();
    if (!run->has_row || !run->log_due || start < run->log_due)
        return;
    buf_init(&logs, RECORD_JSON_MAX);
    record_log_json(run->log, &logs);
    int64_t at = lib_now_since(run->created_at, run->started_ms);
    enum err_code code = store_set_logs(runs->store, lib_run_ref(run), buf_as_text(&logs), at, &ignored);
    run->log_next = clock_ms() + record_pace(RECORD_LOG_EVERY_MS, clock_ms() - start, logs.len);
    run->log_due = code ? run->log_next : 0;
    buf_release(&logs);
}

static void note_log(struct executor_runs_run *run)
{
    int64_t soon = clock_ms() + RECORD_LOG_FIRST_MS;
    if (!run->log_due)
        run->log_due = soon > run->log_next ? soon : run->log_next;
    lib_write_log(run);
}

void executor_runs_log(struct executor_runs_run *run, enum executor_runs_level level, const char *text)
{
    static const char *const words[] = {"[debug] ", "[info] ", "[log] ", "[warn] ", "[error] "};
    if (!run || !text || (unsigned)level > EXECUTOR_RUNS_ERROR || !lib_enter(run->runs))
        return;
    for (size_t n; *text; text += n + (text[n] == '\n')) {
        n = strcspn(text, "\n");
        record_log_add(run->log, RECORD_OUT, words[level], strlen(words[level]));
        record_log_add(run->log, RECORD_OUT, text, n);
        record_log_add(run->log, RECORD_OUT, "\n", 1);
    }
    note_log(run);
    lib_leave(run->runs, EXECUTOR_RUNS_OK);
}

result executor_runs_finish(struct executor_runs_run *run, enum executor_runs_end end,
                            const char *result_json, const char *error)
{
    static const char *const words[] = {"completed", "failed", "cancelled"};
    struct executor_runs *runs = run ? run->runs : NULL;
    if (!lib_enter(runs))
        return EXECUTOR_RUNS_NOT_OPEN;
    bool is_good = (unsigned)end <= EXECUTOR_RUNS_CANCELLED && lib_is_json(result_json);
    struct text status = text_of(words[is_good ? end : EXECUTOR_RUNS_ENDED_FAILED]);
    end_run(run, status, is_good ? result_json : NULL, is_good || error ? error : "its result is no JSON");
    enum err_code code = write_ended(runs);
    return lib_leave(runs, code || is_good ? lib_result(code) : lib_wrong(runs, "the result is no JSON"));
}

void lib_end_all(struct executor_runs *runs)
{
    while (runs->runs)
        end_run(runs->runs, TEXT_LIT("failed"), NULL, "the program closed its records without ending it");
    (void)!write_ended(runs);
    while (runs->ended) {
        struct executor_runs_run *run = runs->ended;
        runs->ended = run->next;
        free_run(run);
    }
}
