/*
 * What changed since the last look: by little, because a list costs the real server as much as all of its history. The rows behind the newest known one, with a
 * second of overlap, so that none is missed that was still being written; and the runs that can still change, as one list. A run that was among those
 * and is not any more has ended: it is asked for by its id.
 */
#include "data/http/source_http_news.h"

#include "data/base/die.h"

#include <stdlib.h>

enum {
    OVERLAP_MS = 1000,
    NEW_PAGES_MAX = 20,  /* of news in one look; what is older than those is fetched when it is shown */
    OPEN_PAGES_MAX = 10, /* runs that died stay running for ever: the newest thousand are followed */
    ENDED_MAX = 32,      /* runs asked for by id in one look */
};

struct open_run {
    char *id;
    int64_t created_at, updated_at;
    char *status;
    bool is_pending;
};

static struct http_work work_of(struct follower *follower, struct arena *arena)
{
    return (struct http_work){.conn = follower->conn,
                              .source = follower->source,
                              .cancel = follower->cancel,
                              .arena = arena,
                              .keeps_pages = true};
}

/* ---- news ---- */

struct shown {
    struct http_params lists[1 + HTTP_SIDES_MAX];
    size_t count;
    bool is_to_now; /* no time bound keeps what is new out */
};

void http_shown(struct http_source *source, struct arena *arena, struct http_plan *plan)
{
    *plan = (struct http_plan){.is_nothing = true};
    pthread_mutex_lock(&source->lock);
    if (source->has_shown)
        http_plan_copy(&source->shown, plan, arena);
    pthread_mutex_unlock(&source->lock);
}

/* The lists that the screen shows now. */
static void get_shown(struct http_source *source, struct arena *arena, struct shown *out)
{
    struct http_plan plan;
    http_shown(source, arena, &plan);
    *out = (struct shown){.is_to_now = plan.range.to == INT64_MAX};
    if (plan.is_nothing)
        return;
    out->lists[out->count++] = plan.main;
    for (size_t i = 0; i < plan.side_count; i++)
        out->lists[out->count++] = plan.sides[i].params;
}

int64_t http_news_after(int64_t newest)
{
    return newest > INT64_MIN + OVERLAP_MS ? newest - OVERLAP_MS : newest;
}

/* Behind which time the news of a list begin; false where its newest rows are not held at all. */
static bool news_begin(struct http_source *source, const struct http_params *params, int64_t *after)
{
    struct time_range stretch;
    size_t count;
    pthread_mutex_lock(&source->lock);
    const struct http_feed *feed = http_slot(source, params)->feed;
    const struct feed_row *const *rows = http_feed_rows(feed, &count);
    bool is_held = http_feed_stretch(feed, INT64_MAX, &stretch);
    int64_t newest = count ? rows[0]->row.created_at : OVERLAP_MS;
    pthread_mutex_unlock(&source->lock);
    *after = http_news_after(newest);
    return is_held;
}

static int64_t oldest_of(const struct wire_page *page)
{
    int64_t oldest = INT64_MAX;
    for (size_t i = 0; i < page->count; i++)
        if (page->items[i].run.created_at < oldest)
            oldest = page->items[i].run.created_at;
    return oldest;
}

/* Between a page that is not the last and what was held there is a gap. How many runs are new. */
static size_t take_news(struct http_source *source, const struct http_params *params,
                        const struct wire_page *page, int64_t after)
{
    struct time_range news = {after + 1, INT64_MAX}, complete = news;
    pthread_mutex_lock(&source->lock);
    struct feed_slot *slot = http_slot(source, params);
    if (!text_is_null(page->next_cursor)) {
        http_feed_doubt(slot->feed, news);
        complete.from = page->count ? oldest_of(page) + 1 : INT64_MAX;
    }
    size_t fresh = http_feed_add(slot->feed, page->items, page->count, complete);
    http_trim(source, slot, INT64_MAX);
    pthread_mutex_unlock(&source->lock);
    return fresh;
}

static uint64_t revision_of(struct http_source *source, const struct http_params *params)
{
    pthread_mutex_lock(&source->lock);
    uint64_t revision = http_feed_revision(http_slot(source, params)->feed);
    pthread_mutex_unlock(&source->lock);
    return revision;
}

/* What is older than the pages of one look is fetched when it is shown. */
static enum err_code fill_up(struct follower *follower, const struct http_params *params, int64_t after,
                             struct err *err)
{
    struct http_source *source = follower->source;
    enum err_code code = ERR_OK;
    for (int i = 0; !code && i < NEW_PAGES_MAX; i++) {
        struct fetch fetch = {.params = params, .range = TIME_RANGE_ALL};
        pthread_mutex_lock(&source->lock);
        bool is_gap = http_feed_newest_gap(http_slot(source, params)->feed,
                                           (struct time_range){after + 1, INT64_MAX}, &fetch.gap);
        pthread_mutex_unlock(&source->lock);
        if (!is_gap)
            break;
        struct http_work work = work_of(follower, NULL);
        code = http_fetch(&work, &fetch, err);
    }
    return code;
}

/* A list whose newest rows came into doubt while the screen shows others of it; one that it waits for is being fetched anyway. */
static enum err_code fetch_newest(struct follower *follower, const struct http_params *params,
                                  bool *is_changed, struct err *err)
{
    struct http_source *source = follower->source;
    struct fetch fetch = {.params = params, .range = TIME_RANGE_ALL};
    pthread_mutex_lock(&source->lock);
    bool is_ours = !source->list_busy &&
                   http_feed_newest_gap(http_slot(source, params)->feed, TIME_RANGE_ALL, &fetch.gap);
    pthread_mutex_unlock(&source->lock);
    if (!is_ours)
        return ERR_OK;
    struct http_work work = work_of(follower, NULL);
    *is_changed = true;
    return http_fetch(&work, &fetch, err);
}

static enum err_code look_for_news(struct follower *follower, const struct http_params *params,
                                   bool is_to_now, bool *is_changed, struct err *err)
{
    struct http_source *source = follower->source;
    int64_t after;
    if (!news_begin(source, params, &after))
        return is_to_now ? fetch_newest(follower, params, is_changed, err) : ERR_OK;
    struct arena arena;
    struct page_answer answer = {0};
    struct list_request request = {
        .params = params, .bounds = TIME_RANGE_ALL, .after = after, .limit = PAGE_ROWS};
    uint64_t revision = revision_of(source, params);
    arena_init(&arena);
    struct http_work work = work_of(follower, &arena);
    enum err_code code = http_ask_list(&work, &request, &arena, &answer, err);
    bool goes_on = !code && !text_is_null(answer.page.next_cursor);
    if (!code && take_news(source, params, &answer.page, after))
        http_keep_page(source, &arena, &answer.page);
    if (goes_on)
        code = fill_up(follower, params, after, err);
    *is_changed = *is_changed || revision_of(source, params) != revision;
    arena_release(&arena);
    return code;
}

static bool is_one_of(struct http_source *source, const struct feed_slot *slot,
                      const struct http_params *lists, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (http_slot(source, &lists[i]) == slot)
            return true;
    return false;
}

/* What came to be shown while a look was out has just been asked for. */
static bool is_shown_now(struct http_source *source, const struct feed_slot *slot)
{
    const struct http_plan *shown = &source->shown;
    if (!source->has_shown || shown->is_nothing)
        return false;
    if (is_one_of(source, slot, &shown->main, 1))
        return true;
    for (size_t i = 0; i < shown->side_count; i++)
        if (is_one_of(source, slot, &shown->sides[i].params, 1))
            return true;
    return false;
}

/* Lists that are not shown are not followed: their newest rows are asked for again when they are. */
static void doubt_unshown(struct http_source *source, const struct shown *shown)
{
    pthread_mutex_lock(&source->lock);
    for (size_t i = 0; i < FEEDS_MAX; i++) {
        struct feed_slot *slot = &source->feeds[i];
        if (!slot->key || is_one_of(source, slot, shown->lists, shown->count) || is_shown_now(source, slot))
            continue;
        size_t count;
        const struct feed_row *const *rows = http_feed_rows(slot->feed, &count);
        int64_t newest = count ? rows[0]->row.created_at : INT64_MIN;
        http_feed_doubt(slot->feed, (struct time_range){http_news_after(newest), INT64_MAX});
    }
    pthread_mutex_unlock(&source->lock);
}

/* ---- runs that can still change ---- */

static void open_free(struct open_run *open, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(open[i].id);
        free(open[i].status);
    }
    free(open);
}

static char *copy_of(struct text text)
{
    return mem_strndup(text.s ? text.s : "", text.n);
}

static const struct open_run *open_find(const struct open_run *open, size_t count, struct text id)
{
    for (size_t i = 0; i < count; i++)
        if (text_is(id, open[i].id))
            return &open[i];
    return NULL;
}

struct open_look {
    struct open_run *runs;
    size_t count, capacity;
    int64_t oldest; /* runs created before this were not looked at; INT64_MIN: all were */
    bool is_changed;
};

static bool differs(const struct open_run *before, const struct run_detail *now)
{
    return !before || before->updated_at != now->run.updated_at ||
           !text_is(now->run.status, before->status) || before->is_pending != (now->pending >= 0);
}

static void open_add(struct open_look *look, struct open_run run)
{
    if (look->count == look->capacity) {
        look->capacity = look->capacity ? 2 * look->capacity : 64;
        look->runs = mem_resize(look->runs, look->capacity, sizeof *look->runs);
    }
    look->runs[look->count++] = run;
}

static void take_open(struct follower *follower, struct open_look *look, const struct run_detail *detail)
{
    if (open_find(look->runs, look->count, detail->run.id))
        return;
    const struct open_run *before = open_find(follower->open, follower->open_count, detail->run.id);
    if (differs(before, detail)) { /* one that was not seen before need not have changed */
        pthread_mutex_lock(&follower->source->lock);
        look->is_changed = http_apply(follower->source, detail, before != NULL) || look->is_changed;
        pthread_mutex_unlock(&follower->source->lock);
    }
    open_add(look, (struct open_run){.id = copy_of(detail->run.id),
                                     .status = copy_of(detail->run.status),
                                     .created_at = detail->run.created_at,
                                     .updated_at = detail->run.updated_at,
                                     .is_pending = detail->pending >= 0});
}

static enum err_code list_open(struct follower *follower, struct open_look *look, struct err *err)
{
    static const struct http_params open_params = {.status = {"pending,running,waiting_for_interaction", 39}};
    struct arena arena, last;
    struct list_request request = {
        .params = &open_params, .bounds = TIME_RANGE_ALL, .after = 0, .limit = PAGE_ROWS};
    enum err_code code = ERR_OK;
    arena_init(&last);
    look->oldest = INT64_MIN;
    for (int i = 0; i < OPEN_PAGES_MAX; i++) {
        struct page_answer answer = {0};
        arena_init(&arena);
        struct http_work work = work_of(follower, &arena);
        code = http_ask_list(&work, &request, &arena, &answer, err);
        size_t before = look->count;
        for (size_t j = 0; !code && j < answer.page.count; j++)
            take_open(follower, look, &answer.page.items[j]);
        bool is_end = code || text_is_null(answer.page.next_cursor) || look->count == before;
        look->oldest = is_end ? INT64_MIN : oldest_of(&answer.page);
        arena_release(&last);
        request.cursor = is_end ? TEXT_NULL : arena_text(&last, answer.page.next_cursor);
        arena_release(&arena);
        if (is_end)
            break;
    }
    arena_release(&last);
    return code;
}

/* Of a status that is asked for; others, that only another program knows, would be asked for one by one for ever. */
static bool can_end(enum run_status status)
{
    return !run_status_is_terminal(status) && status != STATUS_OTHER;
}

/* Those that were open, by the last look or by what the lists show, and are not in this one. */
static size_t find_ended(struct follower *follower, const struct open_look *look, struct arena *arena,
                         struct text ids[ENDED_MAX])
{
    struct http_source *source = follower->source;
    size_t count = 0;
    for (size_t i = 0; i < follower->open_count && count < ENDED_MAX; i++) {
        const struct open_run *run = &follower->open[i];
        if (run->created_at >= look->oldest && !open_find(look->runs, look->count, text_of(run->id)))
            ids[count++] = arena_text(arena, text_of(run->id));
    }
    pthread_mutex_lock(&source->lock);
    struct plan_rows rows = {0};
    if (source->has_shown && !source->shown.is_nothing)
        rows.rows = http_feed_rows(http_slot(source, &source->shown.main)->feed, &rows.count);
    for (size_t i = 0; i < rows.count && count < ENDED_MAX; i++) {
        const struct run_row *row = &rows.rows[i]->row;
        bool is_open = can_end(run_status_of(row->status)) && row->created_at >= look->oldest;
        bool is_known = !is_open || open_find(look->runs, look->count, row->id) ||
                        open_find(follower->open, follower->open_count, row->id);
        if (!is_known)
            ids[count++] = arena_text(arena, row->id);
    }
    pthread_mutex_unlock(&source->lock);
    return count;
}

/* True where that changes anything, be it a count alone. */
static bool take_ended(struct follower *follower, const struct text *ids, const struct run_detail *details,
                       const enum err_code *codes, size_t count)
{
    struct http_source *source = follower->source;
    bool is_changed = false;
    pthread_mutex_lock(&source->lock);
    for (size_t i = 0; i < count; i++) {
        bool has_ended = codes[i] || run_status_is_terminal(run_status_of(details[i].run.status));
        if (codes[i])
            http_forget_run(source, ids[i]);
        else
            has_ended = http_apply(source, &details[i], true) || has_ended;
        is_changed = is_changed || has_ended;
    }
    pthread_mutex_unlock(&source->lock);
    return is_changed;
}

/* There were more than one look asks for: they count as open until the next. */
static void keep_unasked(struct follower *follower, struct open_look *look, const struct text *asked,
                         size_t asked_count)
{
    for (size_t i = 0; i < follower->open_count; i++) {
        struct open_run *run = &follower->open[i];
        bool is_done = run->created_at < look->oldest || open_find(look->runs, look->count, text_of(run->id));
        for (size_t j = 0; j < asked_count && !is_done; j++)
            is_done = text_is(asked[j], run->id);
        if (is_done)
            continue;
        open_add(look, *run);
        run->id = run->status = NULL;
    }
}

static enum err_code look_at_open(struct follower *follower, bool *is_changed, struct err *err)
{
    struct arena arena;
    struct text ids[ENDED_MAX];
    struct run_detail details[ENDED_MAX];
    enum err_code codes[ENDED_MAX];
    struct open_look look = {0};
    size_t count = 0;
    arena_init(&arena);
    struct http_work work = work_of(follower, &arena);
    enum err_code code = list_open(follower, &look, err);
    if (!code) {
        count = find_ended(follower, &look, &arena, ids);
        code = http_ask_runs(&work, ids, count, &arena, details, codes, err);
    }
    *is_changed = *is_changed || look.is_changed;
    if (!code) {
        *is_changed = take_ended(follower, ids, details, codes, count) || *is_changed;
        follower->has_more = count == ENDED_MAX;
        if (follower->has_more)
            keep_unasked(follower, &look, ids, count);
        open_free(follower->open, follower->open_count);
        follower->open = look.runs;
        follower->open_count = look.count;
    } else {
        open_free(look.runs, look.count);
    }
    arena_release(&arena);
    return code;
}

/* ---- both ---- */

enum err_code http_news_look(struct follower *follower, bool *is_changed, struct err *err)
{
    struct shown shown;
    struct arena arena;
    arena_init(&arena);
    get_shown(follower->source, &arena, &shown);
    enum err_code code = ERR_OK;
    for (size_t i = 0; !code && i < shown.count; i++)
        code = look_for_news(follower, &shown.lists[i], shown.is_to_now, is_changed, err);
    doubt_unshown(follower->source, &shown);
    if (!code)
        code = look_at_open(follower, is_changed, err);
    arena_release(&arena);
    return code;
}

void http_news_release(struct follower *follower)
{
    open_free(follower->open, follower->open_count);
}
