/*
 * The rows that are held tell it, until they are asked for anew, and only the first page of them is. Then the server tells: in an answer of one row, at the pace at
 * which it is asked for counts. What it cannot count is fetched.
 */
#include "data/http/source_http_since.h"

#include "data/base/hash.h"

enum { PAGES_MAX = 20 }; /* of what the server cannot count, in one look */

/* ---- counting, under the lock ---- */

/* The plan of what is newer; false: there is none, or that is not all that bounds it. */
static bool plan_since(const struct http_plan *plan, int64_t cutoff, struct http_plan *since)
{
    *since = *plan;
    since->range.from = time_after(cutoff);
    return cutoff != TIME_NONE && !plan->is_nothing && plan->range.from <= since->range.from &&
           since->range.from < since->range.to;
}

static bool is_held(struct http_source *source, const struct http_plan *since)
{
    return http_feed_covers(http_slot(source, &since->main)->feed, since->range);
}

static void count_held(const struct plan_rows *rows, struct time_range range, struct list_reply *reply)
{
    size_t lo, hi;
    http_rows_between(rows, range, &lo, &hi);
    for (size_t i = lo; i < hi; i++) {
        if (!http_rows_match(rows, i))
            continue;
        reply->new_count++;
        reply->new_failed += run_status_of(rows->rows[i]->row.status) == STATUS_FAILED;
    }
}

/* What the server counted, and what is held that is newer. */
static bool count_told(struct http_source *source, const struct plan_rows *rows,
                       const struct http_plan *since, const char *key, struct list_reply *reply)
{
    const struct look *look = http_look_find(source, key);
    if (!look || !look->is_there)
        return false;
    bool is_none = look->newest_at == INT64_MIN;
    struct time_range newer = {is_none ? since->range.from : time_after(look->newest_at), INT64_MAX};
    int64_t failed = facet_count(&look->meta.status, text_of(run_status_word(STATUS_FAILED)));
    reply->new_count = look->meta.filtered.n;
    reply->new_failed = failed > 0 ? failed : 0;
    if (http_look_is_dirty(look) && http_feed_covers(rows->feed, newer))
        count_held(rows, newer, reply);
    return true;
}

void http_since_count(struct http_source *source, const struct plan_rows *rows, int64_t cutoff,
                      struct arena *arena, struct list_reply *reply)
{
    struct http_plan since;
    struct time_range range = {time_after(cutoff), INT64_MAX};
    bool has_plan = plan_since(rows->plan, cutoff, &since);
    const char *key = has_plan ? http_look_key(&since, false, arena) : "";
    uint64_t question = text_hash(text_of(key));
    reply->new_count = reply->new_failed = -1;
    if (cutoff == TIME_NONE)
        return;
    if (http_feed_covers(rows->feed, time_range_intersect(range, rows->plan->range))) {
        reply->new_count = reply->new_failed = 0;
        count_held(rows, range, reply);
    } else if (!has_plan) {
        return;
    } else if (!since.is_sufficient || !count_told(source, rows, &since, key, reply)) {
        bool is_known = source->since.question == question;
        reply->new_count = is_known ? source->since.n : -1;
        reply->new_failed = is_known ? source->since.failed : -1;
    }
    if (has_plan && reply->new_count >= 0)
        source->since = (struct known_since){question, reply->new_count, reply->new_failed};
}

/* ---- asking ---- */

/* A list whose newest rows are being fetched may hold them all in a moment. */
static bool lacks(struct http_source *source, const struct http_plan *since)
{
    struct time_range stretch;
    bool has_newest = http_feed_stretch(http_slot(source, &since->main)->feed, since->range.to - 1, &stretch);
    return has_newest && !is_held(source, since);
}

static bool shown_since(struct http_source *source, struct arena *arena, struct http_plan *since)
{
    struct http_plan plan;
    http_shown(source, arena, &plan);
    pthread_mutex_lock(&source->lock);
    bool is_lacking = plan_since(&plan, source->shown_cutoff, since) && lacks(source, since);
    pthread_mutex_unlock(&source->lock);
    return is_lacking;
}

static int64_t asked_at(struct http_source *source, const char *key)
{
    pthread_mutex_lock(&source->lock);
    const struct look *look = http_look_find(source, key);
    int64_t at = look && look->is_there ? look->at : INT64_MIN;
    pthread_mutex_unlock(&source->lock);
    return at;
}

static enum err_code ask_count(const struct http_work *work, const struct http_plan *since, bool *is_changed,
                               struct err *err)
{
    const char *key = http_look_key(since, false, work->arena);
    int64_t before = asked_at(work->source, key);
    enum err_code code = http_look(work, since, key, false, err);
    *is_changed = *is_changed || asked_at(work->source, key) != before;
    return code;
}

static enum err_code ask_rows(const struct http_work *work, const struct http_plan *since, bool *is_changed,
                              struct err *err)
{
    struct http_source *source = work->source;
    enum err_code code = ERR_OK;
    for (int i = 0; !code && i < PAGES_MAX; i++) {
        struct fetch fetch;
        pthread_mutex_lock(&source->lock);
        bool is_gap = http_rows_gap(source, since, since->range, &fetch);
        pthread_mutex_unlock(&source->lock);
        if (!is_gap)
            break;
        code = http_fetch(work, &fetch, err);
        *is_changed = true;
    }
    return code;
}

enum err_code http_since_look(struct follower *follower, bool *is_changed, struct err *err)
{
    struct http_source *source = follower->source;
    struct arena arena;
    struct http_plan since;
    enum err_code code = ERR_OK;
    arena_init(&arena);
    struct http_work work = {
        .conn = follower->conn, .source = source, .cancel = follower->cancel, .arena = &arena};
    if (shown_since(source, &arena, &since))
        code = since.is_sufficient ? ask_count(&work, &since, is_changed, err)
                                   : ask_rows(&work, &since, is_changed, err);
    arena_release(&arena);
    return code;
}

int64_t http_since_at(const struct follower *follower)
{
    struct http_source *source = follower->source;
    struct arena arena;
    struct http_plan since;
    int64_t at = INT64_MAX;
    arena_init(&arena);
    if (shown_since(source, &arena, &since) && since.is_sufficient) {
        pthread_mutex_lock(&source->lock);
        const struct look *look = http_look_find(source, http_look_key(&since, false, &arena));
        if (!look || !look->is_there)
            at = INT64_MIN;
        else if (http_look_is_dirty(look))
            at = look->at + http_look_pace(source, look);
        pthread_mutex_unlock(&source->lock);
    }
    arena_release(&arena);
    return at;
}
