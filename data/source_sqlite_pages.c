/*
 * Pages of the list by SQL alone, for as long as the columns in memory are not there, and as the second opinion in tests. A page is
 * found by walking from the anchor in both directions along created_at, a chunk of the index at a time: each chunk is one short
 * statement, so that a rare match in a large file neither holds a transaction open nor hides how far the walk has come. Never OFFSET
 * from the start of a list; the one that is here counts out a chunk.
 *
 * By duration there is no index: the walk then goes through the whole range and keeps the best rows seen.
 */
#include "data/source_sqlite_int.h"

#include "data/base/buf.h"
#include "data/filter_sql.h"

#include <string.h>

enum { SQL_MAX = (1 << 20) + 4096, KEY_CUT = sizeof(((struct row_key *)0)->id) - 1 };

struct finder {
    const struct reading *reading;
    const struct list_query *query;
    struct filter_sql filter;
    struct time_range range;
    struct arena *arena;
    int64_t deadline;
};

/* Where a walk begins. */
enum bound_kind { BOUND_END, BOUND_KEY, BOUND_KEY_INCLUDED, BOUND_TIME, BOUND_TIME_INCLUDED };
struct bound {
    enum bound_kind kind;
    struct row_key key;
};

/* One walk in one direction of the list. */
struct walk {
    const struct finder *finder;
    struct bound bound;
    bool is_forward;
    bool only_failed;
    size_t wanted;

    struct place *places; /* nearest to the bound first */
    size_t count;
    struct slices slices;

    struct walk_mark { /* when the slice began: a slice that is read again starts there */
        struct place *places;
        size_t count;
        struct slices slices;
    } saved;
};

static bool is_by_duration(const struct walk *walk)
{
    return walk->finder->query->sort.field == SORT_DURATION;
}

/* Towards older runs. By duration the direction of the walk does not matter: newest first. */
static bool is_downward(const struct walk *walk)
{
    return is_by_duration(walk) || walk->is_forward != walk->finder->query->sort.is_ascending;
}

/* ---- the statement of a chunk ---- */

static const char *id_column(const struct row_key *key)
{
    return strlen(key->id) >= KEY_CUT ? "substr(e.id, 1, 71)" : "e.id";
}

#define DURATION_SQL "(e.completed_at - e.started_at)"

static void write_created_key(const struct walk *walk, struct buf *sql)
{
    const char *op = is_downward(walk) ? "<" : ">";
    const char *included = walk->bound.kind == BOUND_KEY_INCLUDED ? "=" : "";
    buf_printf(sql, " AND (e.created_at, %s) %s%s (?, ?)", id_column(&walk->bound.key), op, included);
}

/* The order by duration: the longest (or shortest) first, none last, ties newest first. */
static void write_duration_key(const struct walk *walk, struct buf *sql)
{
    bool is_ascending = walk->finder->query->sort.is_ascending;
    const char *op = walk->is_forward ? "<" : ">";
    const char *included = walk->bound.kind == BOUND_KEY_INCLUDED ? "=" : "";
    const char *id = id_column(&walk->bound.key);
    if (walk->bound.key.duration_ms == DURATION_NONE) {
        buf_printf(sql,
                   walk->is_forward ? " AND (" DURATION_SQL " IS NULL AND (e.created_at, %s) %s%s (?, ?))"
                                    : " AND (" DURATION_SQL " IS NOT NULL OR (e.created_at, %s) %s%s (?, ?))",
                   id, op, included);
        return;
    }
    buf_printf(sql,
               " AND (" DURATION_SQL " %s ? OR (" DURATION_SQL " = ? AND (e.created_at, %s) %s%s (?, ?))%s)",
               walk->is_forward == is_ascending ? ">" : "<", id, op, included,
               walk->is_forward ? " OR " DURATION_SQL " IS NULL" : "");
}

static void write_order(const struct walk *walk, struct buf *sql)
{
    if (!is_by_duration(walk)) {
        const char *way = is_downward(walk) ? "DESC" : "ASC";
        buf_printf(sql, " ORDER BY e.created_at %s, e.id %s LIMIT ?", way, way);
        return;
    }
    bool is_shortest_first = walk->is_forward == walk->finder->query->sort.is_ascending;
    const char *way = walk->is_forward ? "DESC" : "ASC";
    buf_printf(sql,
               " ORDER BY " DURATION_SQL " IS NULL %s, " DURATION_SQL " %s, e.created_at %s, e.id %s LIMIT ?",
               walk->is_forward ? "ASC" : "DESC", is_shortest_first ? "ASC" : "DESC", way, way);
}

static bool has_key(const struct walk *walk)
{
    return walk->bound.kind == BOUND_KEY || walk->bound.kind == BOUND_KEY_INCLUDED;
}

static void write_chunk(const struct walk *walk, struct buf *sql)
{
    buf_printf(sql, "SELECT e.rowid, e.created_at, e.id, %s FROM execution e WHERE (%s) AND %s",
               is_by_duration(walk) ? DURATION_SQL : "NULL", walk->finder->filter.where,
               slices_condition(&walk->slices));
    if (walk->only_failed)
        buf_str(sql, " AND +e.status = 'failed'");
    if (has_key(walk) && is_by_duration(walk))
        write_duration_key(walk, sql);
    else if (has_key(walk))
        write_created_key(walk, sql);
    write_order(walk, sql);
}

static void bind_chunk(const struct walk *walk, sqlite3_stmt *statement)
{
    int parameter = slices_bind(&walk->slices, statement, filter_bind(&walk->finder->filter, statement));
    const struct row_key *key = &walk->bound.key;
    if (has_key(walk)) {
        if (is_by_duration(walk) && key->duration_ms != DURATION_NONE) {
            sqlite3_bind_int64(statement, parameter++, key->duration_ms);
            sqlite3_bind_int64(statement, parameter++, key->duration_ms);
        }
        sqlite3_bind_int64(statement, parameter++, key->created_at);
        bind_text(statement, parameter++, text_of(key->id));
    }
    size_t room = is_by_duration(walk) ? walk->wanted : walk->wanted - walk->count;
    sqlite3_bind_int64(statement, parameter, (int64_t)room);
}

/* ---- keeping the best ---- */

/* Whether a stands before b as seen from the bound; by duration only. */
static bool stands_nearer(const struct walk *walk, const struct place *a, const struct place *b)
{
    bool is_forward = walk->is_forward;
    bool a_none = a->duration_ms == DURATION_NONE, b_none = b->duration_ms == DURATION_NONE;
    if (a_none != b_none)
        return a_none != is_forward;
    if (a->duration_ms != b->duration_ms)
        return (a->duration_ms < b->duration_ms) == (is_forward == walk->finder->query->sort.is_ascending);
    if (a->created_at != b->created_at)
        return (a->created_at > b->created_at) == is_forward;
    return (text_cmp(a->id, b->id) > 0) == is_forward;
}

/* Merges what a chunk gave into what is kept; into new memory, because the slice may be read again. */
static void keep_best(struct walk *walk, const struct place *found, size_t count)
{
    size_t room = walk->count + count < walk->wanted ? walk->count + count : walk->wanted;
    struct place *merged = arena_array(walk->finder->arena, room, sizeof *merged);
    size_t a = 0, b = 0;
    for (size_t i = 0; i < room; i++) {
        bool take_found = a == walk->count || (b < count && stands_nearer(walk, &found[b], &walk->places[a]));
        merged[i] = take_found ? found[b++] : walk->places[a++];
    }
    walk->places = merged;
    walk->count = room;
}

static void keep(struct walk *walk, const struct place *found, size_t count)
{
    if (!count)
        return;
    if (is_by_duration(walk)) {
        keep_best(walk, found, count);
        return;
    }
    memcpy(walk->places + walk->count, found, count * sizeof *found);
    walk->count += count;
}

/* ---- a chunk ---- */

static enum err_code read_places(struct reader *reader, struct walk *walk, sqlite3_stmt *statement,
                                 struct err *err)
{
    struct place *found = arena_array(walk->finder->arena, walk->wanted, sizeof *found);
    size_t count = 0;
    enum err_code code;
    while (count < walk->wanted && reader_step(reader, statement, &code, err)) {
        found[count++] =
            (struct place){sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1),
                           column_time(statement, 3), column_text(statement, 2, walk->finder->arena)};
    }
    if (count < walk->wanted && code)
        return code;
    keep(walk, found, count);
    return ERR_OK;
}

static enum err_code read_chunk(struct reader *reader, struct walk *walk, struct err *err)
{
    struct buf sql;
    buf_init(&sql, SQL_MAX);
    write_chunk(walk, &sql);
    sqlite3_stmt *statement = NULL;
    enum err_code code = buf_is_cut(&sql) ? err_set(err, ERR_TOO_BIG, "the filter is too long")
                                          : reader_prepare(reader, buf_cstr(&sql), &statement, err);
    if (!code) {
        bind_chunk(walk, statement);
        code = read_places(reader, walk, statement, err);
    }
    sqlite3_finalize(statement);
    buf_release(&sql);
    return code;
}

static enum err_code step_walk(struct reader *reader, struct walk *walk, struct err *err)
{
    enum err_code code = slices_next(reader, &walk->slices, err);
    if (!code)
        code = read_chunk(reader, walk, err);
    if (code)
        return code;
    slices_pass(&walk->slices);
    walk->slices.is_done |= !is_by_duration(walk) && walk->count == walk->wanted;
    return ERR_OK;
}

static enum err_code walk_body(struct reader *reader, void *context, struct err *err)
{
    struct walk *walk = context;
    walk->places = walk->saved.places;
    walk->count = walk->saved.count;
    walk->slices = walk->saved.slices;
    int64_t until = clock_ms() + SLICE_MS / 2;
    enum err_code code = ERR_OK;
    while (!code && !walk->slices.is_done && clock_ms() < until)
        code = step_walk(reader, walk, err);
    return code;
}

static void save(struct walk *walk)
{
    walk->saved = (struct walk_mark){walk->places, walk->count, walk->slices};
}

/* From the nearer of the bound and the end of the filter's own range. */
static void start_walk(struct walk *walk)
{
    bool is_down = is_downward(walk);
    struct time_range range = walk->finder->range;
    int64_t at = walk->bound.key.created_at;
    bool is_bounded = walk->bound.kind != BOUND_END && !is_by_duration(walk);
    if (is_bounded && is_down && at < range.to)
        range.to = at;
    else if (is_bounded && !is_down && at > range.from)
        range.from = at;
    walk->slices = slices_start(range, is_down);
    walk->slices.is_edge_included = walk->bound.kind != BOUND_TIME || walk->slices.edge != at;
    walk->places =
        is_by_duration(walk) ? NULL : arena_array(walk->finder->arena, walk->wanted, sizeof *walk->places);
    save(walk);
}

static enum err_code run_walk(struct walk *walk, struct err *err)
{
    start_walk(walk);
    enum err_code code = ERR_OK;
    while (!code && !walk->slices.is_done && walk->wanted) {
        code = source_read(walk->finder->reading, walk_body, walk, err);
        save(walk);
        if (!walk->finder->query->wait_exact && clock_ms() >= walk->finder->deadline)
            break;
    }
    return code;
}

/* ---- the page ---- */

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
    page->reach = is_downward(walk) && walk->slices.seen ? walk->slices.edge : TIME_NONE;
}

static enum err_code move_to_failed(const struct finder *finder, struct page *page, struct place *anchor,
                                    struct err *err)
{
    struct walk walk =
        make_walk(finder, (struct bound){BOUND_KEY, key_of(anchor)}, finder->query->find_failed > 0, 1);
    walk.only_failed = true;
    enum err_code code = run_walk(&walk, err);
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
    enum err_code code = run_walk(&on, err);
    if (!code && from.kind == BOUND_END)
        back.slices.is_done = true;
    else if (!code)
        code = run_walk(&back, err);
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
    enum err_code code = run_walk(&walk, err);
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
static enum err_code guess_total(struct reader *reader, struct page *page, struct err *err)
{
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, "SELECT max(rowid) FROM execution", &statement, err);
    if (!code && reader_step(reader, statement, &code, err))
        page->total = (struct tally){sqlite3_column_int64(statement, 0), false};
    sqlite3_finalize(statement);
    return code;
}

static enum err_code count_body(struct reader *reader, void *context, struct err *err)
{
    const struct count_job *job = context;
    const struct list_query *query = job->finder->query;
    enum err_code code = ERR_OK;
    if (query->cutoff != TIME_NONE)
        code = count_new(reader, job->finder, job->page, err);
    if (!code && job->page->total.n < 0 && filter_is_empty(&query->filter) && !query->scope)
        code = guess_total(reader, job->page, err);
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
