/*
 * Pages of the list by SQL: where the anchor is, walks from it in both directions (source_sqlite_walk.c), and what is counted beside them.
 */
#include "data/sqlite/source_sqlite_walk.h"

#include <string.h>

static struct walk make_walk(const struct finder *finder, struct bound bound, bool is_forward, size_t wanted)
{
    return (struct walk){.finder = finder, .bound = bound, .is_forward = is_forward, .wanted = wanted};
}

static struct bound bound_of(const struct list_query *query)
{
    switch (query->anchor) {
    case ANCHOR_KEY: return (struct bound){BOUND_KEY_INCLUDED, query->key};
    case ANCHOR_AFTER: return (struct bound){BOUND_KEY, query->key};
    case ANCHOR_TIME:
        return (struct bound){query->sort.field == SORT_CREATED ? BOUND_TIME_INCLUDED : BOUND_END,
                              query->key};
    default: return (struct bound){BOUND_END, {0}};
    }
}

static struct row_key key_of(const struct place *place)
{
    struct row_key key = {place->created_at, place->duration_ms, ""};
    size_t n = place->id.n < KEY_CUT ? place->id.n : KEY_CUT;
    memcpy(key.id, place->id.s ? place->id.s : "", n);
    key.id[n] = '\0';
    return key;
}

static bool has_cut_id(const struct place *place, const struct row_key *key)
{
    struct row_key own = key_of(place);
    return place->created_at == key->created_at && strcmp(own.id, key->id) == 0;
}

static void note_partial(const struct walk *walk, struct page *page)
{
    if (walk->slices.is_done || !walk->wanted)
        return;
    page->is_partial = true;
    page->looked_at = walk->slices.seen;
    page->reach = walk_is_downward(walk) && walk->slices.seen ? walk->slices.edge : TIME_NONE;
}

static enum err_code move_to_failed(const struct finder *finder, struct page *page, struct place *anchor,
                                    struct err *err)
{
    struct walk walk =
        make_walk(finder, (struct bound){BOUND_KEY, key_of(anchor)}, finder->query->find_failed > 0, 1);
    walk.only_failed = true;
    enum err_code code = walk_run(&walk, err);
    note_partial(&walk, page);
    page->anchor_found = walk.count > 0;
    if (walk.count)
        *anchor = walk.places[0];
    return code;
}

static void join(const struct finder *finder, const struct walk *back, const struct walk *on,
                 struct page *page)
{
    size_t before = back->count < finder->query->before ? back->count : finder->query->before;
    size_t after = on->count < finder->query->after ? on->count : finder->query->after;
    page->places = arena_array(finder->arena, before + after, sizeof *page->places);
    for (size_t i = 0; i < before; i++)
        page->places[before - 1 - i] = back->places[i];
    if (after)
        memcpy(page->places + before, on->places, after * sizeof *page->places);
    page->count = before + after;
    page->anchor = after ? (ptrdiff_t)before : -1;
    page->is_first = back->slices.is_done && back->count <= finder->query->before;
    page->is_last = on->slices.is_done && on->count <= finder->query->after;
}

/* Of a walk in the other direction, that gives what the first one does not. */
static enum bound_kind opposite(enum bound_kind kind)
{
    switch (kind) {
    case BOUND_KEY: return BOUND_KEY_INCLUDED;
    case BOUND_KEY_INCLUDED: return BOUND_KEY;
    case BOUND_TIME: return BOUND_TIME_INCLUDED;
    case BOUND_TIME_INCLUDED: return BOUND_TIME;
    default: return BOUND_END;
    }
}

/* The rows around a bound: those before it, and those from it on. One more than wanted tells whether the list ends there. */
static enum err_code find_around(const struct finder *finder, struct bound from, struct page *page,
                                 struct err *err)
{
    struct bound until = {opposite(from.kind), from.key};
    struct walk on = make_walk(finder, from, true, finder->query->after + 1);
    struct walk back = make_walk(finder, until, false, finder->query->before + 1);
    enum err_code code = walk_run(&on, err);
    if (!code && from.kind == BOUND_END)
        back.slices.is_done = true;
    else if (!code)
        code = walk_run(&back, err);
    if (code)
        return code;
    note_partial(&on, page);
    note_partial(&back, page);
    join(finder, &back, &on, page);
    return ERR_OK;
}

/* The first row from a bound on (or the last one before it); *is_there is false where there is none. */
static enum err_code find_one(const struct finder *finder, struct bound bound, bool is_forward,
                              struct page *page, struct place *place, bool *is_there, struct err *err)
{
    struct walk walk = make_walk(finder, bound, is_forward, 1);
    enum err_code code = walk_run(&walk, err);
    note_partial(&walk, page);
    *is_there = walk.count > 0;
    if (*is_there)
        *place = walk.places[0];
    return code;
}

/* The end of the list: also where the anchor would stand behind the last row. */
static enum err_code find_end(const struct finder *finder, struct page *page, struct err *err)
{
    struct place last;
    bool is_there = false;
    enum err_code code = find_one(finder, (struct bound){BOUND_END, {0}}, false, page, &last, &is_there, err);
    if (code)
        return code;
    if (is_there)
        return find_around(finder, (struct bound){BOUND_KEY_INCLUDED, key_of(&last)}, page, err);
    page->is_first = page->is_last = !page->is_partial;
    return ERR_OK;
}

static enum err_code find_at_anchor(const struct finder *finder, struct page *page, struct err *err)
{
    const struct list_query *query = finder->query;
    if (query->anchor == ANCHOR_LAST) {
        enum err_code code = find_end(finder, page, err);
        page->anchor_found = page->anchor >= 0;
        return code;
    }
    enum err_code code = find_around(finder, bound_of(query), page, err);
    page->anchor_found = page->anchor >= 0 && (query->anchor != ANCHOR_KEY ||
                                               has_cut_id(&page->places[page->anchor], &query->key));
    bool is_behind = page->anchor < 0 && !page->is_partial && query->after;
    if (code || !is_behind || query->anchor == ANCHOR_AFTER)
        return code;
    return find_end(finder, page, err);
}

/* find_failed: finds the anchor row first, and then looks around the failed one. */
static enum err_code find_failed_page(const struct finder *finder, struct page *page, struct err *err)
{
    struct bound bound = bound_of(finder->query);
    struct place anchor;
    bool is_there = false;
    enum err_code code =
        find_one(finder, bound, finder->query->anchor != ANCHOR_LAST, page, &anchor, &is_there, err);
    if (!code && !is_there && bound.kind != BOUND_END)
        code = find_one(finder, (struct bound){BOUND_END, {0}}, false, page, &anchor, &is_there, err);
    if (code || !is_there) {
        page->is_first = page->is_last = !code && !page->is_partial;
        return code;
    }
    code = move_to_failed(finder, page, &anchor, err);
    return code ? code : find_around(finder, (struct bound){BOUND_KEY_INCLUDED, key_of(&anchor)}, page, err);
}

static enum err_code find_page(const struct finder *finder, struct page *page, struct err *err)
{
    return finder->query->find_failed ? find_failed_page(finder, page, err)
                                      : find_at_anchor(finder, page, err);
}

/* ---- numbers beside the page ---- */

struct count_job {
    const struct finder *finder;
    struct page *page;
};

static enum err_code count_new(struct reader *reader, const struct finder *finder, struct page *page,
                               struct err *err)
{
    char *sql = sqlite3_mprintf(
        "SELECT count(*), total(e.status = 'failed') FROM execution e WHERE (%s) AND e.created_at > ?",
        finder->filter.where);
    sqlite3_stmt *statement = NULL;
    enum err_code code =
        sql ? reader_prepare(reader, sql, &statement, err) : reader_error(reader, SQLITE_NOMEM, err);
    sqlite3_free(sql);
    if (code)
        return code;
    sqlite3_bind_int64(statement, filter_bind(&finder->filter, statement), finder->query->cutoff);
    if (reader_step(reader, statement, &code, err)) {
        page->new_count = sqlite3_column_int64(statement, 0);
        page->new_failed = sqlite3_column_int64(statement, 1);
    }
    sqlite3_finalize(statement);
    return code;
}

/* The greatest rowid: near the number of runs in a history that is only added to. */
static enum err_code guess_runs(struct reader *reader, int64_t *runs, struct err *err)
{
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, "SELECT max(rowid) FROM execution", &statement, err);
    if (!code && reader_step(reader, statement, &code, err))
        *runs = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return code;
}

static void use_guess(const struct list_query *query, int64_t runs, struct page *page)
{
    if (page->total.n < 0 && filter_is_empty(&query->filter) && !query->scope)
        page->total = (struct tally){runs, false};
    if (page->is_partial)
        page->progress = page->looked_at < runs ? (double)page->looked_at / (double)runs : 0.99;
}

static enum err_code count_body(struct reader *reader, void *context, struct err *err)
{
    const struct count_job *job = context;
    const struct list_query *query = job->finder->query;
    enum err_code code = ERR_OK;
    if (query->cutoff != TIME_NONE)
        code = count_new(reader, job->finder, job->page, err);
    int64_t runs = 0;
    if (!code)
        code = guess_runs(reader, &runs, err);
    if (!code)
        use_guess(query, runs, job->page);
    return code;
}

static enum err_code count_beside(const struct finder *finder, struct page *page, struct err *err)
{
    if (page->is_first && page->is_last)
        page->total = (struct tally){(int64_t)page->count, true};
    if (page->is_first)
        page->rank = (struct tally){0, true};
    struct count_job job = {finder, page};
    return source_read(finder->reading, count_body, &job, err);
}

static size_t at_most(size_t n, size_t most)
{
    return n < most ? n : most;
}

enum err_code pages_find(const struct reading *reading, const struct list_query *query, int64_t deadline,
                         struct arena *arena, struct page *page, struct err *err)
{
    struct list_query bounded = *query;
    bounded.before = at_most(query->before, ROWS_BEFORE_MAX);
    bounded.after = at_most(query->after, ROWS_AFTER_MAX);
    struct filter_sql_options options = {query->scope, query->now, FILTER_KEYS_ALL};
    struct finder finder = {.reading = reading,
                            .query = &bounded,
                            .filter = filter_sql_make(&query->filter, &options, arena),
                            .range = filter_time_range(&query->filter, query->now),
                            .arena = arena,
                            .deadline = deadline};
    *page = (struct page){.anchor = -1,
                          .total = TALLY_UNKNOWN,
                          .rank = TALLY_UNKNOWN,
                          .new_count = -1,
                          .new_failed = -1,
                          .reach = TIME_NONE,
                          .progress = 1};
    enum err_code code = find_page(&finder, page, err);
    return code ? code : count_beside(&finder, page, err);
}
