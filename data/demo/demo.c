/*
 * Writing a whole history: bin by bin, in order of time, a batch at a time, into a file beside the wanted one. Only a complete file gets the
 * name, so that nobody ever opens half a demo, and a demo that is open somewhere is replaced under its name, not overwritten.
 */
#include "data/demo/demo.h"

#include "data/demo/demo_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BATCH_RUNS = 5000,
    MANY_RUNS = 2000000, /* ids are random: their indices must fit into memory, or each row costs reads */
    MANY_LARGE_RUNS = MANY_RUNS / 8, /* large rows push the indices out sooner */
    LATE_MS = 4 * 60 * 1000,         /* runs this close to the end may still be under way */
    ANSWER_MS = 4 * 60 * 1000,
    NASTY_ROWS = 48,
    LARGE_ROWS = 70,
    HUGE_ROWS = 4,
    ABANDONED_ROWS = 5,
};

struct writer {
    const struct demo_options *options;
    struct store *store;
    struct rand rng;
    struct demo_pool pool;
    struct demo_shape shape;
    struct demo_plan plan;
    int64_t done;
    demo_progress *progress;
    void *context;
};

/* ---- may the name be taken? ---- */

enum err_code demo_check(const char *path, bool *is_demo, struct err *err)
{
    struct stat st;
    char kind[STORE_NOTE_TEXT];
    *is_demo = false;
    if (stat(path, &st) != 0)
        return errno == ENOENT ? ERR_OK : err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_DENIED, "%s: not an ordinary file", path);
    store_read_note(path, "kind", kind);
    *is_demo = strcmp(kind, "demo") == 0;
    return ERR_OK;
}

static enum err_code check_target(const char *path, bool force, struct err *err)
{
    bool is_demo;
    enum err_code code = demo_check(path, &is_demo, err);
    if (code || is_demo || force || access(path, F_OK) != 0)
        return code;
    code = err_set(err, ERR_DENIED, "%s: is there already, and is no demo", path);
    err_hint(err, "Choose another name, or say --force to replace it.");
    return code;
}

static enum err_code check_options(const struct demo_options *o, struct err *err)
{
    if (o->runs < 1 || o->runs > DEMO_RUNS_MAX)
        return err_set(err, ERR_USAGE, "runs: from 1 to %lld", (long long)DEMO_RUNS_MAX);
    if (o->days < 1 || o->days > DEMO_DAYS_MAX)
        return err_set(err, ERR_USAGE, "days: from 1 to %d", DEMO_DAYS_MAX);
    if (o->scopes < 1 || o->scopes > DEMO_SCOPES_MAX)
        return err_set(err, ERR_USAGE, "scopes: from 1 to %d", DEMO_SCOPES_MAX);
    if (o->now < 0 || o->now > INT64_C(253402300799999))
        return err_set(err, ERR_USAGE, "now: epoch milliseconds up to the year 9999");
    return ERR_OK;
}

/* ---- rows ---- */

/* Spreads `rows` special rows evenly over the history, at a phase of their own; is this one? *nth counts them. */
static bool is_special(const struct writer *w, int64_t rows, int64_t phase, size_t *nth)
{
    int64_t every = w->options->runs / rows;
    every = every < 20 ? 20 : every;
    *nth = (size_t)(w->done / every);
    return w->done % every == phase % every;
}

/* So many, or where payloads are large one in so many runs, if that is more. */
static int64_t rows_of(const struct writer *w, int64_t rows, int64_t one_in)
{
    int64_t share = w->options->payload == PAYLOAD_LARGE ? w->options->runs / one_in : 0;
    return share > rows ? share : rows;
}

static struct text large_result(struct writer *w)
{
    size_t nth;
    if (is_special(w, rows_of(w, HUGE_ROWS, 50000), 7919, &nth))
        return w->pool.huge[nth % POOL_HUGE];
    if (is_special(w, rows_of(w, LARGE_ROWS, 2000), 211, &nth))
        return w->pool.large[nth % POOL_LARGE];
    return TEXT_NULL;
}

static void add_special(struct writer *w, struct plan_wish *wish)
{
    size_t nth;
    if (is_special(w, ABANDONED_ROWS, 4001, &nth) && w->options->runs - w->done > w->options->runs / 10)
        wish->is_abandoned = true;
    if (w->options->payload == PAYLOAD_SMALL)
        return;
    wish->result = large_result(w);
    int64_t left = w->options->runs - w->done;
    if (is_special(w, NASTY_ROWS, 17, &nth))
        wish->nasty = &demo_nasties[nth % demo_nasty_count];
    else if (left == 31 || left == 57)
        wish->nasty = &demo_nasties[left % 3];
    if (is_special(w, NASTY_ROWS / 8, 433, &nth) || left == 73)
        wish->code = w->pool.long_line;
    if (is_special(w, NASTY_ROWS / 6, 577, &nth) || left == 44)
        wish->logs = w->pool.long_logs;
}

/* The newest runs: some are still under way, one has not begun. The last few are told what to be, so that the first page of every demo shows
 * each state; before them chance decides. */
static void add_late(struct writer *w, struct plan_wish *wish)
{
    int64_t age = w->options->now - wish->at, left = w->options->runs - w->done;
    bool is_told = left <= 30 && w->options->runs > 300;
    wish->is_pending = is_told && left == 2;
    wish->must_ask = is_told && (left == 11 || left == 24);
    wish->is_unanswered =
        wish->must_ask || (age < 3 * DAY_MS && rand_chance(&w->rng, age < HOUR_MS ? 0.5 : 0.07));
    bool is_under_way = is_told && (left == 4 || left == 7 || left == 16);
    if (is_under_way || (age < LATE_MS && rand_chance(&w->rng, 0.2)))
        wish->stretch_ms = age + rand_between(&w->rng, LATE_MS / 40, LATE_MS * INT64_C(3));
}

static enum err_code write_run(struct writer *w, int64_t at, struct err *err)
{
    struct plan_wish wish = {.at = at,
                             .answer_ms = ANSWER_MS,
                             .incident = demo_shape_incident(&w->shape, at),
                             .people = at % SHAPE_BIN_MS < 50 ? 0.1 : 0.97,
                             .scopes = w->options->scopes};
    add_late(w, &wish);
    add_special(w, &wish);
    demo_plan_init(&w->plan, &w->pool, &w->rng, &wish);
    enum err_code code = demo_plan_import(&w->plan, &w->pool, w->store, w->options->now, err);
    demo_plan_release(&w->plan);
    w->done++;
    return code;
}

static enum err_code next_batch(struct writer *w, struct err *err)
{
    enum err_code code = store_commit(w->store, err);
    if (!code && w->progress && !w->progress(w->context, w->done, w->options->runs))
        code = err_set(err, ERR_CANCELLED, "stopped");
    return code ? code : store_begin(w->store, err);
}

static enum err_code write_bin(struct writer *w, size_t bin, struct err *err)
{
    size_t count;
    int64_t *times = demo_shape_times(&w->shape, &w->rng, bin, w->options->runs, w->options->now, &count);
    enum err_code code = ERR_OK;
    for (size_t i = 0; !code && i < count; i++) {
        code = write_run(w, times[i], err);
        if (!code && w->done % BATCH_RUNS == 0)
            code = next_batch(w, err);
    }
    free(times);
    return code;
}

/* What demo_check and demo_follow_open want to know of the file. */
static enum err_code write_notes(struct writer *w, struct err *err)
{
    char seed[STORE_NOTE_TEXT];
    snprintf(seed, sizeof seed, "%" PRIu64, w->options->seed);
    enum err_code code = store_set_note(w->store, "seed", seed, err);
    return code ? code : store_set_note(w->store, "kind", "demo", err);
}

static enum err_code write_all(struct writer *w, struct err *err)
{
    enum err_code code = store_begin(w->store, err);
    for (size_t bin = 0; !code && bin < w->shape.bin_count; bin++)
        code = write_bin(w, bin, err);
    if (!code)
        code = store_commit(w->store, err);
    if (!code)
        code = write_notes(w, err);
    if (!code)
        code = store_settle(w->store, err);
    if (!code && w->progress)
        w->progress(w->context, w->done, w->options->runs);
    return code;
}

/* ---- the file ---- */

static void remove_logs(const char *path)
{
    static const char *const ends[] = {"-wal", "-shm", "-journal"};
    struct buf name;
    buf_init(&name, 1 << 16);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        buf_clear(&name);
        buf_printf(&name, "%s%s", path, ends[i]);
        unlink(buf_cstr(&name));
    }
    buf_release(&name);
}

static void remove_with_logs(const char *path)
{
    unlink(path);
    remove_logs(path);
}

/* The old file's log must go before the new file has its name: SQLite would replay it. */
static enum err_code take_name(const char *part, const char *path, struct err *err)
{
    remove_logs(path);
    if (rename(part, path) != 0)
        return err_set(err, ERR_IO, "%s: cannot be named %s: %s", part, path, strerror(errno));
    return ERR_OK;
}

static enum err_code write_part(struct writer *w, const char *part, struct err *err)
{
    int64_t many = w->options->payload == PAYLOAD_LARGE ? MANY_LARGE_RUNS : MANY_RUNS;
    struct store_options scratch = {.is_scratch = true, .cache_mb = w->options->runs > many ? 512 : 128};
    enum err_code code = store_open(part, &scratch, &w->store, err);
    if (code)
        return code;
    rand_seed(&w->rng, w->options->seed);
    demo_pool_init(&w->pool, &w->rng, w->options->payload);
    if (w->options->payload != PAYLOAD_SMALL)
        demo_pool_add_big(&w->pool, &w->rng);
    demo_shape_init(&w->shape, &w->rng, w->options->now, w->options->days);
    code = write_all(w, err);
    demo_shape_release(&w->shape);
    demo_pool_release(&w->pool);
    store_close(w->store);
    return code;
}

enum err_code demo_write(const char *path, const struct demo_options *options, demo_progress *progress,
                         void *context, struct err *err)
{
    enum err_code code = check_options(options, err);
    if (!code)
        code = check_target(path, options->force, err);
    if (code)
        return code;
    struct buf part;
    buf_init(&part, 1 << 16);
    buf_printf(&part, "%s.part", path);
    remove_with_logs(buf_cstr(&part));
    struct writer w = {.options = options, .progress = progress, .context = context};
    code = write_part(&w, buf_cstr(&part), err);
    if (!code)
        code = take_name(buf_cstr(&part), path, err);
    if (code)
        remove_with_logs(buf_cstr(&part));
    buf_release(&part);
    return code;
}
