/*
 * The counting loops of run_index_meta: a column at a time over the runs of a block that count in it. They are written for the
 * processor (no branch that depends on the data, no counter twice in a row), because every live tick pays for them.
 */
#include "data/base/die.h"
#include "data/run_index_facets.h"

#include <stdlib.h>

static int64_t *counters(void)
{
    return mem_new_array(2 * (size_t)COUNTER_STRIDE, sizeof(int64_t));
}

void index_counts_init(struct index_counts *counts, const struct index_store *store)
{
    *counts = (struct index_counts){.store = store,
                                    .status = counters(),
                                    .trigger = counters(),
                                    .scope = counters(),
                                    .tools = counters()};
}

void index_counts_release(struct index_counts *counts)
{
    free(counts->status);
    free(counts->trigger);
    free(counts->scope);
    free(counts->tools);
}

static size_t words_in(const struct index_store *store, size_t dictionary)
{
    return store->dictionaries[dictionary].count;
}

static void add_up(int64_t *counters, size_t words)
{
    for (size_t code = 0; code < words; code++)
        counters[code] += counters[COUNTER_STRIDE + code];
}

void index_counts_finish(struct index_counts *counts)
{
    add_up(counts->status, words_in(counts->store, 0));
    add_up(counts->trigger, words_in(counts->store, 1));
    add_up(counts->scope, words_in(counts->store, 2));
    add_up(counts->tools, words_in(counts->store, 3));
}

void picked_fill(struct picked *picked, size_t from, size_t to, const uint8_t *fails, uint8_t ignored)
{
    size_t count = 0;
    unsigned mask = (unsigned)~ignored & UINT8_MAX;
    for (size_t i = 0; i < to - from; i++) {
        picked->at[count] = (uint16_t)i;
        count += (fails[i] & mask) == 0;
    }
    picked->from = from;
    picked->count = count;
}

void index_count_codes(const struct code_column *codes, const struct picked *picked, int64_t *counters)
{
    if (!codes->narrow && !codes->wide)
        counters[codes->uniform] += (int64_t)picked->count;
    for (size_t i = 0; codes->narrow && i < picked->count; i++)
        counters[(i & 1) * COUNTER_STRIDE + codes->narrow[picked->from + picked->at[i]]]++;
    for (size_t i = 0; codes->wide && i < picked->count; i++)
        counters[(i & 1) * COUNTER_STRIDE + codes->wide[picked->from + picked->at[i]]]++;
}

/* Calls of neighbours are neighbours: a stretch of runs is one stretch of calls. */
void index_count_calls(const struct call_column *calls, const struct picked *picked, int64_t *counters)
{
    for (size_t i = 0, next; i < picked->count; i = next) {
        for (next = i + 1; next < picked->count && picked->at[next] == picked->at[next - 1] + 1;)
            next++;
        uint32_t call = calls->offsets[picked->from + picked->at[i]];
        uint32_t end = calls->offsets[picked->from + picked->at[next - 1] + 1];
        for (; call < end; call++)
            counters[(call & 1) * (size_t)COUNTER_STRIDE + calls->tools[call]]++;
    }
}

void index_count_interactions(struct index_counts *counts, const struct picked *picked)
{
    size_t with = 0;
    for (size_t i = 0; i < picked->count; i++)
        with += counts->store->interaction[picked->from + picked->at[i]];
    counts->interactions[1] += (int64_t)with;
    counts->interactions[0] += (int64_t)(picked->count - with);
}
