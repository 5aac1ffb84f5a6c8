/*
 * One thread does everything that nobody should wait for, in slices, the most urgent first: looking for changes, projecting, searching, reading
 * durations. It is the index's only writer. Slices of reading leave a gap in every second in which no connection of ours reads, or
 * the writer's WAL would never start over (speed.md, Traps).
 *
 * Changes are seen by the times and sizes of the file and its -wal, not by PRAGMA data_version: that would need a connection that
 * stays open (source_sqlite_open.c). A kernel's clock ticks every few milliseconds, so two writes in one tick can leave the same
 * time: a file that was changed just now is looked at again at the next tick.
 */
#include "data/source_sqlite_background.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>

enum {
    LIVE_MS = 100,
    NOTIFY_MS = 50,
    RETRY_MS = 500,
    SETTLED_MS = 50,
    BUSY_STRETCH_MS = 800, /* reading goes on for at most so long */
    GAP_MS = 25,           /* before it pauses for so long */
    COUNT_MS = 10000,
    COUNT_SLOW_MS = 60000,
    COUNT_SLOW_RUNS = 2000000,
    IDLE_MS = 60000,
};
#define EAGER_DURATIONS_BYTES (INT64_C(128) << 20)

struct background {
    struct sqlite_source *source;
    struct run_index *index;
    struct searches searches;
    bool has_thread;
    pthread_t thread;
    pthread_mutex_t crank; /* without a thread: held by the one that does a slice */

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t wake;   /* for the thread */
    pthread_cond_t moved;  /* for those who wait for it */
    bool is_closing, is_live, wants_refresh, wants_durations, wants_anew, wants_other_file, is_woken;
    bool is_lost, is_settled; /* is_settled: projected, as others may know it */
    uint64_t seen;            /* moves whenever more is known */
    uint64_t device, inode;   /* of the file that the index was made from */
    size_t scope_count;
    double progress;

    /* The thread's own. */
    struct read_slot slot;
    struct cancel cancel;
    struct follower follower, next_follower;
    struct builder *builder; /* the projection on its way */
    struct run_index *next;  /* what it fills, where another one is shown meanwhile; else NULL */
    bool is_projected;
    uint64_t revision, found; /* of the index and the searches, when others were last told */
    struct file_mark mark;
    bool has_mark, is_unsettled, is_count_due;
    int64_t next_look, retry_at, notified_at, gap_at;
    unsigned events;
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

static bool get_flag(struct background *background, const bool *flag)
{
    pthread_mutex_lock(&background->mutex);
    bool value = *flag;
    pthread_mutex_unlock(&background->mutex);
    return value;
}

/* Takes a wish: it is fulfilled from now on. */
static bool take_flag(struct background *background, bool *flag)
{
    pthread_mutex_lock(&background->mutex);
    bool value = *flag;
    *flag = false;
    pthread_mutex_unlock(&background->mutex);
    return value;
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

static void wait_on(pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(cond, mutex, &until);
}

uint64_t background_seen(struct background *background)
{
    pthread_mutex_lock(&background->mutex);
    uint64_t seen = background->seen;
    pthread_mutex_unlock(&background->mutex);
    return seen;
}

/* ---- telling ---- */

/* Whether an answer could be another one than before. */
static bool is_more_known(struct background *background)
{
    uint64_t revision = run_index_revision(background->index);
    searches_lock(&background->searches);
    uint64_t found = background->searches.version;
    searches_unlock(&background->searches);
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

static void tell(struct background *background)
{
    const struct source_options *options = &background->source->options;
    if (!background->events || clock_ms() - background->notified_at < NOTIFY_MS)
        return;
    unsigned events = background->events;
    background->events = 0;
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
    if (get_flag(background, &background->is_lost))
        return;
    pthread_mutex_lock(&background->mutex);
    background->is_lost = true;
    pthread_mutex_unlock(&background->mutex);
    background->events |= SOURCE_LOST;
}

/* ---- projecting ---- */

/* A file of another inode: what is shown is not its history. Else the new projection grows behind the shown one. */
static void project_anew(struct background *background, bool is_other_file)
{
    builder_free(background->builder);
    run_index_free(background->next);
    background->next = NULL;
    bool is_shown = background->is_projected && !is_other_file;
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
    int64_t every = run_index_count(background->index) > COUNT_SLOW_RUNS ? COUNT_SLOW_MS : COUNT_MS;
    return clock_ms() - background->follower.counted_at >= every;
}

static bool is_other_file(const struct background *background)
{
    return background->mark.main.device != background->follower.device ||
           background->mark.main.inode != background->follower.inode;
}

static enum err_code poll_index(struct background *background, const struct reading *reading, bool want_count,
                                struct err *err)
{
    struct poll_result result;
    enum err_code code =
        follower_poll(&background->follower, background->index, reading, want_count, &result, err);
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

static enum err_code look(struct background *background, const struct reading *reading, bool is_asked,
                          struct err *err)
{
    enum err_code code;
    background->next_look = clock_ms() + LIVE_MS;
    bool is_moved = has_moved(background, &code, err);
    bool want_count = is_asked || ((is_moved || background->is_count_due) && is_count_time(background));
    if (code || (!is_moved && !want_count))
        return code;
    if (can_follow(background))
        code = poll_index(background, reading, want_count, err);
    background->events |= is_moved || is_asked ? SOURCE_CHANGED : 0;
    return code;
}

/* Tries whether the file can be read again. */
static enum err_code nothing_body(struct reader *reader, void *context, struct err *err)
{
    (void)reader, (void)context, (void)err;
    return ERR_OK;
}

static enum err_code come_back(struct background *background, const struct reading *reading, struct err *err)
{
    enum err_code code = source_read(reading, nothing_body, NULL, err);
    if (!code)
        (void)has_moved(background, &code, err);
    if (code)
        return code;
    pthread_mutex_lock(&background->mutex);
    background->is_lost = false;
    pthread_mutex_unlock(&background->mutex);
    background->events |= SOURCE_BACK | SOURCE_CHANGED;
    if (background->follower.inode && is_other_file(background))
        project_anew(background, true);
    return can_follow(background) ? poll_index(background, reading, true, err) : ERR_OK;
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
    if (!background->is_projected || !get_flag(background, &background->wants_durations))
        return ERR_OK;
    bool is_done;
    enum err_code code = durations_step(background->index, reading, &is_done, err);
    *is_idle = is_done;
    if (is_done)
        take_flag(background, &background->wants_durations);
    background->events |= SOURCE_PROGRESS;
    publish_state(background);
    return code;
}

/* The most urgent thing there is to do; *is_idle where there is none. */
static enum err_code step(struct background *background, const struct reading *reading, bool *is_idle,
                          struct err *err)
{
    *is_idle = false;
    if (take_flag(background, &background->wants_other_file))
        project_anew(background, true);
    if (take_flag(background, &background->wants_anew) && !background->builder)
        project_anew(background, false);
    if (take_flag(background, &background->wants_refresh))
        return look(background, reading, true, err);
    if (get_flag(background, &background->is_live) && clock_ms() >= background->next_look) {
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
    return step_durations(background, reading, is_idle, err);
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
        wait_on(&background->wake, &background->mutex, ms);
    pthread_mutex_unlock(&background->mutex);
}

/* The gap: a few tries, because the connections' own short reads may fall into it. */
static void leave_gap(struct background *background)
{
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
    pthread_mutex_lock(&background->mutex);
    if (background->is_lost)
        ms = background->retry_at - now;
    else if (background->is_live)
        ms = background->next_look - now;
    if (background->events && ms > background->notified_at + NOTIFY_MS - now)
        ms = background->notified_at + NOTIFY_MS - now;
    if (!background->is_woken && !background->is_closing && ms > 0)
        wait_on(&background->wake, &background->mutex, ms);
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
    if (!get_flag(background, &background->is_lost)) {
        code = step(background, reading, &is_idle, &err);
        if (!code && is_idle)
            code = error_of_others(background, &err);
    } else if (clock_ms() >= background->retry_at) {
        code = come_back(background, reading, &err);
    }
    if (code)
        note_lost(background, &err);
    tell(background);
    if (is_idle || code)
        rest(background);
    else
        leave_gap(background);
}

static void begin(struct background *background)
{
    background->gap_at = clock_ms();
    project_anew(background, true);
    enum err_code code;
    (void)has_moved(background, &code, NULL);
}

static void *run(void *context)
{
    struct background *background = context;
    struct reading reading = {background->source, &background->slot, &background->cancel, NULL};
    begin(background);
    while (!get_flag(background, &background->is_closing))
        turn(background, &reading);
    return NULL;
}

/* ---- for those who wait ---- */

static void wait_for_thread(struct background *background, uint64_t seen)
{
    pthread_mutex_lock(&background->mutex);
    if (background->seen == seen && !background->is_lost)
        wait_on(&background->moved, &background->mutex, 100);
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
        code = step(background, reading, &is_idle, err);
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
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&background->wake, &attributes);
    pthread_cond_init(&background->moved, &attributes);
    pthread_condattr_destroy(&attributes);
}

struct background *background_new(struct sqlite_source *source, bool has_thread)
{
    struct background *background = mem_new_array(1, sizeof *background);
    background->source = source;
    background->has_thread = has_thread;
    background->index = run_index_new();
    searches_init(&background->searches);
    pthread_mutex_init(&background->mutex, NULL);
    pthread_mutex_init(&background->crank, NULL);
    init_conds(background);
    read_slot_init(&background->slot);
    atomic_init(&background->cancel.requested, false);
    if (!has_thread)
        begin(background);
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
