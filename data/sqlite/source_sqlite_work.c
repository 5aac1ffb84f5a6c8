/*
 * What the background does, a slice at a time, the most urgent first: looking for changes, projecting what lists need, searching, projecting
 * the rest, reading durations.
 *
 * Changes are seen by the times and sizes of the file and its -wal, not by PRAGMA data_version: that would need a connection that
 * stays open (source_sqlite_open.c). A kernel's clock ticks every few milliseconds, so two writes in one tick can leave the same
 * time: a file that was changed just now is looked at again at the next tick.
 */
#include "data/sqlite/source_sqlite_work.h"

#include <stdlib.h>

enum {
    LIVE_MS = 100,
    LIVE_BUSY_MS =
        800, /* where look after look finds something: whoever writes all the time is not read all the time */
    SETTLED_MS = 50,
    COUNT_MS = 10000,     /* all rows are counted so often, where that takes no more than */
    COUNT_SHARE = 3000,   /* this part of the time; */
    COUNT_MAX_MS = 60000, /* however long it takes, so often */
    /* A server is asked for what is there now, whatever was swept: */
    COUNT_RUNS = 20000,         /* so few are counted whenever something was written, */
    COUNT_SHARE_OF_SERVER = 20, /* more for this part of the time */
};
#define EAGER_DURATIONS_BYTES (INT64_C(128) << 20)

bool work_flag(struct background *background, const bool *flag)
{
    pthread_mutex_lock(&background->mutex);
    bool value = *flag;
    pthread_mutex_unlock(&background->mutex);
    return value;
}

/* Takes a wish: it is fulfilled from now on. */
bool work_take(struct background *background, bool *flag)
{
    pthread_mutex_lock(&background->mutex);
    bool value = *flag;
    *flag = false;
    pthread_mutex_unlock(&background->mutex);
    return value;
}

/* ---- telling ---- */

/* Whether an answer could be another one than before. */
static bool is_more_known(struct background *background)
{
    uint64_t revision = run_index_revision(background->index);
    uint64_t found = searches_version(&background->searches);
    bool is_settled = background->is_projected && !background->builder;
    bool is_more = revision != background->revision || found != background->found ||
                   is_settled != background->is_settled;
    background->revision = revision;
    background->found = found;
    return is_more;
}

static void publish_state(struct background *background)
{
    unsigned ready = run_index_ready(background->index) & ~COLUMN_BIT(COLUMN_DURATION);
    int columns = __builtin_popcount(ready);
    const struct follower *follower = &background->follower;
    bool is_more = is_more_known(background);
    pthread_mutex_lock(&background->mutex);
    background->device = follower->device;
    background->inode = follower->inode;
    background->scope_count = follower->scopes.count;
    background->progress = background->is_projected ? 1 : (double)columns / (COLUMN_COUNT - 1);
    background->is_settled = background->is_projected && !background->builder;
    background->seen += is_more;
    if (is_more)
        pthread_cond_broadcast(&background->moved);
    pthread_mutex_unlock(&background->mutex);
}

/* ---- projecting ---- */

/* A file of another inode: what is shown is not its history. Else the new projection grows behind the shown one. */
static void project_anew(struct background *background, bool is_other_file)
{
    builder_free(background->builder);
    run_index_free(background->next);
    background->next = NULL;
    if (is_other_file && background->follower.inode)
        cache_drop(background->cache);
    bool is_shown = background->is_projected && !is_other_file;
    pthread_mutex_lock(&background->mutex);
    background->seen_is_final = false;
    pthread_mutex_unlock(&background->mutex);
    if (is_shown)
        background->next = run_index_new();
    background->is_projected = background->is_projected && is_shown;
    background->builder = builder_new(is_shown ? background->next : background->index,
                                      is_shown ? &background->next_follower : &background->follower);
}

static void finish_projection(struct background *background)
{
    if (background->next) {
        run_index_take(background->index, background->next);
        run_index_free(background->next);
        background->next = NULL;
        follower_release(&background->follower);
        background->follower = background->next_follower;
        background->next_follower = (struct follower){0};
        background->events |= SOURCE_CHANGED;
    }
    builder_free(background->builder);
    background->builder = NULL;
    background->is_projected = true;
    cache_drop(background->cache);
    if (background->mark.main.size + background->mark.wal.size < EAGER_DURATIONS_BYTES)
        background_want_durations(background);
}

static enum err_code step_builder(struct background *background, const struct reading *reading,
                                  struct err *err)
{
    unsigned ready = run_index_ready(background->index);
    enum err_code code = builder_step(background->builder, reading, err);
    if (!code && builder_is_done(background->builder))
        finish_projection(background);
    if (run_index_ready(background->index) != ready)
        background->events |= SOURCE_PROGRESS;
    publish_state(background);
    return code;
}

/* ---- looking for changes ---- */

static bool is_fresh(const struct file_stamp *stamp)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t age = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 - stamp->modified_ns / 1000000;
    return stamp->exists && age < SETTLED_MS && age > -SETTLED_MS;
}

/* Whether the file may have changed since the last look. */
static bool has_moved(struct background *background, enum err_code *code, struct err *err)
{
    struct file_mark mark;
    *code = file_mark_take(background->source->path, &mark, err);
    if (*code)
        return true;
    bool is_moved =
        !background->has_mark || background->is_unsettled || !file_mark_equal(&mark, &background->mark);
    background->mark = mark;
    background->has_mark = true;
    background->is_unsettled = is_fresh(&mark.main) || is_fresh(&mark.wal);
    return is_moved;
}

static bool is_count_time(const struct background *background)
{
    const struct follower *follower = &background->follower;
    if (background->source->options.lanes && run_index_count(background->index) <= COUNT_RUNS)
        return true;
    if (background->source->options.lanes)
        return clock_ms() - follower->counted_at >= follower->count_took * COUNT_SHARE_OF_SERVER;
    int64_t every =
        follower->count_took < COUNT_MAX_MS / COUNT_SHARE ? follower->count_took * COUNT_SHARE : COUNT_MAX_MS;
    return clock_ms() - follower->counted_at >= (every > COUNT_MS ? every : COUNT_MS);
}

static bool is_other_file(const struct background *background)
{
    return background->mark.main.device != background->follower.device ||
           background->mark.main.inode != background->follower.inode;
}

/* *is_same (may be NULL): nothing was written since. */
static enum err_code poll_index(struct background *background, const struct reading *reading, bool want_count,
                                bool *is_same, struct err *err)
{
    struct poll_result result;
    enum err_code code =
        follower_poll(&background->follower, background->index, reading, want_count, &result, err);
    if (is_same)
        *is_same = !code && result.is_same;
    background->is_count_due = !code && !want_count;
    if (!code && result.is_outgrown)
        project_anew(background, is_other_file(background));
    publish_state(background);
    return code;
}

/* Until the projection can follow, lists are read from the table itself. */
static bool can_follow(const struct background *background)
{
    if (background->next)
        return false;
    return background->is_projected || (background->builder && builder_can_follow(background->builder));
}

static uint64_t looks_wanted(struct background *background)
{
    pthread_mutex_lock(&background->mutex);
    uint64_t wanted = background->looks_wanted;
    pthread_mutex_unlock(&background->mutex);
    return wanted;
}

/* A look that began when `wanted` was the last wish is done: the index holds what there was then. */
static void note_look(struct background *background, uint64_t wanted, bool is_moved)
{
    pthread_mutex_lock(&background->mutex);
    background->changes += is_moved;
    if (can_follow(background)) {
        background->looks_done = wanted;
        background->seen_mark = background->mark;
        background->seen_is_final = !background->is_unsettled;
    }
    pthread_cond_broadcast(&background->moved);
    pthread_mutex_unlock(&background->mutex);
}

static enum err_code look(struct background *background, const struct reading *reading, bool is_asked,
                          struct err *err)
{
    enum err_code code;
    uint64_t wanted = looks_wanted(background);
    bool is_moved = has_moved(background, &code, err), is_same = false;
    kept_sweep(background->source, code ? NULL : &background->mark);
    background->next_look = clock_ms() + (is_moved && background->was_moved ? LIVE_BUSY_MS : LIVE_MS);
    background->was_moved = is_moved;
    bool want_count = is_asked || ((is_moved || background->is_count_due) && is_count_time(background));
    if (code)
        return code;
    if (!can_follow(background))
        background->is_unsettled |=
            is_moved || want_count; /* a projection that is made anew may have passed by what changed now */
    else if (is_moved || want_count)
        code = poll_index(background, reading, want_count, &is_same, err);
    if (is_same) {
        is_moved = background->was_moved = false;
        background->next_look = clock_ms() + LIVE_MS;
    }
    background->events |= is_moved || is_asked ? SOURCE_CHANGED : 0;
    if (!code)
        note_look(background, wanted, is_moved);
    return code;
}

/* Somebody waits for one, and it can tell something. */
static bool is_look_wanted(struct background *background)
{
    pthread_mutex_lock(&background->mutex);
    bool is_wanted = background->looks_done != background->looks_wanted;
    pthread_mutex_unlock(&background->mutex);
    return is_wanted && can_follow(background);
}

static enum err_code nothing_body(struct reader *reader, void *context, struct err *err)
{
    (void)reader, (void)context, (void)err;
    return ERR_OK;
}

enum err_code work_come_back(struct background *background, const struct reading *reading, struct err *err)
{
    enum err_code code = source_read(reading, nothing_body, NULL, err);
    if (!code)
        (void)has_moved(background, &code, err);
    if (code)
        return code;
    pthread_mutex_lock(&background->mutex);
    background->is_lost = false;
    background->changes++;
    pthread_mutex_unlock(&background->mutex);
    background->events |= SOURCE_BACK | SOURCE_CHANGED;
    if (background->follower.inode && is_other_file(background))
        project_anew(background, true);
    return can_follow(background) ? poll_index(background, reading, true, NULL, err) : ERR_OK;
}

/* ---- a step ---- */

static enum err_code step_search(struct background *background, const struct reading *reading, bool *is_idle,
                                 struct err *err)
{
    *is_idle = true;
    if (!(run_index_ready(background->index) & COLUMN_BIT(COLUMN_CREATED)))
        return ERR_OK;
    enum err_code code = searches_step(&background->searches, background->index, &background->follower.scopes,
                                       reading, is_idle, err);
    if (!*is_idle) {
        background->events |= SOURCE_PROGRESS;
        publish_state(background);
    }
    return code;
}

static enum err_code step_durations(struct background *background, const struct reading *reading,
                                    bool *is_idle, struct err *err)
{
    if (!background->is_projected || !work_flag(background, &background->wants_durations))
        return ERR_OK;
    bool is_done;
    enum err_code code = durations_step(background->index, reading, &is_done, err);
    *is_idle = is_done;
    if (is_done)
        work_take(background, &background->wants_durations);
    background->events |= SOURCE_PROGRESS;
    publish_state(background);
    return code;
}

/* What is known is kept for the next start when there is nothing else to do. */
static bool step_cache(struct background *background)
{
    return background->is_projected && !background->builder &&
           cache_save_step(background->cache, background->index, &background->follower);
}

enum err_code work_step(struct background *background, const struct reading *reading, bool *is_idle,
                        struct err *err)
{
    *is_idle = false;
    if (work_take(background, &background->wants_other_file))
        project_anew(background, true);
    if (work_take(background, &background->wants_anew) && !background->builder)
        project_anew(background, false);
    if (work_take(background, &background->wants_refresh))
        return look(background, reading, true, err);
    bool is_live = work_flag(background, &background->is_live);
    if (is_look_wanted(background) || (is_live && clock_ms() >= background->next_look)) {
        enum err_code code = look(background, reading, false, err);
        if (code)
            return code;
    }
    if (background->builder && !builder_can_follow(background->builder))
        return step_builder(background, reading, err);
    enum err_code code = step_search(background, reading, is_idle, err);
    if (code || !*is_idle)
        return code;
    if (background->builder) {
        *is_idle = false;
        return step_builder(background, reading, err);
    }
    code = step_durations(background, reading, is_idle, err);
    if (!code && *is_idle)
        *is_idle = !step_cache(background);
    return code;
}

void work_begin(struct background *background)
{
    background->gap_at = clock_ms();
    project_anew(background, true);
    enum err_code code;
    (void)has_moved(background, &code, NULL);
}
