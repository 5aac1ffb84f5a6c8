/*
 * Thin on purpose: the rows are written by the real store, so that the readers' tests read what the program
 * writes.
 */
#include "tests/support/history.h"

#include "data/base/arena.h"
#include "data/base/die.h"
#include "data/base/rand.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct history {
    struct arena arena;
    struct rand rng;
    struct store *store;
    const char *dir, *path;
    int64_t runs;
};

static void must(enum err_code code, const struct err *err)
{
    if (code)
        die("test history: %s", err->what);
}

struct history *history_new(void)
{
    struct history *h = mem_new_array(1, sizeof *h);
    const char *tmp = getenv("TMPDIR");
    char *dir = arena_printf(&h->arena, "%s/executor-runs-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(dir))
        die("test history: cannot make %s", dir);
    h->dir = dir;
    h->path = arena_printf(&h->arena, "%s/data.db", dir);
    rand_seed(&h->rng, 42);
    history_store(h);
    return h;
}

void history_free(struct history *h)
{
    history_close(h);
    DIR *dir = opendir(h->dir);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (entry->d_name[0] != '.')
            unlink(arena_printf(&h->arena, "%s/%s", h->dir, entry->d_name));
    if (dir)
        closedir(dir);
    rmdir(h->dir);
    arena_release(&h->arena);
    free(h);
}

int history_set_up(void **state)
{
    *state = history_new();
    return 0;
}

int history_tear_down(void **state)
{
    history_free(*state);
    return 0;
}

const char *history_path(const struct history *h)
{
    return h->path;
}

const char *history_dir(const struct history *h)
{
    return h->dir;
}

struct store *history_store(struct history *h)
{
    struct err err;
    if (!h->store)
        must(store_open(h->path, &(struct store_options){.busy_timeout_ms = 5000}, &h->store, &err), &err);
    return h->store;
}

void history_close(struct history *h)
{
    store_close(h->store);
    h->store = NULL;
}

static const char *id_or_made(struct history *h, const char *id)
{
    if (id)
        return arena_strndup(&h->arena, id, strlen(id));
    char made[UUID_TEXT];
    rand_uuid(&h->rng, made);
    return arena_strndup(&h->arena, made, sizeof made - 1);
}

static struct text word(const char *given, const char *otherwise)
{
    return text_of(given ? given : otherwise);
}

static int64_t time_or(int64_t given, int64_t otherwise)
{
    return given ? given : otherwise;
}

/* When something that started and lasted so long ended; TIME_NONE where it has not. */
static int64_t end_of(int64_t started_at, int64_t duration, bool is_ended)
{
    if (started_at == TIME_NONE || duration == DURATION_NONE || (!duration && !is_ended))
        return TIME_NONE;
    return started_at + duration;
}

static bool is_ended(struct text status)
{
    return text_is(status, "completed") || text_is(status, "failed") || text_is(status, "cancelled");
}

const char *history_run(struct history *h, struct history_run given)
{
    const char *id = id_or_made(h, given.id);
    struct text status = word(given.status, "completed");
    h->runs++;
    int64_t created_at = time_or(given.created_at, 1000 * h->runs);
    int64_t started_at = time_or(given.started_at, created_at);
    int64_t completed_at = time_or(given.completed_at, end_of(started_at, given.duration, is_ended(status)));
    struct run run = {.id = text_of(id),
                      .scope_id = word(given.scope, "scope-1"),
                      .status = status,
                      .code = word(given.code, "return 1"),
                      .result_json = text_of(given.result),
                      .error_text = text_of(given.error),
                      .logs_json = text_of(given.logs),
                      .started_at = started_at,
                      .completed_at = completed_at,
                      .trigger_kind = text_of(given.trigger),
                      .trigger_meta_json = text_of(given.trigger_meta),
                      .tool_call_count = given.tool_call_count,
                      .created_at = created_at,
                      .updated_at =
                          time_or(given.updated_at, completed_at == TIME_NONE ? created_at : completed_at)};
    struct err err;
    must(store_import_run(history_store(h), &run, &err), &err);
    return id;
}

static struct text first_segment(struct text path)
{
    const char *dot = memchr(path.s, '.', path.n);
    return dot ? (struct text){path.s, (size_t)(dot - path.s)} : path;
}

const char *history_call(struct history *h, const char *run_id, struct history_call given)
{
    const char *id = id_or_made(h, given.id);
    struct text path = word(given.path, "test.tool"), status = word(given.status, "completed");
    int64_t started_at = time_or(given.started_at, 1);
    int64_t completed_at = end_of(started_at, given.duration, is_ended(status));
    struct text namespace_ = given.namespace_ ? text_of(given.namespace_) : first_segment(path);
    struct tool_call call = {.id = text_of(id),
                             .execution_id = text_of(run_id),
                             .status = status,
                             .tool_path = path,
                             .namespace_ = namespace_.n ? namespace_ : TEXT_NULL,
                             .args_json = text_of(given.args),
                             .result_json = text_of(given.result),
                             .error_text = text_of(given.error),
                             .started_at = started_at,
                             .completed_at = completed_at,
                             .duration_ms = completed_at == TIME_NONE ? DURATION_NONE : given.duration};
    struct err err;
    must(store_import_call(history_store(h), &call, &err), &err);
    return id;
}

const char *history_question(struct history *h, const char *run_id, struct history_question given)
{
    const char *id = id_or_made(h, given.id);
    int64_t created_at = time_or(given.created_at, 1);
    struct interaction interaction = {.id = text_of(id),
                                      .execution_id = text_of(run_id),
                                      .status = word(given.status, "pending"),
                                      .kind = word(given.kind, "FormElicitation"),
                                      .purpose = text_of(given.purpose),
                                      .payload_json = text_of(given.payload),
                                      .response_json = text_of(given.response),
                                      .created_at = created_at,
                                      .updated_at = time_or(given.updated_at, created_at)};
    struct err err;
    must(store_import_interaction(history_store(h), &interaction, text_of(given.response_private), &err),
         &err);
    return id;
}

void history_begin(struct history *h)
{
    struct err err;
    must(store_begin(history_store(h), &err), &err);
}

void history_commit(struct history *h)
{
    struct err err;
    must(store_commit(history_store(h), &err), &err);
}

void history_sql(struct history *h, const char *sql)
{
    sqlite3 *db = NULL;
    int rc = sqlite3_open(h->path, &db);
    sqlite3_busy_timeout(db, 5000);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        die("test history: %s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
}
