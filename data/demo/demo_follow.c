/*
 * A history that goes on. Each run is planned when it begins and then played as time passes, several at once; what the clock has
 * reached goes into the file as one short transaction, because a reader and perhaps a real engine share it. A transaction that
 * fails is simply played again: a plan remembers only how far it was committed.
 */
#include "data/demo/demo.h"

#include "data/base/die.h"
#include "data/demo/demo_parts.h"

#include <math.h>
#include <stdlib.h>

enum {
    IN_FLIGHT_MAX = 48,
    GAP_MS = 700,   /* median between two runs */
    JUMP_MS = 5000, /* a clock that jumped further than this is not made up for with new runs */
    INCIDENT_EVERY_MS = 180000,
    INCIDENT_MS = 20000,
    ANSWER_MS = 12000,
    STRETCH_MS = 40000,
    BUSY_MS = 250,
};

struct running {
    struct demo_plan plan;
    int64_t committed; /* everything up to here is in the file */
};

struct demo_follow {
    struct store *store;
    struct rand rng;
    struct demo_pool pool;
    struct running *running[IN_FLIGHT_MAX];
    size_t count;
    int64_t next_at;    /* when the next run begins */
    int64_t burst_left; /* runs that follow at once */
    int64_t last;       /* the latest `now` */
    struct incident incident;
};

static const struct incident incident_kinds[] = {
    {0, 0, "github",
     "{\"message\":\"API rate limit exceeded for installation ID "
     "~N.\",\"status\":429,\"headers\":{\"retry-after\":\"~n\"}}"},
    {0, 0, "stripe",
     "{\"error\":{\"type\":\"rate_limit_error\",\"message\":\"Too many requests hit the API too "
     "quickly.\"}}"},
    {0, 0, "crm", "503 Service Unavailable: index is being rebuilt (attempt ~n)"},
};

static void plan_incident(struct demo_follow *f, int64_t after)
{
    f->incident = incident_kinds[rand_below(&f->rng, sizeof incident_kinds / sizeof incident_kinds[0])];
    f->incident.from = after + rand_between(&f->rng, INCIDENT_EVERY_MS / 3, INCIDENT_EVERY_MS);
    f->incident.to = f->incident.from + rand_between(&f->rng, INCIDENT_MS / 2, INCIDENT_MS);
}

/* The file's own texts, and above all its own scopes. */
static void init_pool(struct demo_pool *pool, const char *path)
{
    char seed[STORE_NOTE_TEXT];
    store_read_note(path, "seed", seed);
    struct rand rng;
    rand_seed(&rng, strtoull(seed, NULL, 10));
    demo_pool_init(pool, &rng, false);
}

enum err_code demo_follow_open(const char *path, uint64_t seed, int64_t now, struct demo_follow **follow,
                               struct err *err)
{
    *follow = NULL;
    bool is_demo;
    enum err_code code = demo_check(path, &is_demo, err);
    if (!code && !is_demo) {
        code = err_set(err, ERR_DENIED, "%s: is no demo, so nothing is added to it", path);
        err_hint(err, "Make one first: executor-runs demo FILE.db");
    }
    if (code)
        return code;
    struct demo_follow *f = mem_new_array(1, sizeof *f);
    code = store_open(path, &(struct store_options){.busy_timeout_ms = BUSY_MS}, &f->store, err);
    if (code) {
        free(f);
        return code;
    }
    /* Another sequence than the history's, and another each time: run ids must not come twice. */
    rand_seed(&f->rng, seed ^ (uint64_t)now * UINT64_C(0x9e3779b97f4a7c15));
    init_pool(&f->pool, path);
    f->next_at = f->last = now;
    plan_incident(f, now);
    *follow = f;
    return ERR_OK;
}

static void release_running(struct running *running)
{
    demo_plan_release(&running->plan);
    free(running);
}

void demo_follow_close(struct demo_follow *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->count; i++)
        release_running(f->running[i]);
    demo_pool_release(&f->pool);
    store_close(f->store);
    free(f);
}

static int64_t next_gap(struct demo_follow *f)
{
    if (f->burst_left > 0) {
        f->burst_left--;
        return rand_chance(&f->rng, 0.3) ? 0 : rand_below(&f->rng, 90);
    }
    if (rand_chance(&f->rng, 0.03))
        f->burst_left = rand_between(&f->rng, 5, 14);
    return 30 + (int64_t)(GAP_MS * exp(1.6 * (rand_unit(&f->rng) + rand_unit(&f->rng) - 1)));
}

static void start_run(struct demo_follow *f, int64_t at)
{
    if (at >= f->incident.to)
        plan_incident(f, at);
    struct plan_wish wish = {.at = at,
                             .answer_ms = ANSWER_MS,
                             .incident = at >= f->incident.from ? &f->incident : NULL,
                             .people = 0.85,
                             .scopes = 1,
                             .must_ask = rand_chance(&f->rng, 0.03),
                             .is_unanswered = rand_chance(&f->rng, 0.1)};
    if (rand_chance(&f->rng, 0.15))
        wish.stretch_ms = rand_between(&f->rng, STRETCH_MS / 20, STRETCH_MS);
    if (rand_chance(&f->rng, 0.004))
        wish.nasty = &demo_nasties[rand_below(&f->rng, (uint32_t)demo_nasty_count)];
    struct running *running = mem_new_array(1, sizeof *running);
    demo_plan_init(&running->plan, &f->pool, &f->rng, &wish);
    running->committed = at - 1;
    f->running[f->count++] = running;
}

static void start_due(struct demo_follow *f, int64_t now)
{
    if (now - f->next_at > JUMP_MS)
        f->next_at = now;
    while (f->next_at <= now && f->count < IN_FLIGHT_MAX) {
        start_run(f, f->next_at);
        f->next_at += next_gap(f);
    }
    if (f->next_at <= now)
        f->next_at = now + GAP_MS; /* as many as there may be are under way */
}

static bool is_anything_due(const struct demo_follow *f, int64_t now)
{
    for (size_t i = 0; i < f->count; i++)
        if (demo_plan_next(&f->running[i]->plan, f->running[i]->committed) <= now)
            return true;
    return false;
}

static enum err_code play_all(struct demo_follow *f, int64_t now, struct err *err)
{
    enum err_code code = store_begin(f->store, err);
    for (size_t i = 0; !code && i < f->count; i++)
        code = demo_plan_play(&f->running[i]->plan, &f->pool, f->store, f->running[i]->committed, now, err);
    if (!code)
        code = store_commit(f->store, err);
    if (code)
        store_rollback(f->store);
    return code;
}

/* Notes how far the file is, forgets the runs that are over, and finds the time of the next event. */
static int64_t settle(struct demo_follow *f, int64_t now)
{
    int64_t next = f->next_at;
    size_t kept = 0;
    for (size_t i = 0; i < f->count; i++) {
        struct running *running = f->running[i];
        running->committed = now;
        int64_t then = demo_plan_next(&running->plan, now);
        if (then == INT64_MAX) {
            release_running(running);
            continue;
        }
        next = then < next ? then : next;
        f->running[kept++] = running;
    }
    f->count = kept;
    return next;
}

enum err_code demo_follow_step(struct demo_follow *f, int64_t now, int64_t *wait_ms, struct err *err)
{
    *wait_ms = 1000;
    if (now < f->last)
        return ERR_OK;
    f->last = now;
    start_due(f, now);
    if (is_anything_due(f, now)) {
        enum err_code code = play_all(f, now, err);
        if (code)
            return code;
    }
    int64_t wait = settle(f, now) - now;
    *wait_ms = wait < 1 ? 1 : wait > 1000 ? 1000 : wait;
    return ERR_OK;
}
