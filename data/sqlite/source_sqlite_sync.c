/*
 * Questions that must not be answered by what was known a moment ago. Where the file and its -wal look as
 * they did at the last look, and had done so for longer than a kernel's clock may stand still, nothing was
 * written since. Else the background looks now, once for all that wait.
 */
#include "data/sqlite/source_sqlite_work.h"

enum {
    WAIT_MS = 100,
    LOST_MS = 1000, /* how long a file that cannot be read is waited for */
};

/* Under the mutex. */
static bool is_seen(const struct background *background, const struct file_mark *mark)
{
    return background->seen_is_final && !background->is_lost && file_mark_equal(mark, &background->seen_mark);
}

static enum err_code lost_error(struct sqlite_source *source, struct err *err)
{
    pthread_mutex_lock(&source->mutex);
    *err = source->last_err;
    pthread_mutex_unlock(&source->mutex);
    return err->code ? err->code : err_set(err, ERR_BUSY, "%s: cannot be read", source->path);
}

/* Under the mutex, which it gives up while it waits. */
static bool wait_for_look(struct background *background, struct cancel *cancel)
{
    uint64_t wanted = ++background->looks_wanted;
    int64_t lost_since = 0;
    background->is_woken = true;
    pthread_cond_signal(&background->wake);
    while (background->looks_done < wanted && !cancel_requested(cancel)) {
        if (background->is_lost && lost_since && clock_ms() - lost_since > LOST_MS)
            return false;
        if (background->is_lost && !lost_since)
            lost_since = clock_ms();
        clock_wait(&background->moved, &background->mutex, WAIT_MS);
    }
    return true;
}

enum err_code source_sqlite_sync(struct source *base, struct cancel *cancel, uint64_t *revision,
                                 struct err *err)
{
    struct sqlite_source *source = (struct sqlite_source *)base;
    struct background *background = source->background;
    struct file_mark mark;
    enum err_code code = file_mark_take(source->path, &mark, err);
    if (code)
        return code;
    pthread_mutex_lock(&background->mutex);
    bool is_there = is_seen(background, &mark) || wait_for_look(background, cancel);
    *revision = background->changes;
    pthread_mutex_unlock(&background->mutex);
    if (!is_there)
        return lost_error(source, err);
    return cancel_requested(cancel) ? err_set(err, ERR_CANCELLED, "cancelled") : ERR_OK;
}

uint64_t source_sqlite_revision(struct source *base)
{
    struct background *background = ((struct sqlite_source *)base)->background;
    pthread_mutex_lock(&background->mutex);
    uint64_t revision = background->changes;
    pthread_mutex_unlock(&background->mutex);
    return revision;
}
