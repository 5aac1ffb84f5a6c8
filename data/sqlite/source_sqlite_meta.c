/*
 * Totals and facets. Before anything has been counted the index alone tells the shape of a history: the runs between two times are
 * about as many as the rowids between the first runs at or after them. That holds where rows are only added, in the order of time; so it
 * is marked as a guess, and clamped to what is possible where it does not hold.
 */
#include "data/sqlite/source_sqlite_int.h"

#include "data/base/buf.h"

#include <string.h>

struct guess {
    const struct meta_query *query;
    struct arena *arena;
    struct meta *meta;
    int64_t first_rowid, last_rowid;
    bool is_empty;
};

static enum err_code read_numbers(struct reader *reader, const char *sql, int64_t *numbers, int count,
                                  struct err *err)
{
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, sql, &statement, err);
    if (!code && reader_step(reader, statement, &code, err))
        for (int i = 0; i < count; i++)
            numbers[i] = column_time(statement, i);
    sqlite3_finalize(statement);
    return code;
}

/* Each of the four is one seek. */
#define ENDS_SQL                                                                                             \
    "SELECT (SELECT min(rowid) FROM execution), (SELECT max(rowid) FROM execution), "                        \
    "(SELECT min(created_at) FROM execution), "                                                              \
    "(SELECT max(created_at) FROM execution WHERE created_at <= 9223372036854775807)"

static enum err_code read_ends(struct reader *reader, struct guess *guess, struct err *err)
{
    int64_t ends[4] = {TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE};
    enum err_code code = read_numbers(reader, ENDS_SQL, ends, 4, err);
    guess->is_empty = !code && ends[1] == TIME_NONE;
    if (code || guess->is_empty)
        return code;
    guess->first_rowid = ends[0];
    guess->last_rowid = ends[1];
    guess->meta->extent = (struct time_range){ends[2], ends[3] < INT64_MAX ? ends[3] + 1 : ends[3]};
    return ERR_OK;
}

static int64_t all_runs(const struct guess *guess)
{
    if (guess->meta->extent.from >= guess->meta->extent.to)
        return 0;
    int64_t count;
    bool is_absurd = __builtin_sub_overflow(guess->last_rowid, guess->first_rowid, &count) || count < 0;
    return is_absurd || count == INT64_MAX ? 1 : count + 1;
}

/* About how many runs were created before t. */
static enum err_code runs_before(struct guess *guess, sqlite3_stmt *statement, int64_t t, int64_t *count)
{
    sqlite3_bind_int64(statement, 1, t);
    int64_t before = all_runs(guess);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        int64_t distance;
        if (__builtin_sub_overflow(sqlite3_column_int64(statement, 0), guess->first_rowid, &distance))
            distance = 0;
        before = distance < 0 ? 0 : distance < before ? distance : before;
    }
    *count = before;
    int result = sqlite3_reset(statement);
    return result == SQLITE_OK ? ERR_OK : ERR_IO;
}

static enum err_code guess_buckets(struct guess *guess, sqlite3_stmt *statement, struct time_range range)
{
    const struct meta_query *query = guess->query;
    int64_t width = query->bucket_width ? query->bucket_width
                                        : bucket_width_for(time_range_span(range), query->max_buckets);
    struct histogram *histogram = &guess->meta->histogram;
    *histogram = histogram_make(guess->arena, range, width);
    int64_t before, until;
    enum err_code code = runs_before(guess, statement, range.from, &before);
    for (size_t i = 0; !code && i < histogram->count; i++) {
        int64_t end = histogram->start + (int64_t)(i + 1) * histogram->width;
        code = runs_before(guess, statement, end < range.to ? end : range.to, &until);
        if (until > before)
            histogram_add(histogram, histogram->start + (int64_t)i * histogram->width, STATUS_OTHER,
                          (uint32_t)(until - before));
        before = until;
    }
    return code;
}

static enum err_code guess_presets(struct guess *guess, sqlite3_stmt *statement)
{
    static const int64_t spans[] = {
#define X(id, label, span) span,
        TIME_PRESETS(X)
#undef X
    };
    enum err_code code = ERR_OK;
    for (int i = 0; !code && i < PRESET_COUNT; i++) {
        int64_t before = 0;
        if (spans[i])
            code = runs_before(guess, statement, guess->query->now - spans[i], &before);
        guess->meta->presets[i] = (struct tally){all_runs(guess) - before, false};
    }
    return code;
}

static const unsigned time_keys = 1u << FILTER_AFTER | 1u << FILTER_BEFORE;

static enum err_code guess_numbers(struct guess *guess, sqlite3_stmt *statement)
{
    struct meta *meta = guess->meta;
    const struct meta_query *query = guess->query;
    if (query->scope || filter_keys_used(&query->filter) & ~time_keys)
        return ERR_OK;
    struct time_range range =
        time_range_intersect(meta->extent, filter_time_range(&query->filter, query->now));
    int64_t before = 0, until = 0;
    enum err_code code = runs_before(guess, statement, range.from, &before);
    if (!code)
        code = runs_before(guess, statement, range.to, &until);
    meta->filtered = (struct tally){until > before ? until - before : 0, false};
    if (!code)
        code = guess_presets(guess, statement);
    if (!code && query->max_buckets && range.from < range.to)
        code = guess_buckets(guess, statement, range);
    return code;
}

static enum err_code guess_body(struct reader *reader, void *context, struct err *err)
{
    struct guess *guess = context;
    *guess->meta = meta_unknown();
    enum err_code code = read_ends(reader, guess, err);
    if (code || !reader->has_created_index)
        return code;
    if (!guess->query->scope)
        guess->meta->total = (struct tally){all_runs(guess), guess->is_empty};
    sqlite3_stmt *statement;
    code = reader_prepare(reader,
                          "SELECT rowid FROM execution WHERE created_at >= ? ORDER BY created_at LIMIT 1",
                          &statement, err);
    if (code)
        return code;
    if (guess_numbers(guess, statement) != ERR_OK)
        code = reader_error(reader, sqlite3_errcode(reader->db), err);
    sqlite3_finalize(statement);
    return code;
}

enum err_code sqlite_meta(struct sqlite_conn *conn, const struct reading *reading,
                          const struct meta_query *query, struct arena *arena, struct meta *meta,
                          struct err *err)
{
    enum err_code code;
    if (!ranked_meta(conn, reading, query, arena, meta, &code, err)) {
        struct guess guess = {.query = query, .arena = arena, .meta = meta};
        code = source_read(reading, guess_body, &guess, err);
    }
    if (!code)
        ranked_recall(conn, reading, query, arena, meta);
    return code;
}
