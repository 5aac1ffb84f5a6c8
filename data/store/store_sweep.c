/*
 * Deleting what is old, in transactions that a writer beside it hardly notices.
 */
#include "data/store/store_int.h"

#include <sqlite3.h>

static enum err_code sweep_some(struct store *store, int64_t before, int *removed, struct err *err)
{
    enum err_code code = store_step_begin(store, err);
    if (code)
        return code;
    const struct param params[] = {param_number(before), param_number(STORE_SWEEP_MAX)};
    code = store_do(store, SQL_SWEEP_CALLS, params, err);
    if (!code)
        code = store_do(store, SQL_SWEEP_INTERACTIONS, params, err);
    if (!code)
        code = store_do(store, SQL_SWEEP_RUNS, params, err);
    *removed = code ? 0 : sqlite3_changes(store->db);
    return store_step_end(store, code, err);
}

enum err_code store_sweep(struct store *store, int64_t before, int64_t *removed, struct err *err)
{
    int64_t total = 0;
    int some;
    enum err_code code;
    do {
        code = sweep_some(store, before, &some, err);
        total += code ? 0 : some;
    } while (!code && some == STORE_SWEEP_MAX);
    if (removed)
        *removed = total;
    return code;
}
