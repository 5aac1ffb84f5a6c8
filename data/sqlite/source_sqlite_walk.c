/*
 * Pages of the list by SQL alone, for as long as the columns in memory are not there, and as the second opinion in tests. A page is
 * found by walking from the anchor in both directions along created_at, a chunk of the index at a time: each chunk is one short
 * statement, so that a rare match in a large file neither holds a transaction open nor hides how far the walk has come. Never OFFSET
 * from the start of a list; the one that is here counts out a chunk.
 *
 * By duration there is no index: the walk then goes through the whole range and keeps the best rows seen.
 */
#include "data/sqlite/source_sqlite_walk.h"

#include "data/base/buf.h"

#include <string.h>

enum { SQL_MAX = (1 << 20) + 4096 };

static bool is_by_duration(const struct walk *walk)
{
    return walk->finder->query->sort.field == SORT_DURATION;
}

/* Towards older runs. By duration the direction of the walk does not matter: newest first. */
bool walk_is_downward(const struct walk *walk)
{
    return is_by_duration(walk) || walk->is_forward != walk->finder->query->sort.is_ascending;
}

/* ---- the statement of a chunk ---- */

/* The id as a key holds it: its first KEY_CUT bytes (not characters), up to a NUL. */
#define ID_SQL "printf('%%.71s', e.id)"
_Static_assert(KEY_CUT == 71, "as ID_SQL cuts");

static void write_created_key(const struct walk *walk, struct buf *sql)
{
    const char *op = walk_is_downward(walk) ? "<" : ">";
    const char *included = walk->bound.kind == BOUND_KEY_INCLUDED ? "=" : "";
    buf_printf(sql, " AND (e.created_at, " ID_SQL ") %s%s (?, ?)", op, included);
}

/* The order by duration: the longest (or shortest) first, none last, ties newest first. */
static void write_duration_key(const struct walk *walk, struct buf *sql)
{
    bool is_ascending = walk->finder->query->sort.is_ascending;
    const char *op = walk->is_forward ? "<" : ">";
    const char *included = walk->bound.kind == BOUND_KEY_INCLUDED ? "=" : "";
    if (walk->bound.key.duration_ms == DURATION_NONE) {
        buf_printf(sql,
                   walk->is_forward
                       ? " AND (" DURATION_SQL " IS NULL AND (e.created_at, " ID_SQL ") %s%s (?, ?))"
                       : " AND (" DURATION_SQL " IS NOT NULL OR (e.created_at, " ID_SQL ") %s%s (?, ?))",
                   op, included);
        return;
    }
    buf_printf(sql,
               " AND (" DURATION_SQL " %s ? OR (" DURATION_SQL " = ? AND (e.created_at, " ID_SQL
               ") %s%s (?, ?))%s)",
               walk->is_forward == is_ascending ? ">" : "<", op, included,
               walk->is_forward ? " OR " DURATION_SQL " IS NULL" : "");
}

static void write_order(const struct walk *walk, struct buf *sql)
{
    if (!is_by_duration(walk)) {
        const char *way = walk_is_downward(walk) ? "DESC" : "ASC";
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
    bool is_down = walk_is_downward(walk);
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

enum err_code walk_run(struct walk *walk, struct err *err)
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
