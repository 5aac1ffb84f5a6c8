/*
 * A look asks for what is newer than the newest known run, so a run that was written late, by a recorder that had to wait for its turn, or that was brought in with
 * a time of long ago, is in none; nor is one that is gone. How many there are in the time that is held the server tells in a request for a single row. Where it is another
 * number the bars of the same answer tell when, and the rows of those times are asked for again, the newest first.
 */
#include "data/http/source_http_check.h"

enum {
    PAGES_MAX = 20, /* asked for again in one look; what is older is in doubt, and fetched when it is shown */
    REST = 30,      /* the time between two looks, so often: until a check that nothing calls for */
    FUTILE_MAX = 5, /* a server that counts other rows than it gives is asked ever more rarely */
};

struct check {
    struct follower *follower;
    const struct http_params *params;
    int pages;
};

/* A time, and how many runs the server has in it. */
struct span {
    struct time_range range;
    int64_t n;
};

static struct http_work work_of(const struct follower *follower, struct arena *arena)
{
    return (struct http_work){.conn = follower->conn,
                              .source = follower->source,
                              .cancel = follower->cancel,
                              .arena = arena,
                              .keeps_pages = true};
}

/* ---- when ---- */

static int64_t pace_of(const struct follower *follower)
{
    struct look look = {.took_ms = follower->check.took_ms};
    return http_look_pace(follower->source, &look) << follower->check.futile;
}

int64_t http_check_at(const struct follower *follower)
{
    bool is_first = follower->check.took_ms < 0;
    return !follower->check.is_due ? INT64_MAX
           : is_first              ? INT64_MIN
                                   : follower->check.at + pace_of(follower);
}

static bool is_time(struct follower *follower)
{
    int64_t now = clock_ms(), rest = REST * follower->source->poll_ms;
    bool is_old = now - follower->check.at >= (rest > pace_of(follower) ? rest : pace_of(follower));
    return is_old || http_check_at(follower) <= now;
}

/* ---- what is held ---- */

/* The newest stretch that is held, up to where the next look for news begins. False: there is none. */
static bool held_range(struct http_source *source, const struct http_params *params, struct time_range shown,
                       struct time_range *range)
{
    struct http_plan plan = {.main = *params};
    struct plan_rows rows;
    http_rows_open(source, &plan, &rows);
    int64_t newest = shown.to == INT64_MAX ? INT64_MAX : shown.to - 1;
    if (!rows.count || !http_feed_stretch(rows.feed, newest, range))
        return false;
    int64_t to = time_after(http_news_after(rows.rows[0]->row.created_at));
    range->to = range->to < to ? range->to : to;
    return range->from < range->to;
}

/* -1: not all of that is held any more. */
static int64_t held_count(struct http_source *source, const struct http_params *params,
                          struct time_range range)
{
    struct http_plan plan = {.main = *params};
    struct plan_rows rows;
    size_t lo, hi;
    http_rows_open(source, &plan, &rows);
    if (!http_feed_covers(rows.feed, range))
        return -1;
    http_rows_between(&rows, range, &lo, &hi);
    return (int64_t)(hi - lo);
}

static bool differs(const struct check *check, const struct span *span)
{
    struct http_source *source = check->follower->source;
    pthread_mutex_lock(&source->lock);
    int64_t held = held_count(source, check->params, span->range);
    pthread_mutex_unlock(&source->lock);
    return held >= 0 && held != span->n;
}

/* ---- where it differs ---- */

static void add_span(struct span *spans, size_t *count, struct time_range range, int64_t n)
{
    if (range.from < range.to)
        spans[(*count)++] = (struct span){range, n};
}

static int64_t sum_of(const struct sparse_bucket *bucket)
{
    int64_t sum = 0;
    for (int i = 0; i < STATUS_COUNT; i++)
        sum += bucket->counts.counts[i];
    return sum;
}

/* The bars and what is between them, oldest first; or all as one, where the bars do not say it all. */
static size_t spans_of(const struct wire_meta *meta, struct time_range range, struct arena *arena,
                       struct span **out)
{
    struct span *spans = *out = arena_array(arena, 2 * meta->chart_count + 2, sizeof *spans);
    size_t count = 0;
    int64_t sum = 0, at = range.from;
    for (size_t i = 0; i < meta->chart_count; i++) {
        int64_t from = meta->chart[i].start, to = from + meta->chart_width, n = sum_of(&meta->chart[i]);
        from = from > at ? from : at;
        to = to < range.to ? to : range.to;
        add_span(spans, &count, (struct time_range){at, from}, 0);
        add_span(spans, &count, (struct time_range){from, to}, n);
        at = to > at ? to : at;
        sum += n;
    }
    add_span(spans, &count, (struct time_range){at, range.to}, 0);
    if (sum == meta->filtered.n)
        return count;
    spans[0] = (struct span){range, meta->filtered.n};
    return 1;
}

static void doubt(const struct check *check, struct time_range range)
{
    struct http_source *source = check->follower->source;
    pthread_mutex_lock(&source->lock);
    http_feed_doubt(http_slot(source, check->params)->feed, range);
    pthread_mutex_unlock(&source->lock);
}

/* Page after page, until there are as many as there should be. */
static enum err_code ask_again(struct check *check, struct span span, struct err *err)
{
    struct time_range left = span.range;
    enum err_code code = ERR_OK;
    while (!code && left.from < left.to && differs(check, &span)) {
        if (check->pages++ >= PAGES_MAX) {
            doubt(check, left);
            break;
        }
        struct http_work work = work_of(check->follower, NULL);
        struct fetch fetch = {.params = check->params, .range = left, .gap = left};
        code = http_fetch_again(&work, &fetch, &left, err);
    }
    return code;
}

static enum err_code check_list(struct check *check, struct time_range range, struct err *err)
{
    struct arena arena;
    struct page_answer answer = {0};
    struct span *spans, all = {.range = range};
    struct list_request request = {.params = check->params, .bounds = range, .after = TIME_NONE, .limit = 1};
    arena_init(&arena);
    struct http_work work = work_of(check->follower, &arena);
    enum err_code code = http_ask_list(&work, &request, &arena, &answer, err);
    check->follower->check.took_ms = answer.took_ms;
    all.n = answer.page.meta.filtered.n;
    if (!code && answer.page.has_meta && all.n >= 0 && differs(check, &all))
        for (size_t i = spans_of(&answer.page.meta, range, &arena, &spans); !code && i-- > 0;)
            code = ask_again(check, spans[i], err);
    arena_release(&arena);
    return code;
}

/* ---- all lists ---- */

static enum err_code check_one(struct follower *follower, const struct http_params *params,
                               struct time_range shown, bool *is_changed, struct err *err)
{
    struct http_source *source = follower->source;
    struct check check = {.follower = follower, .params = params};
    struct time_range range;
    pthread_mutex_lock(&source->lock);
    bool is_held = held_range(source, params, shown, &range);
    uint64_t before = http_feed_revision(http_slot(source, params)->feed);
    pthread_mutex_unlock(&source->lock);
    if (!is_held)
        return ERR_OK;
    enum err_code code = check_list(&check, range, err);
    pthread_mutex_lock(&source->lock);
    bool is_other = http_feed_revision(http_slot(source, params)->feed) != before;
    pthread_mutex_unlock(&source->lock);
    *is_changed = *is_changed || is_other;
    follower->check.is_futile = follower->check.is_futile || (check.pages && !is_other);
    return code;
}

enum err_code http_check_look(struct follower *follower, bool *is_changed, struct err *err)
{
    struct http_plan plan = {.is_nothing = true};
    struct arena arena;
    if (!is_time(follower))
        return ERR_OK;
    arena_init(&arena);
    http_shown(follower->source, &arena, &plan);
    follower->check.is_due = follower->check.is_futile = false;
    enum err_code code = ERR_OK;
    for (size_t i = 0; !code && !plan.is_nothing && i <= plan.side_count; i++)
        code = check_one(follower, i ? &plan.sides[i - 1].params : &plan.main, plan.range, is_changed, err);
    follower->check.at = clock_ms();
    follower->check.is_due = code || *is_changed;
    follower->check.futile += follower->check.is_futile && follower->check.futile < FUTILE_MAX;
    if (!follower->check.is_futile)
        follower->check.futile = 0;
    arena_release(&arena);
    return code;
}
