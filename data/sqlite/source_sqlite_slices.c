/*
 * The table in slices along created_at. Each slice ends at a value, never inside one, so that runs of one millisecond are never torn
 * apart; how many rows it has adapts to how long the last one took.
 */
#include "data/sqlite/source_sqlite_int.h"

#include "data/filter/filter_sql.h"

enum { CHUNK_FIRST = 1000, CHUNK_MIN = 50, CHUNK_MAX = 1 << 20 };

struct slices slices_start(struct time_range range, bool is_down)
{
    return (struct slices){.is_down = is_down,
                           .end = is_down ? range.from : range.to,
                           .edge = is_down ? range.to : range.from,
                           .is_edge_included = true,
                           .is_done = range.from > range.to,
                           .chunk = CHUNK_FIRST};
}

#define FAR_DOWN                                                                                             \
    "SELECT created_at FROM execution WHERE created_at < ? AND created_at >= ? ORDER BY created_at DESC "    \
    "LIMIT 1 OFFSET ?"
#define FAR_UP                                                                                               \
    "SELECT created_at FROM execution WHERE created_at > ? AND created_at <= ? ORDER BY created_at LIMIT 1 " \
    "OFFSET ?"

enum err_code slices_next(struct reader *reader, struct slices *slices, struct err *err)
{
    slices->started = clock_ms();
    slices->far = slices->end;
    slices->is_last = true;
    if (!reader->has_created_index) /* counting out a slice would cost as much as reading all */
        return ERR_OK;
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, slices->is_down ? FAR_DOWN : FAR_UP, &statement, err);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, slices->edge);
    sqlite3_bind_int64(statement, 2, slices->end);
    sqlite3_bind_int64(statement, 3, (int64_t)slices->chunk);
    if (reader_step(reader, statement, &code, err)) {
        slices->far = sqlite3_column_int64(statement, 0);
        slices->is_last = false;
    }
    sqlite3_finalize(statement);
    return code;
}

void slices_pass(struct slices *slices)
{
    int64_t took = clock_ms() - slices->started;
    slices->seen += (int64_t)slices->chunk;
    slices->edge = slices->far;
    slices->is_edge_included = false;
    slices->is_done = slices->is_last;
    if (took > SLICE_MS / 2 && slices->chunk > CHUNK_MIN)
        slices->chunk /= 2;
    else if (took < SLICE_MS / 6 && slices->chunk < CHUNK_MAX)
        slices->chunk *= 2;
}

const char *slices_condition(const struct slices *slices)
{
    if (slices->is_down)
        return slices->is_edge_included ? "e.created_at >= ? AND e.created_at <= ?"
                                        : "e.created_at >= ? AND e.created_at < ?";
    return slices->is_edge_included ? "e.created_at <= ? AND e.created_at >= ?"
                                    : "e.created_at <= ? AND e.created_at > ?";
}

int slices_bind(const struct slices *slices, sqlite3_stmt *statement, int parameter)
{
    sqlite3_bind_int64(statement, parameter++, slices->far);
    sqlite3_bind_int64(statement, parameter++, slices->edge);
    return parameter;
}

int filter_bind(const struct filter_sql *filter, sqlite3_stmt *statement)
{
    int parameter = 1;
    for (size_t i = 0; i < filter->count; i++, parameter++) {
        if (filter->bindings[i].is_text)
            bind_text(statement, parameter, filter->bindings[i].text);
        else
            sqlite3_bind_int64(statement, parameter, filter->bindings[i].number);
    }
    return parameter;
}
