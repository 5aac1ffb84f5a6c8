/*
 * The thread that does what nobody should wait for (source_sqlite_work.c). It is the index's only writer. Slices of reading leave a gap in
 * every second in which no connection of ours reads, or the writer's WAL would never start over (speed.md, Traps).
 */
#include "data/sqlite/source_sqlite_work.h"

#include "data/base/die.h"

#include <stdlib.h>

enum {
    NOTIFY_MS = 100,
    SOON_MS = 25, /* while columns become complete, and behind a new search: somebody waits for each */
    RETRY_MS = 500,
    IDLE_MS = 60000,
    BREATH_MS =
        6, /* between two slices beside a writer: its -wal starts over where two commits follow each other without a reader */
};

/* ---- what others ask ---- */

struct run_index *background_index(struct background *background)
{
    return background->index;
}

struct searches *background_searches(struct background *background)
{
    return &background->searches;
}

struct cache *background_cache(struct background *background)
{
    return background->cache;
}

static void set_flag(struct background *background, bool *flag, bool value)
{
    pthread_mutex_lock(&background->mutex);
    *flag = value;
    background->is_woken = true;
    pthread_cond_signal(&background->wake);
    pthread_mutex_unlock(&background->mutex);
}

void background_set_live(struct background *background, bool is_live)
{
    kept_allow(background->source, is_live);
    set_flag(background, &background->is_live, is_live);
}

void background_refresh(struct background *background)
{
    set_flag(background, &background->wants_refresh, true);
}

void background_want_durations(struct background *background)
{
    set_flag(background, &background->wants_durations, true);
}

void background_want_anew(struct background *background, bool is_other_file)
{
    set_flag(background, is_other_file ? &background->wants_other_file : &background->wants_anew, true);
}

void background_wake(struct background *background)
{
    set_flag(background, &background->is_woken, true);
}

void background_file(struct background *background, uint64_t *device, uint64_t *inode)
{
    pthread_mutex_lock(&background->mutex);
    *device = background->device;
    *inode = background->inode;
    pthread_mutex_unlock(&background->mutex);
}

void background_status(struct background *background, struct background_status *status)
{
    pthread_mutex_lock(&background->mutex);
    *status = (struct background_status){background->progress, background->is_live, background->is_lost,
                                         background->is_settled, background->scope_count};
    pthread_mutex_unlock(&background->mutex);
}

uint64_t background_seen(struct background *background)
{
    pthread_mutex_lock(&background->mutex);
    uint64_t seen = background->seen;
    pthread_mutex_unlock(&background->mutex);
    return seen;
}

/* ---- telling ---- */

/* What is changed by others comes without end and costs an answer each time. */
static int64_t tell_at(struct background *background)
{
    bool is_awaited =
        background->builder || !background->is_end_told || searches_is_young(&background->searches);
    return background->notified_at + (is_awaited ? SOON_MS : NOTIFY_MS);
}

static void tell(struct background *background)
{
    const struct source_options *options = &background->source->options;
    if (!background->events || clock_ms() < tell_at(background))
        return;
    unsigned events = background->events;
    background->events = 0;
    background->is_end_told = background->is_projected && !background->builder;
    background->notified_at = clock_ms();
    if (options->notify)
        options->notify(options->context, events);
}

static void note_lost(struct background *background, const struct err *err)
{
    if (err->code == ERR_CANCELLED)
        return;
    pthread_mutex_lock(&background->source->mutex);
    background->source->last_err = *err;
    pthread_mutex_unlock(&background->source->mutex);
    background->retry_at = clock_ms() + RETRY_MS;
    kept_sweep(background->source, NULL);
    if (work_flag(background, &background->is_lost))
        return;
    pthread_mutex_lock(&background->mutex);
    background->is_lost = true;
    pthread_mutex_unlock(&background->mutex);
    background->events |= SOURCE_LOST;
}

/* ---- the thread ---- */

static bool is_quiet(struct sqlite_source *source, uint64_t *opened)
{
    pthread_mutex_lock(&source->mutex);
    bool is_same = *opened == source->opened;
    *opened = source->opened;
    bool is_quiet = source->active == 0 && is_same;
    pthread_mutex_unlock(&source->mutex);
    return is_quiet;
}

static void pause_for(struct background *background, int64_t ms)
{
    pthread_mutex_lock(&background->mutex);
    if (!background->is_closing)
        clock_wait(&background->wake, &background->mutex, ms);
    pthread_mutex_unlock(&background->mutex);
}

/* The gap: a few tries, because the connections' own short reads may fall into it. */
static void leave_gap(struct background *background)
{
    if (file_has_writer(background->source->path))
        pause_for(background, BREATH_MS);
    if (clock_ms() - background->gap_at < BUSY_STRETCH_MS)
        return;
    uint64_t opened = 0;
    (void)is_quiet(background->source, &opened);
    for (int i = 0; i < 4; i++) {
        pause_for(background, GAP_MS);
        if (is_quiet(background->source, &opened))
            break;
    }
    background->gap_at = clock_ms();
}

/* Sleeps until something is to be done. */
static void rest(struct background *background)
{
    int64_t now = clock_ms(), ms = IDLE_MS;
    int64_t told_at = tell_at(background); /* takes the lock of the searches: before ours */
    pthread_mutex_lock(&background->mutex);
    if (background->is_lost)
        ms = background->retry_at - now;
    else if (background->is_live)
        ms = background->next_look - now;
    if (background->events && ms > told_at - now)
        ms = told_at - now;
    if (!background->is_woken && !background->is_closing && ms > 0)
        clock_wait(&background->wake, &background->mutex, ms);
    background->is_woken = false;
    pthread_mutex_unlock(&background->mutex);
    background->gap_at = clock_ms();
}

/* A connection met an error: the source is lost for all. */
static enum err_code error_of_others(struct background *background, struct err *err)
{
    struct sqlite_source *source = background->source;
    pthread_mutex_lock(&source->mutex);
    *err = source->last_err;
    pthread_mutex_unlock(&source->mutex);
    return err->code;
}

static void turn(struct background *background, const struct reading *reading)
{
    struct err err;
    bool is_idle = true;
    enum err_code code = ERR_OK;
    if (!work_flag(background, &background->is_live))
        kept_sweep(background->source, NULL);
    if (!work_flag(background, &background->is_lost)) {
        code = work_step(background, reading, &is_idle, &err);
        if (!code && is_idle)
            code = error_of_others(background, &err);
    } else if (clock_ms() >= background->retry_at) {
        code = work_come_back(background, reading, &err);
        is_idle = false; /* what came back is counted anew at once */
    }
    if (code)
        note_lost(background, &err);
    tell(background);
    if (is_idle || code)
        rest(background);
    else
        leave_gap(background);
}

static void *run(void *context)
{
    struct background *background = context;
    struct reading reading = {background->source, &background->slot, &background->cancel, NULL};
    work_begin(background);
    while (!work_flag(background, &background->is_closing))
        turn(background, &reading);
    return NULL;
}

/* ---- for those who wait ---- */

static void wait_for_thread(struct background *background, uint64_t seen)
{
    pthread_mutex_lock(&background->mutex);
    if (background->seen == seen && !background->is_lost)
        clock_wait(&background->moved, &background->mutex, 100);
    pthread_mutex_unlock(&background->mutex);
}

enum err_code background_advance(struct background *background, const struct reading *reading, uint64_t seen,
                                 struct err *err)
{
    reading_pause(reading);
    enum err_code code = reading_check(reading, err);
    if (code)
        return code;
    if (background->has_thread) {
        wait_for_thread(background, seen);
        return reading_check(reading, err);
    }
    bool is_idle = false;
    pthread_mutex_lock(&background->crank);
    while (!code && !is_idle && background_seen(background) == seen)
        code = work_step(background, reading, &is_idle, err);
    pthread_mutex_unlock(&background->crank);
    return code;
}

/* ---- life ---- */

bool background_has_thread(const struct background *background)
{
    return background->has_thread;
}

static void init_conds(struct background *background)
{
    clock_cond_init(&background->wake);
    clock_cond_init(&background->moved);
}

struct background *background_new(struct sqlite_source *source, bool has_thread, bool is_lost)
{
    struct background *background = mem_new_array(1, sizeof *background);
    background->source = source;
    background->has_thread = has_thread;
    background->is_lost = is_lost;
    background->changes = 1;
    background->retry_at = clock_ms() + RETRY_MS;
    background->events = is_lost ? SOURCE_LOST : 0;
    background->index = run_index_new();
    searches_init(&background->searches);
    background->cache = has_thread ? cache_new(&source->options, source->path) : NULL;
    pthread_mutex_init(&background->mutex, NULL);
    pthread_mutex_init(&background->crank, NULL);
    init_conds(background);
    read_slot_init(&background->slot);
    atomic_init(&background->cancel.requested, false);
    if (!has_thread)
        work_begin(background);
    else if (pthread_create(&background->thread, NULL, run, background) != 0)
        die("cannot start a thread");
    return background;
}

static void end_thread(struct background *background)
{
    atomic_store(&background->cancel.requested, true);
    read_slot_interrupt(&background->slot);
    set_flag(background, &background->is_closing, true);
    pthread_join(background->thread, NULL);
}

void background_free(struct background *background)
{
    if (!background)
        return;
    if (background->has_thread)
        end_thread(background);
    if (background->is_projected && !background->builder)
        cache_save_rest(background->cache, background->index, &background->follower);
    cache_free(background->cache);
    builder_free(background->builder);
    run_index_free(background->next);
    follower_release(&background->follower);
    follower_release(&background->next_follower);
    searches_release(&background->searches);
    run_index_free(background->index);
    read_slot_release(&background->slot);
    pthread_cond_destroy(&background->wake);
    pthread_cond_destroy(&background->moved);
    pthread_mutex_destroy(&background->mutex);
    pthread_mutex_destroy(&background->crank);
    free(background);
}
