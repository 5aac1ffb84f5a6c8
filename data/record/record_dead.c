/*
 * See record_dead.h. Each run is a transaction of its own: a writer that waits meanwhile waits for one row.
 */
#include "data/record/record_dead.h"

#include "data/record/recorder.h"

#define WHY                                                                                                  \
    "the recorder was killed: how the command ended was not seen (the end's time is when this was noticed)"

enum err_code record_mark_abandoned(struct store *store, int64_t now, int64_t *count, struct err *err)
{
    struct arena arena;
    struct store_open_run *runs;
    size_t open;
    struct recorder self, other;
    int64_t marked = 0;
    recorder_self(&self);
    arena_init(&arena);
    enum err_code code = store_open_runs(store, &arena, &runs, &open, err);
    for (size_t i = 0; !code && i < open && marked < RECORD_DEAD_MAX; i++) {
        if (!recorder_parse(runs[i].trigger_meta_json, &other) ||
            recorder_state(&self, &other) != RECORDER_DEAD)
            continue;
        bool changed;
        code = store_abandon_run(store, (struct run_ref){runs[i].scope_id, runs[i].id}, TEXT_LIT(WHY), now,
                                 &changed, err);
        marked += changed;
    }
    arena_release(&arena);
    if (count)
        *count = marked;
    return code;
}
