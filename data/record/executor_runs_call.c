/*
 * Tool calls of a program that records itself.
 */
#include "data/record/executor_runs_int.h"

#include "data/base/clock.h"
#include "data/base/die.h"
#include "data/base/timefmt.h"

#include <stdlib.h>

static struct executor_runs_call *begin_call(struct executor_runs_run *run, const char *path,
                                             const char *args_json)
{
    struct executor_runs *runs = run->runs;
    struct executor_runs_call made = {.run = run, .started_at = time_now(), .started_ms = clock_ms()};
    uuid_new(made.id);
    struct tool_call row = {.id = text_of(made.id),
                            .tool_path = text_of(path),
                            .args_json = text_of(args_json),
                            .started_at = made.started_at};
    if (lib_need_row(run) || store_start_call_inside(runs->store, lib_run_ref(run), &row, &runs->err))
        return NULL;
    struct executor_runs_call *call = mem_new(sizeof *call);
    made.next = run->calls;
    *call = made;
    run->calls = call;
    return call;
}

struct executor_runs_call *executor_runs_call_begin(struct executor_runs_run *run, const char *path,
                                                    const char *args_json)
{
    struct executor_runs_call *call = NULL;
    if (!run || !lib_enter(run->runs))
        return NULL;
    if (!path || !path[0] || !lib_is_json(args_json))
        (void)lib_wrong(run->runs, "a call needs a path, and arguments that are JSON");
    else
        call = begin_call(run, path, args_json);
    lib_write_log(run);
    lib_leave(run->runs, EXECUTOR_RUNS_OK);
    return call;
}

static void free_call(struct executor_runs_call *call)
{
    struct executor_runs_call **at = &call->run->calls;
    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
    free(call);
}

result executor_runs_call_finish(struct executor_runs_call *call, const char *result_json, const char *error)
{
    struct executor_runs *runs = call ? call->run->runs : NULL;
    if (!lib_enter(runs))
        return EXECUTOR_RUNS_NOT_OPEN;
    bool is_good = lib_is_json(result_json);
    struct call_end end = {.status = error || !is_good ? TEXT_LIT("failed") : TEXT_LIT("completed"),
                           .result_json = is_good ? text_of(result_json) : TEXT_NULL,
                           .error_text =
                               is_good || error ? text_of(error) : TEXT_LIT("its result is no JSON"),
                           .completed_at = lib_now_since(call->started_at, call->started_ms)};
    enum err_code code = store_finish_call(runs->store, text_of(call->id), &end, &runs->err);
    free_call(call);
    return lib_leave(runs, code || is_good ? lib_result(code) : lib_wrong(runs, "the result is no JSON"));
}
