/*
 * Deleting what is old, in transactions that a writer beside it hardly notices. Each goes on behind the last
 * row of the one before: what is kept is passed over once and not again by every transaction.
 */
#include "data/store/store_sweep.h"

#include "data/base/clock.h"
#include "data/store/store_int.h"

#include <sqlite3.h>

static void note_run(struct sweep_tally *tally, int64_t created_at)
{
    tally->oldest = tally->runs ? tally->oldest : created_at;
    tally->newest = created_at;
    tally->runs++;
}

/* The run in this row, with all that belongs to it. */
static enum err_code sweep_run(struct store *store, sqlite3_stmt *row, struct sweep_tally *tally,
                               struct err *err)
{
    const struct param id[] = {param_text(store_column_text(row, 1))};
    enum err_code code = store_do(store, SQL_SWEEP_CALLS, id, err);
    if (code)
        return code;
    tally->calls += sqlite3_changes(store->db);
    code = store_do(store, SQL_SWEEP_INTERACTIONS, id, err);
    if (code)
        return code;
    tally->questions += sqlite3_changes(store->db);
    note_run(tally, store_column_number(row, 2));
    return store_do(store, SQL_SWEEP_RUN, (const struct param[]){param_number(sqlite3_column_int64(row, 0))},
                    err);
}

static enum err_code sweep_rows(struct store *store, struct store_sweep *sweep, struct err *err)
{
    sqlite3_stmt *row;
    int64_t started = clock_ms();
    int count = 0;
    const struct param place[] = {param_number(sweep->at_created), param_number(sweep->at_rowid),
                                  param_number(sweep->before), param_number(STORE_SWEEP_MAX)};
    enum err_code code = store_look(store, SQL_SWEEP_FIND, place, &row, err);
    while (!code && row && clock_ms() - started < STORE_SWEEP_MS) {
        sweep->at_created = store_column_number(row, 2);
        sweep->at_rowid = sqlite3_column_int64(row, 0);
        code = sweep_run(store, row, &sweep->gone, err);
        count++;
        if (!code)
            code = store_look_on(store, &row, err);
    }
    sweep->is_done = !code && !row && count < STORE_SWEEP_MAX;
    store_looked(row);
    return code;
}

enum err_code store_sweep_some(struct store *store, struct store_sweep *sweep, struct err *err)
{
    struct store_sweep next = *sweep;
    if (!next.is_begun) {
        next.gone.oldest = next.gone.newest = TIME_NONE;
        next.at_created = next.at_rowid = -INT64_MAX;
        next.is_begun = true;
    }
    enum err_code code = store_step_begin(store, err);
    if (code)
        return code;
    code = store_step_end(store, sweep_rows(store, &next, err), err);
    if (!code)
        *sweep = next;
    return code;
}

static enum err_code tally_runs(struct store *store, enum statement which, int64_t before,
                                struct sweep_tally *tally, struct err *err)
{
    sqlite3_stmt *row;
    *tally = (struct sweep_tally){.oldest = TIME_NONE, .newest = TIME_NONE};
    enum err_code code = store_look(store, which, (const struct param[]){param_number(before)}, &row, err);
    if (code || !row)
        return code;
    tally->runs = sqlite3_column_int64(row, 0);
    tally->oldest = store_column_number(row, 1);
    tally->newest = store_column_number(row, 2);
    store_looked(row);
    return ERR_OK;
}

static enum err_code count_rows(struct store *store, enum statement which, int64_t before, int64_t *count,
                                struct err *err)
{
    sqlite3_stmt *row;
    enum err_code code = store_look(store, which, (const struct param[]){param_number(before)}, &row, err);
    *count = !code && row ? sqlite3_column_int64(row, 0) : 0;
    if (!code)
        store_looked(row);
    return code;
}

enum err_code store_sweep_tally(struct store *store, int64_t before, struct sweep_tally *ended,
                                struct err *err)
{
    enum err_code code = tally_runs(store, SQL_SWEEP_ENDED, before, ended, err);
    if (!code)
        code = count_rows(store, SQL_SWEEP_ENDED_CALLS, before, &ended->calls, err);
    return code ? code : count_rows(store, SQL_SWEEP_ENDED_INTERACTIONS, before, &ended->questions, err);
}

enum err_code store_sweep_kept(struct store *store, int64_t before, struct sweep_tally *kept, struct err *err)
{
    return tally_runs(store, SQL_SWEEP_KEPT, before, kept, err);
}

enum err_code store_read_room(struct store *store, struct store_room *room, struct err *err)
{
    sqlite3_stmt *row;
    *room = (struct store_room){0};
    enum err_code code = store_look(store, SQL_PAGES, NULL, &row, err);
    if (code || !row)
        return code;
    int64_t page = sqlite3_column_int64(row, 2);
    room->total = sqlite3_column_int64(row, 0) * page;
    room->unused = sqlite3_column_int64(row, 1) * page;
    store_looked(row);
    return ERR_OK;
}
