/*
 * See executor_runs.h. A thin skin over the store and what `record` uses, made for a host that is somebody
 * else's: nothing here prints or ends it, and one mutex stands before everything, let go only while an answer
 * is waited for.
 */
#include "data/record/executor_runs_int.h"

#include "data/base/clock.h"
#include "data/base/files.h"
#include "data/record/record_path.h"
#include "data/text/json_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BUSY_MS = 250, BUSY_MS_MAX = 10000, PATH_BYTES = 4096 };

/* ---- what both sides of every function share ---- */

result lib_result(enum err_code code)
{
    switch (code) {
    case ERR_OK: return EXECUTOR_RUNS_OK;
    case ERR_BUSY: return EXECUTOR_RUNS_BUSY;
    case ERR_NOT_FOUND: return EXECUTOR_RUNS_GONE;
    case ERR_USAGE: return EXECUTOR_RUNS_WRONG;
    default: return EXECUTOR_RUNS_FAILED;
    }
}

bool lib_enter(struct executor_runs *runs)
{
    if (!runs || runs->pid != getpid())
        return false;
    pthread_mutex_lock(&runs->mutex);
    return true;
}

result lib_leave(struct executor_runs *runs, result how)
{
    pthread_mutex_unlock(&runs->mutex);
    return how;
}

result lib_wrong(struct executor_runs *runs, const char *what)
{
    err_set(&runs->err, ERR_USAGE, "%s", what);
    return EXECUTOR_RUNS_WRONG;
}

bool lib_is_json(const char *text)
{
    return !text || json_check(text_of(text)) != JSON_BROKEN;
}

int64_t lib_now_since(int64_t at, int64_t started_ms)
{
    return at + (clock_ms() - started_ms);
}

struct run_ref lib_run_ref(const struct executor_runs_run *run)
{
    return (struct run_ref){text_of(run->runs->scope), text_of(run->id)};
}

/* ---- the file ---- */

static void open_store(struct executor_runs *runs, const char *asked, int busy_ms)
{
    struct store_options options = {.busy_timeout_ms = busy_ms, .is_private = true};
    struct buf path;
    buf_init(&path, PATH_BYTES);
    enum err_code code = record_path_find(asked, &path, &runs->err);
    if (!code)
        code = files_make_directories(buf_cstr(&path), &runs->err);
    if (!code)
        code = store_open(buf_cstr(&path), &options, &runs->store, &runs->err);
    if (code)
        runs->store = NULL;
    buf_release(&path);
}

static int busy_of(int asked)
{
    return asked == 0 ? BUSY_MS : asked < 0 ? 0 : asked > BUSY_MS_MAX ? BUSY_MS_MAX : asked;
}

struct executor_runs *executor_runs_open(const struct executor_runs_options *options)
{
    static const struct executor_runs_options none = {NULL, NULL, 0};
    const struct executor_runs_options *chosen = options ? options : &none;
    struct executor_runs *runs = calloc(1, sizeof *runs);
    if (!runs)
        return NULL;
    pthread_mutex_init(&runs->mutex, NULL);
    runs->pid = getpid();
    recorder_self(&runs->recorder);
    recorder_scope(&runs->recorder, runs->scope);
    if (chosen->scope && chosen->scope[0])
        snprintf(runs->scope, sizeof runs->scope, "%s", chosen->scope);
    open_store(runs, chosen->path, busy_of(chosen->busy_timeout_ms));
    return runs;
}

void executor_runs_error(struct executor_runs *runs, char *text, size_t size)
{
    if (!size)
        return;
    text[0] = '\0';
    if (!lib_enter(runs))
        return;
    snprintf(text, size, "%s", runs->err.what);
    lib_leave(runs, EXECUTOR_RUNS_OK);
}

void executor_runs_close(struct executor_runs *runs)
{
    if (!lib_enter(runs))
        return;
    lib_end_all(runs);
    store_close(runs->store);
    lib_leave(runs, EXECUTOR_RUNS_OK);
    pthread_mutex_destroy(&runs->mutex);
    free(runs);
}
