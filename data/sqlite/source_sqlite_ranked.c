/*
 * Lists and counts by the index in memory. What needs the table is read before the section of the index begins: where the run of a
 * cursor is, or, where it is gone, the ids of its millisecond.
 */
#include "data/sqlite/source_sqlite_background.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>

enum { TIED_MAX = 10000, KEY_CUT = sizeof(((struct row_key *)0)->id) - 1 };

struct ranked_list {
    struct index_list list;
    struct search_externals externals;
};

void ranked_list_free(struct ranked_list *ranked)
{
    if (!ranked)
        return;
    run_index_list_release(&ranked->list);
    search_externals_release(&ranked->externals);
    free(ranked);
}

static struct ranked_list *kept_by(struct sqlite_conn *conn)
{
    if (!conn->ranked) {
        conn->ranked = mem_new_array(1, sizeof *conn->ranked);
        run_index_list_init(&conn->ranked->list);
        search_externals_init(&conn->ranked->externals);
    }
    return conn->ranked;
}

/* ---- the key of the anchor ---- */

struct key_runs {
    const struct row_key *key;
    struct arena *arena;
    int64_t *rowids;
    struct text *ids;
    size_t count;
    bool is_found;
    int64_t rowid;
};

static bool is_id_of(const struct row_key *key, struct text id)
{
    size_t n = strnlen(id.s, id.n < KEY_CUT ? id.n : KEY_CUT); /* a key ends at a NUL */
    return strlen(key->id) == n && memcmp(key->id, id.s, n) == 0;
}

#define BY_ID_SQL                                                                                            \
    "WITH RECURSIVE scopes(s) AS (SELECT min(scope_id) FROM execution UNION ALL "                            \
    "SELECT (SELECT min(scope_id) FROM execution WHERE scope_id > s) FROM scopes WHERE s IS NOT NULL LIMIT " \
    "4096) SELECT e.rowid FROM scopes CROSS JOIN execution e ON e.scope_id = scopes.s "                      \
    "WHERE e.id = ? AND e.created_at = ? LIMIT 1"

/* Among more runs of one millisecond than are looked at, by the primary key. */
static enum err_code find_by_id(struct reader *reader, struct key_runs *runs, struct err *err)
{
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, BY_ID_SQL, &statement, err);
    if (code)
        return code;
    bind_text(statement, 1, text_of(runs->key->id));
    sqlite3_bind_int64(statement, 2, runs->key->created_at);
    runs->is_found = reader_step(reader, statement, &code, err);
    if (runs->is_found)
        runs->rowid = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return code;
}

/* Most milliseconds have one run. */
static void add_tied(struct key_runs *runs, struct text id)
{
    size_t n = runs->count;
    if ((n & (n - 1)) == 0) {
        int64_t *rowids = arena_array(runs->arena, n ? 2 * n : 1, sizeof *rowids);
        struct text *ids = arena_array(runs->arena, n ? 2 * n : 1, sizeof *ids);
        if (n) {
            memcpy(rowids, runs->rowids, n * sizeof *rowids);
            memcpy(ids, runs->ids, n * sizeof *ids);
        }
        runs->rowids = rowids;
        runs->ids = ids;
    }
    runs->rowids[n] = runs->rowid;
    runs->ids[n] = id;
    runs->count++;
}

static enum err_code key_body(struct reader *reader, void *context, struct err *err)
{
    struct key_runs *runs = context;
    runs->count = 0;
    runs->is_found = false;
    sqlite3_stmt *statement;
    enum err_code code = reader_recall(reader, "SELECT rowid, id FROM execution WHERE created_at = ? LIMIT ?",
                                       &statement, err);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, runs->key->created_at);
    sqlite3_bind_int(statement, 2, TIED_MAX);
    while (!runs->is_found && reader_step(reader, statement, &code, err)) {
        struct text id = column_text(statement, 1, runs->arena);
        runs->rowid = sqlite3_column_int64(statement, 0);
        runs->is_found = !text_is_null(id) && is_id_of(runs->key, id);
        add_tied(runs, id);
    }
    reader_put_back(reader, statement);
    if (code || runs->is_found || runs->count < TIED_MAX)
        return code;
    return find_by_id(reader, runs, err);
}

static int compare_tied(void *context, int64_t rowid, struct text id)
{
    const struct key_runs *runs = context;
    for (size_t i = 0; i < runs->count; i++)
        if (runs->rowids[i] == rowid)
            return text_cmp(runs->ids[i], id);
    return -1;
}

static bool has_key(const struct list_query *query)
{
    return query->anchor == ANCHOR_KEY || query->anchor == ANCHOR_AFTER;
}

static enum err_code find_key(const struct reading *reading, const struct list_query *query,
                              struct arena *arena, struct key_runs *runs, struct err *err)
{
    if (!has_key(query))
        return ERR_OK;
    *runs = (struct key_runs){.key = &query->key, .arena = arena};
    return source_read(reading, key_body, runs, err);
}

static struct index_anchor anchor_of(const struct list_query *query, struct key_runs *runs)
{
    return (struct index_anchor){.kind = query->anchor,
                                 .created_at = query->key.created_at,
                                 .duration_ms = query->key.duration_ms,
                                 .id = text_of(query->key.id),
                                 .has_rowid = runs->is_found,
                                 .rowid = runs->rowid,
                                 .rank = query->rank,
                                 .compare = compare_tied,
                                 .context = runs};
}

/* ---- the page; inside a section ---- */

static size_t at_most(size_t n, size_t most)
{
    return n < most ? n : most;
}

static size_t find_rank(const struct run_index *index, const struct index_list *list,
                        const struct list_query *query, struct key_runs *runs, struct page *page)
{
    struct index_anchor anchor = anchor_of(query, runs);
    size_t count = list->result.count;
    size_t rank = run_index_list_anchor(index, list, &anchor, &page->anchor_found);
    if (rank >= count && count && query->anchor != ANCHOR_AFTER)
        rank = count - 1;
    if (query->find_failed && rank < count) {
        size_t failed =
            run_index_list_find_status(index, list, (ptrdiff_t)rank, query->find_failed, STATUS_FAILED);
        page->anchor_found = failed != BITMAP_NONE;
        if (page->anchor_found)
            rank = failed;
    }
    return rank;
}

static void fill_places(const struct run_index *index, const struct index_list *list, size_t first,
                        size_t count, struct arena *arena, struct page *page)
{
    struct index_row *rows = arena_array(arena, count, sizeof *rows);
    page->count = run_index_list_rows(index, list, first, count, rows);
    page->places = arena_array(arena, page->count, sizeof *page->places);
    for (size_t i = 0; i < page->count; i++)
        page->places[i] = (struct place){rows[i].rowid, rows[i].created_at, DURATION_NONE, TEXT_NULL};
}

static int64_t reach_of(const struct run_index *index, const struct index_result *result)
{
    struct index_row row;
    return run_index_rows(index, result->reach, 1, &row) == 1 ? row.created_at : TIME_NONE;
}

static void note_partial(const struct run_index *index, const struct index_list *list, struct page *page)
{
    const struct index_result *result = &list->result;
    page->is_partial = result->is_partial;
    page->progress = result->candidates ? 1 - (double)result->unsearched / (double)result->candidates : 1;
    page->reach = result->is_partial ? reach_of(index, result) : TIME_NONE;
    bool is_by_time = list->sort.field == SORT_CREATED;
    page->is_first = page->is_first && (!result->is_partial || (is_by_time && !list->sort.is_ascending));
    page->is_last = page->is_last && (!result->is_partial || (is_by_time && list->sort.is_ascending));
}

static void fill_page(const struct run_index *index, const struct index_list *list,
                      const struct list_query *query, struct key_runs *runs, struct arena *arena,
                      struct page *page)
{
    size_t count = list->result.count;
    size_t rank = find_rank(index, list, query, runs, page);
    size_t before = at_most(at_most(query->before, ROWS_BEFORE_MAX), rank);
    size_t after = at_most(at_most(query->after, ROWS_AFTER_MAX), count - rank);
    fill_places(index, list, rank - before, before + after, arena, page);
    page->anchor = after ? (ptrdiff_t)before : -1;
    page->anchor_found = page->anchor_found && count;
    page->is_first = rank == before;
    page->is_last = rank + after == count;
    note_partial(index, list, page);
    page->total = (struct tally){(int64_t)count, !page->is_partial};
    page->rank = (struct tally){(int64_t)(rank - before), !page->is_partial};
    if (query->cutoff != TIME_NONE)
        run_index_list_count_after(index, list, query->cutoff, &page->new_count, &page->new_failed);
}

/* ---- asking the index ---- */

enum answer { ANSWER_NONE, ANSWER_PARTIAL, ANSWER_WHOLE };

static bool needs_search(const struct filter *filter)
{
    return filter_keys_used(filter) & (1u << FILTER_CODE | 1u << FILTER_ID);
}

/* What is missing is asked for; the background thread goes on with it. */
static void want_rest(struct background *background, const struct index_question *question, bool by_duration,
                      bool for_facets)
{
    if (needs_search(question->filter))
        searches_want(background_searches(background), question, for_facets);
    if (by_duration || filter_keys_used(question->filter) & 1u << FILTER_DURATION)
        background_want_durations(background);
    background_wake(background);
}

/* A step to a failed run cannot be told from the index before it knows which those are. */
static bool is_ready_for(const struct run_index *index, const struct list_query *query)
{
    unsigned needed = COLUMN_BIT(COLUMN_CREATED) | (query->find_failed ? COLUMN_BIT(COLUMN_STATUS) : 0);
    return (run_index_ready(index) & needed) == needed && run_index_is_ordered(index);
}

static struct index_question question_of_list(const struct list_query *query)
{
    return (struct index_question){.filter = &query->filter, .now = query->now, .scope = query->scope};
}

static enum answer ask_list(struct sqlite_conn *conn, const struct list_query *query, struct key_runs *runs,
                            struct arena *arena, struct page *page)
{
    struct background *background = conn->source->background;
    struct run_index *index = background_index(background);
    struct searches *searches = background_searches(background);
    struct ranked_list *kept = kept_by(conn);
    struct index_list *list = &kept->list;
    struct index_question question = question_of_list(query);
    enum answer answer = ANSWER_NONE;
    searches_collect(searches, index, &question, &kept->externals);
    if (is_ready_for(index, query) && !run_index_list_build(index, &question, query->sort, list)) {
        fill_page(index, list, query, runs, arena, page);
        answer = page->is_partial ? ANSWER_PARTIAL : ANSWER_WHOLE;
    }
    background_file(background, &page->device, &page->inode);
    run_index_unlock(index);
    if (answer == ANSWER_PARTIAL)
        want_rest(background, &question, query->sort.field == SORT_DURATION, false);
    return answer;
}

static struct page page_empty(void)
{
    return (struct page){.anchor = -1,
                         .total = TALLY_UNKNOWN,
                         .rank = TALLY_UNKNOWN,
                         .new_count = -1,
                         .new_failed = -1,
                         .reach = TIME_NONE,
                         .progress = 1};
}

/* Nothing more will be known: the file cannot be read, or a column has more words than it can hold. */
static bool is_hopeless(struct background *background)
{
    struct background_status status;
    background_status(background, &status);
    return status.is_lost || status.is_projected;
}

/* So that the first answer to a word that many runs have is a full screen already. */
static void look_first(struct sqlite_conn *conn, const struct reading *reading,
                       const struct list_query *query)
{
    struct background *background = conn->source->background;
    struct index_question question = question_of_list(query);
    bool is_newest_first = query->sort.field == SORT_CREATED && !query->sort.is_ascending;
    if (needs_search(&query->filter) && is_newest_first && !query->wait_exact)
        searches_look(background_searches(background), background_index(background), &question, reading,
                      query->before + query->after);
}

bool ranked_find(struct sqlite_conn *conn, const struct reading *reading, const struct list_query *query,
                 struct arena *arena, struct page *page, enum err_code *code, struct err *err)
{
    struct background *background = conn->source->background;
    struct key_runs runs = {.key = &query->key};
    *code = ERR_OK;
    if (!background_has_thread(background) ||
        !(run_index_ready(background_index(background)) || query->wait_exact))
        return false;
    *code = find_key(reading, query, arena, &runs, err);
    if (!*code)
        look_first(conn, reading, query);
    while (!*code) {
        uint64_t seen = background_seen(background);
        *page = page_empty();
        enum answer answer = ask_list(conn, query, &runs, arena, page);
        if (answer == ANSWER_WHOLE || (answer == ANSWER_PARTIAL && !query->wait_exact))
            return true;
        if (!query->wait_exact || (answer == ANSWER_NONE && is_hopeless(background)))
            return false;
        *code = background_advance(background, reading, seen, err);
    }
    return true;
}

/* ---- totals and facets ---- */

static bool is_whole(const struct meta *meta)
{
    return meta->filtered.is_exact && meta->progress >= 1;
}

static enum answer ask_meta(struct sqlite_conn *conn, const struct meta_query *query, struct arena *arena,
                            struct meta *meta)
{
    struct background *background = conn->source->background;
    struct run_index *index = background_index(background);
    struct searches *searches = background_searches(background);
    struct index_question question = {.filter = &query->filter, .now = query->now, .scope = query->scope};
    struct index_meta_options options = {query->max_buckets, query->bucket_width, query->want_api_chart};
    enum answer answer = ANSWER_NONE;
    *meta = meta_unknown();
    searches_collect(searches, index, &question, &kept_by(conn)->externals);
    if (run_index_ready(index) & COLUMN_BIT(COLUMN_CREATED) &&
        !run_index_meta(index, &question, &options, arena, meta))
        answer = is_whole(meta) ? ANSWER_WHOLE : ANSWER_PARTIAL;
    run_index_unlock(index);
    if (answer == ANSWER_PARTIAL)
        want_rest(background, &question, false, true);
    return answer;
}

/* Without a thread nobody has looked at the file since the last question. */
static enum err_code bring_up_to_date(struct background *background, const struct reading *reading,
                                      struct err *err)
{
    background_refresh(background);
    enum err_code code;
    do {
        code = background_advance(background, reading, background_seen(background), err);
    } while (!code && !is_hopeless(background));
    return code;
}

void ranked_recall(struct sqlite_conn *conn, const struct reading *reading, const struct meta_query *query,
                   struct arena *arena, struct meta *meta)
{
    struct background *background = conn->source->background;
    struct background_status status;
    background_status(background, &status);
    if (!query->wait_exact && !is_whole(meta) &&
        cache_answer(background_cache(background), reading, query, arena, meta))
        meta->progress = status.progress;
}

bool ranked_meta(struct sqlite_conn *conn, const struct reading *reading, const struct meta_query *query,
                 struct arena *arena, struct meta *meta, enum err_code *code, struct err *err)
{
    struct background *background = conn->source->background;
    *code = ERR_OK;
    if (!background_has_thread(background)) {
        if (!query->wait_exact)
            return false;
        *code = bring_up_to_date(background, reading, err);
    }
    while (!*code) {
        uint64_t seen = background_seen(background);
        enum answer answer = ask_meta(conn, query, arena, meta);
        if (answer == ANSWER_WHOLE || (answer == ANSWER_PARTIAL && !query->wait_exact))
            return true;
        if (!query->wait_exact || (answer == ANSWER_NONE && is_hopeless(background)))
            return false;
        *code = background_advance(background, reading, seen, err);
    }
    return true;
}
