/*
 * Pages, into gaps. From the newer end down pages are asked for by a cursor that we make ourselves: behind the last id that could be of the gap's newest millisecond. The server's own
 * cursor would name the last row it gave, and where rows of one millisecond come in another order than their ids (the real server's do), pages
 * behind it skip some. Ours gives those of that millisecond again, and what is there already is known by its id. From the older end up every page
 * starts anew at a time, because the cursor of an ascending list goes backwards on the real server.
 */
#include "data/http/source_http_int.h"

#include "data/base/die.h"
#include "data/cursor.h"

#include <stdlib.h>

/* Above every UUID in every collation that servers sort by. */
#define LAST_ID TEXT_LIT("zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz")

enum {
    TIED_PAGES_MAX = 200, /* of one millisecond */
    OTHERS_MS = 20,       /* between two looks whether a question that another asks is still wanted */
};

/* ---- one page into its list ---- */

struct filled {
    const struct http_work *work;
    const struct fetch *fetch;
    struct time_range asked; /* what of the gap this fetch has asked for so far */
    size_t rows, fresh;      /* in the last page; not there before */
    int64_t newest, oldest;  /* of its rows */
    bool is_deaf;            /* the last page was not what its cursor asked for */
};

/* What the page tells to be complete: up to its last row's millisecond, which may go on behind it. */
static struct time_range told_complete(const struct filled *filled, const struct wire_page *page)
{
    struct time_range told = filled->asked;
    bool is_end = text_is_null(page->next_cursor);
    if (is_end)
        return told;
    if (!page->count)
        return (struct time_range){0, 0};
    if (filled->fetch->is_up)
        told.to = filled->newest;
    else
        told.from = time_after(filled->oldest);
    return told;
}

static void look_at_times(struct filled *filled, const struct wire_page *page)
{
    filled->rows = page->count;
    filled->newest = INT64_MIN;
    filled->oldest = INT64_MAX;
    for (size_t i = 0; i < page->count; i++) {
        int64_t t = page->items[i].run.created_at;
        filled->newest = t > filled->newest ? t : filled->newest;
        filled->oldest = t < filled->oldest ? t : filled->oldest;
    }
}

static void merge(struct filled *filled, const struct wire_page *page)
{
    struct http_source *source = filled->work->source;
    look_at_times(filled, page);
    struct time_range complete = told_complete(filled, page);
    pthread_mutex_lock(&source->lock);
    struct feed_slot *slot = http_slot(source, filled->fetch->params);
    filled->fresh = http_feed_add(slot->feed, page->items, page->count, complete);
    http_trim(source, slot, filled->fetch->is_up ? filled->asked.from : filled->asked.to - 1);
    pthread_mutex_unlock(&source->lock);
}

static void claim(struct filled *filled, struct time_range range)
{
    struct http_source *source = filled->work->source;
    pthread_mutex_lock(&source->lock);
    http_feed_claim(http_slot(source, filled->fetch->params)->feed, range);
    pthread_mutex_unlock(&source->lock);
}

/* A millisecond that fills a page: on with the server's own cursor, until it is behind us or nothing new comes. */
static enum err_code follow_tied(struct filled *filled, struct list_request *request, struct wire_page *first,
                                 struct err *err)
{
    struct arena arena, last;
    int64_t tied = filled->oldest;
    arena_init(&last);
    struct text cursor = arena_text(&last, first->next_cursor);
    enum err_code code = ERR_OK;
    for (int i = 0; !code && i < TIED_PAGES_MAX && !text_is_null(cursor); i++) {
        struct page_answer answer = {0};
        arena_init(&arena);
        request->cursor = cursor;
        code = http_ask_list(filled->work, request, &arena, &answer, err);
        struct filled page = *filled;
        page.asked = (struct time_range){0, 0};
        if (!code)
            merge(&page, &answer.page);
        bool is_behind = filled->fetch->is_up ? page.newest > tied : page.oldest < tied;
        bool goes_on = !code && page.fresh && !is_behind;
        arena_release(&last);
        cursor = goes_on ? arena_text(&last, answer.page.next_cursor) : TEXT_NULL;
        arena_release(&arena);
    }
    arena_release(&last);
    if (!code)
        claim(filled, (struct time_range){tied, time_after(tied)});
    return code;
}

static bool is_one_moment(const struct filled *filled)
{
    int64_t edge = filled->fetch->is_up ? filled->asked.from : filled->asked.to - 1;
    return filled->rows && filled->newest == filled->oldest && filled->newest == edge;
}

static enum err_code fill(struct filled *filled, struct list_request *request, struct page_answer *answer,
                          struct arena *arena, struct err *err)
{
    enum err_code code = http_ask_list(filled->work, request, arena, answer, err);
    if (code)
        return code;
    look_at_times(filled, &answer->page);
    filled->is_deaf = !text_is_null(request->cursor) && filled->rows && filled->newest >= filled->asked.to;
    if (filled->is_deaf)
        return ERR_OK;
    merge(filled, &answer->page);
    if (!text_is_null(answer->page.next_cursor) && is_one_moment(filled))
        code = follow_tied(filled, request, &answer->page, err);
    return code;
}

static bool is_cursor_deaf(struct http_source *source)
{
    pthread_mutex_lock(&source->lock);
    bool is_deaf = source->is_cursor_deaf;
    pthread_mutex_unlock(&source->lock);
    return is_deaf;
}

static enum err_code fill_by_cursor(struct filled *filled, struct list_request *request,
                                    struct page_answer *answer, struct arena *arena, struct err *err)
{
    struct buf cursor;
    buf_init(&cursor, 1024);
    cursor_encode(filled->asked.to - 1, LAST_ID, &cursor);
    request->cursor = buf_as_text(&cursor);
    request->bounds.to = INT64_MAX;
    enum err_code code = fill(filled, request, answer, arena, err);
    buf_release(&cursor);
    return code;
}

enum err_code http_fetch(const struct http_work *work, const struct fetch *fetch, struct err *err)
{
    struct http_source *source = work->source;
    struct arena arena;
    struct page_answer answer = {0};
    struct filled filled = {.work = work, .fetch = fetch, .asked = fetch->gap};
    struct list_request request = {.params = fetch->params,
                                   .bounds = fetch->gap,
                                   .after = TIME_NONE,
                                   .is_ascending = fetch->is_up,
                                   .limit = PAGE_ROWS};
    enum err_code code = ERR_OK;
    bool is_deaf = is_cursor_deaf(source);
    arena_init(&arena);
    if (!fetch->is_up && fetch->gap.to != INT64_MAX && !is_deaf) {
        code = fill_by_cursor(&filled, &request, &answer, &arena, err);
        is_deaf = filled.is_deaf;
        pthread_mutex_lock(&source->lock);
        source->is_cursor_deaf = source->is_cursor_deaf || is_deaf;
        pthread_mutex_unlock(&source->lock);
    } else {
        is_deaf = true;
    }
    if (!code && is_deaf) {
        request.cursor = TEXT_NULL;
        request.bounds = fetch->gap;
        code = fill(&filled, &request, &answer, &arena, err);
    }
    if (!code && (work->keeps_pages || work->is_shown))
        http_keep_page(source, &arena, &answer.page);
    arena_release(&arena);
    return code;
}

enum err_code http_fetch_again(const struct http_work *work, const struct fetch *fetch,
                               struct time_range *left, struct err *err)
{
    struct arena arena;
    struct page_answer answer = {0};
    struct filled filled = {.work = work, .fetch = fetch, .asked = fetch->gap};
    struct list_request request = {
        .params = fetch->params, .bounds = fetch->gap, .after = TIME_NONE, .limit = PAGE_ROWS};
    *left = (struct time_range){fetch->gap.from, fetch->gap.from};
    arena_init(&arena);
    enum err_code code = fill(&filled, &request, &answer, &arena, err);
    if (!code && !text_is_null(answer.page.next_cursor) && filled.rows)
        left->to = is_one_moment(&filled) ? filled.oldest : time_after(filled.oldest);
    if (!code && work->keeps_pages)
        http_keep_page(work->source, &arena, &answer.page);
    arena_release(&arena);
    return code;
}

/* ---- a look: the first page and the counts ---- */

/* Under the lock. */
static bool has_first_rows(struct http_source *source, const struct http_plan *plan)
{
    struct feed_slot *slot = http_slot(source, &plan->main);
    struct time_range stretch;
    int64_t newest = plan->range.to == INT64_MAX ? INT64_MAX : plan->range.to - 1;
    return http_feed_stretch(slot->feed, newest, &stretch);
}

static bool is_there(struct http_source *source, const struct http_plan *plan, const char *key,
                     bool with_rows)
{
    struct look *look = http_look_find(source, key);
    return look && http_look_is_fresh(source, look) && (!with_rows || has_first_rows(source, plan));
}

static bool is_cancelled(const struct http_work *work)
{
    return cancel_requested(work->cancel);
}

static struct wire_meta copy_meta(const struct wire_meta *from, struct arena *arena)
{
    struct wire_meta meta = *from;
    struct facet *facets[] = {&meta.status, &meta.trigger, &meta.tools};
    for (size_t i = 0; i < sizeof facets / sizeof *facets; i++) {
        struct facet_value *values = arena_array(arena, facets[i]->count + 1, sizeof *values);
        for (size_t j = 0; j < facets[i]->count; j++)
            values[j] = (struct facet_value){arena_text(arena, facets[i]->values[j].word),
                                             facets[i]->values[j].count};
        facets[i]->values = values;
    }
    meta.chart = arena_array(arena, meta.chart_count + 1, sizeof *meta.chart);
    if (meta.chart_count)
        memcpy(meta.chart, from->chart, meta.chart_count * sizeof *meta.chart);
    return meta;
}

static bool is_unfiltered(const struct http_plan *plan)
{
    struct buf params;
    buf_init(&params, 64);
    http_params_write(&plan->main, &params);
    bool is_empty = !params.len && !buf_is_cut(&params);
    buf_release(&params);
    return is_empty && plan->range.from == INT64_MIN && plan->range.to == INT64_MAX;
}

static void look_landed(struct http_source *source, const char *key, const struct http_plan *plan,
                        const struct page_answer *answer, int64_t asked_at)
{
    struct look *look = http_look_make(source, key);
    arena_release(&look->arena);
    look->meta = copy_meta(&answer->page.meta, &look->arena);
    look->at = asked_at;
    look->took_ms = answer->took_ms;
    look->is_there = answer->page.has_meta;
    look->newest_at = INT64_MIN;
    for (size_t i = 0; i < answer->page.count; i++)
        if (answer->page.items[i].run.created_at > look->newest_at)
            look->newest_at = answer->page.items[i].run.created_at;
    if (answer->page.has_meta && is_unfiltered(plan))
        http_learn(source, &answer->page.meta);
}

static enum err_code ask_look(const struct http_work *work, const struct http_plan *plan, const char *key,
                              bool with_rows, struct err *err)
{
    struct http_source *source = work->source;
    struct arena arena;
    struct fetch fetch = {&plan->main, plan->range, plan->range, false};
    struct filled filled = {.work = work, .fetch = &fetch, .asked = plan->range};
    struct list_request request = {
        .params = &plan->main, .bounds = plan->range, .after = TIME_NONE, .limit = with_rows ? PAGE_ROWS : 1};
    struct page_answer answer = {0};
    int64_t asked_at = clock_ms();
    arena_init(&arena);
    enum err_code code = fill(&filled, &request, &answer, &arena, err);
    if (!code && !answer.page.has_meta)
        code = err_set(err, ERR_UNSUPPORTED,
                       "%s gives lists without `meta`: it cannot tell how many runs there are",
                       source->address.label);
    if (!code) {
        pthread_mutex_lock(&source->lock);
        look_landed(source, key, plan, &answer, asked_at);
        pthread_mutex_unlock(&source->lock);
    }
    if (!code && with_rows)
        http_keep_page(source, &arena, &answer.page);
    arena_release(&arena);
    return code;
}

/* Under the lock; false: it is there by now, or the question is not wanted any more. */
static bool take_turn(const struct http_work *work, const struct http_plan *plan, const char *key,
                      bool with_rows)
{
    struct http_source *source = work->source;
    while (!is_cancelled(work) && !is_there(source, plan, key, with_rows)) {
        struct look *look = http_look_make(source, key);
        if (!look->is_asked) {
            look->is_asked = true;
            return true;
        }
        clock_wait(&source->moved, &source->lock, OTHERS_MS);
    }
    return false;
}

enum err_code http_look(const struct http_work *work, const struct http_plan *plan, const char *key,
                        bool with_rows, struct err *err)
{
    struct http_source *source = work->source;
    pthread_mutex_lock(&source->lock);
    bool is_ours = take_turn(work, plan, key, with_rows);
    pthread_mutex_unlock(&source->lock);
    if (!is_ours)
        return is_cancelled(work) ? err_set(err, ERR_CANCELLED, "cancelled") : ERR_OK;
    enum err_code code = ask_look(work, plan, key, with_rows, err);
    pthread_mutex_lock(&source->lock);
    http_look_make(source, key)->is_asked = false;
    pthread_cond_broadcast(&source->moved);
    pthread_mutex_unlock(&source->lock);
    return code;
}
