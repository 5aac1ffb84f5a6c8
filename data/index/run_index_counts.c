/*
 * The counting loops of run_index_meta: a column at a time over the runs of a block that count in it. They are written for the
 * processor (no branch that depends on the data, no counter twice in a row), because every live tick pays for them.
 */
#include "data/base/die.h"
#include "data/index/run_index_facets.h"

#include <stdlib.h>
#include <string.h>

static int64_t *counters(size_t banks)
{
    return mem_new_array(banks * COUNTER_STRIDE, sizeof(int64_t));
}

void index_counts_init(struct index_counts *counts, const struct index_store *store)
{
    *counts = (struct index_counts){.store = store,
                                    .status = counters(1),
                                    .trigger = counters(1),
                                    .scope = counters(1),
                                    .tools = counters(2)};
}

void index_counts_release(struct index_counts *counts)
{
    free(counts->status);
    free(counts->trigger);
    free(counts->scope);
    free(counts->tools);
}

void index_counts_finish(struct index_counts *counts)
{
    size_t words = counts->store->dictionaries[3].count;
    for (size_t code = 0; code < words; code++)
        counts->tools[code] += counts->tools[COUNTER_STRIDE + code];
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

/* How often the value stands in the bytes: as many at once as a register holds. */
typedef uint8_t lanes __attribute__((vector_size(16)));

static size_t count_equal(const uint8_t *bytes, size_t n, uint8_t value)
{
    size_t count = 0, i = 0;
    while (n - i >= sizeof(lanes)) {
        lanes sums = {0};
        for (int step = 0; step < UINT8_MAX && n - i >= sizeof(lanes); step++, i += sizeof(lanes)) {
            lanes some;
            memcpy(&some, bytes + i, sizeof some);
            sums -= (lanes)(some == value); /* equal is -1 */
        }
        for (size_t lane = 0; lane < sizeof(lanes); lane++)
            count += sums[lane];
    }
    for (; i < n; i++)
        count += bytes[i] == value;
    return count;
}

static bool is_stretch(const uint16_t *at, size_t n)
{
    return (size_t)(at[n - 1] - at[0]) == n - 1;
}

/* Few codes are common, and they come first because codes are given in the order of their coming. False: there were others too. */
static bool count_few(const uint8_t *codes, size_t n, int64_t *counters)
{
    enum { FEW_CODES = 12 };
    size_t counts[FEW_CODES] = {0}, left = n, code = 0;
    for (; code < FEW_CODES && left; code++)
        left -= counts[code] = count_equal(codes, n, (uint8_t)code);
    while (!left && code-- > 0)
        counters[code] += (int64_t)counts[code];
    return !left;
}

/* Adding to the same counter twice has to wait for the first: neighbours go to banks of their own. */
static void count_scattered(const uint8_t *codes, const uint16_t *at, size_t n, int64_t *counters)
{
    enum { BANKS = 8, CODES = 256, APART = CODES + 16 /* banks 4 kB apart would be in each other's way */ };
    uint32_t banks[BANKS][APART] = {0};
    for (size_t i = 0; i < n; i++)
        banks[i % BANKS][codes[at[i]]]++;
    for (size_t bank = 0; bank < BANKS; bank++)
        for (size_t code = 0; code < CODES; code++)
            counters[code] += banks[bank][code];
}

static void count_narrow(const uint8_t *codes, const uint16_t *at, size_t n, int64_t *counters)
{
    if (!is_stretch(at, n) || !count_few(codes + at[0], n, counters))
        count_scattered(codes, at, n, counters);
}

enum { MANY = 64 }; /* runs from which on it is worth the preparation */

void index_count_codes(const struct code_column *codes, const struct picked *picked, size_t first, size_t end,
                       int64_t *counters)
{
    const uint16_t *at = picked->at + first;
    size_t n = end - first;
    if (!codes->narrow && !codes->wide)
        counters[codes->uniform] += (int64_t)n;
    else if (codes->narrow && n >= MANY)
        count_narrow(codes->narrow + picked->from, at, n, counters);
    else
        for (size_t i = 0; i < n; i++)
            counters[codes->narrow ? codes->narrow[picked->from + at[i]]
                                   : codes->wide[picked->from + at[i]]]++;
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
    const uint8_t *interaction = counts->store->interaction + picked->from;
    size_t with = 0, n = picked->count;
    if (n && is_stretch(picked->at, n))
        with = count_equal(interaction + picked->at[0], n, 1);
    else
        for (size_t i = 0; i < n; i++)
            with += interaction[picked->at[i]];
    counts->interactions[1] += (int64_t)with;
    counts->interactions[0] += (int64_t)(n - with);
}
