/*
 * See run_index_kept.h. A stretch is some blocks of runs: one, as long as all counters together stay small beside the columns. Its bars
 * are numbered from the epoch, so a chart that slides takes nothing away from them.
 */
#include "data/index/run_index_kept.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>

void kept_release(struct kept_answer *kept)
{
    for (size_t i = 0; i < kept->stretch_count; i++)
        free(kept->stretches[i].bars);
    free(kept->stretches);
    free(kept->counters);
    free(kept->totals);
    bitmap_release(&kept->at_any_time);
    seen_release(&kept->seen);
    index_key_release(&kept->key);
    *kept = (struct kept_answer){0};
}

void kept_begin(struct kept_answer *kept, const struct run_index *index,
                const struct index_question *question, int64_t width)
{
    *kept = (struct kept_answer){.width = width};
    index_key_set(&kept->key, index, question);
}

/* ---- room ---- */

enum { COUNTERS_MAX = 1 << 18 };

static size_t stretches_of(size_t runs, size_t stretch_runs)
{
    return (runs + stretch_runs - 1) / stretch_runs;
}

static bool has_room(const struct kept_answer *kept, const struct index_store *store)
{
    for (int kind = 0; kind < DICTIONARIES; kind++)
        if (store->dictionaries[kind].count > kept->room[kind])
            return false;
    bool is_small = kept->stretch_count * kept->slots <= 2 * (size_t)COUNTERS_MAX;
    return kept->slots && (is_small || kept->stretch_count < 4);
}

static void make_room(struct kept_answer *kept, const struct index_store *store)
{
    enum { SPARE = 16 };
    for (size_t i = 0; i < kept->stretch_count; i++)
        free(kept->stretches[i].bars);
    kept->stretch_count = kept->slots = 0;
    for (int kind = 0; kind < DICTIONARIES; kind++) {
        size_t words = store->dictionaries[kind].count;
        kept->first[kind] = kept->slots;
        kept->room[kind] = words + words / 4 + SPARE;
        kept->slots += kept->room[kind];
    }
    kept->stretch_runs = INDEX_BLOCK_RUNS;
    while (stretches_of(store->count, kept->stretch_runs) * kept->slots > COUNTERS_MAX &&
           kept->stretch_runs < store->count)
        kept->stretch_runs *= 2;
    free(kept->totals);
    kept->totals = mem_new_array(kept->slots, sizeof *kept->totals);
}

static uint32_t *counters_of(const struct kept_answer *kept, size_t stretch)
{
    return kept->counters + stretch * kept->slots;
}

static void add_to_totals(struct kept_answer *kept, size_t stretch, int sign)
{
    const uint32_t *counters = counters_of(kept, stretch);
    for (size_t i = 0; i < kept->slots; i++)
        kept->totals[i] += sign * (int64_t)counters[i];
}

/* Stretches that are gone leave the totals; new ones are empty, and their time range one that no stretch has. */
static void resize(struct kept_answer *kept, size_t runs)
{
    size_t had = kept->stretch_count, count = stretches_of(runs, kept->stretch_runs);
    for (size_t i = count; i < had; i++) {
        add_to_totals(kept, i, -1);
        free(kept->stretches[i].bars);
    }
    kept->stretches = mem_resize(kept->stretches, count, sizeof *kept->stretches);
    kept->counters = mem_resize(kept->counters, count * kept->slots, sizeof *kept->counters);
    for (size_t i = had; i < count; i++) {
        kept->stretches[i] = (struct kept_stretch){.from = UINT32_MAX};
        memset(counters_of(kept, i), 0, kept->slots * sizeof *kept->counters);
    }
    kept->stretch_count = count;
    kept->runs = runs;
    bitmap_resize(&kept->at_any_time, runs);
}

/* ---- counting a stretch ---- */

struct count {
    const struct run_index *index;
    const struct index_plan *plan;
    const struct histogram *chart;
    struct kept_answer *kept;
    struct kept_stretch *stretch;
    uint32_t *counters; /* of the stretch */
    uint32_t *banks;    /* of calls by tool, and */
    uint32_t *less;     /* of those to be taken away from the sums */
    const struct call_sums *sums;
    bool usable[COLUMN_COUNT];
    uint8_t *status_of; /* enum run_status by code */
    uint32_t *of_bar;   /* by code of status; zeros between two bars */
    struct index_block block;
    uint64_t matches[BLOCK_WORDS], others[BLOCK_WORDS];
};

static struct picked whole_block(const struct count *count, const uint64_t *bits)
{
    return (struct picked){bits, count->block.from, 0, count->block.count};
}

/* What counts in the facet of one kind of test: the matches, and where the filter has that test, those that fail it alone. */
static struct picked pick(struct count *count, enum index_test kind)
{
    if (!count->plan->asks[kind])
        return whole_block(count, count->matches);
    for (size_t w = 0; w < count->block.words; w++)
        count->others[w] = block_without(&count->block, kind, w);
    return whole_block(count, count->others);
}

static uint32_t *counters_for(const struct count *count, enum counter_kind kind)
{
    return count->counters + count->kept->first[kind];
}

/* Of most runs: all but the others. */
static void count_calls(struct count *count, const struct picked *picked)
{
    const struct index_store *store = count->plan->store;
    size_t room = count->kept->room[COUNT_TOOLS];
    uint32_t *tools = counters_for(count, COUNT_TOOLS);
    uint64_t others[BLOCK_WORDS];
    struct picked rest = {others, picked->first, picked->from, picked->to};
    if (!count->sums || picked_count(picked) * 2 < picked->to) {
        index_count_calls(&store->calls, picked, count->banks, room);
        return;
    }
    const uint32_t *all = count->sums->counters + picked->first / INDEX_BLOCK_RUNS * count->sums->room;
    for (size_t code = 0; code < store->dictionaries[3].count; code++)
        tools[code] += all[code];
    for (size_t w = 0; w < count->block.words; w++)
        others[w] = ~picked->bits[w];
    index_count_calls(&store->calls, &rest, count->less, room);
}

static void count_facets(struct count *count)
{
    const struct index_store *store = count->plan->store;
    struct picked picked;
    if (count->usable[COLUMN_STATUS] && (count->plan->asks[TEST_STATUS] || !count->chart->width)) {
        picked = pick(count, TEST_STATUS);
        index_count_codes(&store->status, &picked, counters_for(count, COUNT_STATUS));
    }
    if (count->usable[COLUMN_TRIGGER]) {
        picked = pick(count, TEST_TRIGGER);
        index_count_codes(&store->trigger, &picked, counters_for(count, COUNT_TRIGGER));
    }
    if (count->usable[COLUMN_SCOPE]) {
        picked = pick(count, TEST_SCOPE);
        index_count_codes(&store->scope, &picked, counters_for(count, COUNT_SCOPE));
    }
    if (count->usable[COLUMN_TOOLS]) {
        picked = pick(count, TEST_TOOLS);
        count_calls(count, &picked);
    }
    if (count->usable[COLUMN_INTERACTION]) {
        picked = pick(count, TEST_ELICITATION);
        size_t with = index_count_flags(store->interaction, &picked);
        count->stretch->with += (uint32_t)with;
        count->stretch->without += (uint32_t)(picked_count(&picked) - with);
    }
}

/* ---- bars ---- */

static struct kept_bar *bar_of(struct kept_stretch *stretch, int64_t number)
{
    if (stretch->bar_count && stretch->bars[stretch->bar_count - 1].number == number)
        return &stretch->bars[stretch->bar_count - 1];
    if (stretch->bar_count == stretch->bar_cap) {
        stretch->bar_cap = stretch->bar_cap ? stretch->bar_cap * 2 : 2;
        stretch->bars = mem_resize(stretch->bars, stretch->bar_cap, sizeof *stretch->bars);
    }
    struct kept_bar *bar = &stretch->bars[stretch->bar_count++];
    *bar = (struct kept_bar){.number = number};
    return bar;
}

/* Matches [from, to) of the block lie in one bucket. A chart's bars are all of them, so the facet of the status is their sum where the filter
 * does not ask for one. */
static void count_bar(struct count *count, size_t from, size_t to, struct kept_bar *bar)
{
    struct picked picked = {count->matches, count->block.from, from, to};
    if (!count->usable[COLUMN_STATUS]) {
        bar->counts[STATUS_OTHER] += (uint32_t)picked_count(&picked);
        return;
    }
    size_t words = count->plan->store->dictionaries[0].count;
    uint32_t *facet = count->plan->asks[TEST_STATUS] ? NULL : counters_for(count, COUNT_STATUS);
    index_count_codes(&count->plan->store->status, &picked, count->of_bar);
    for (size_t code = 0; code < words; code++) {
        if (bar)
            bar->counts[count->status_of[code]] += count->of_bar[code];
        if (facet)
            facet[code] += count->of_bar[code];
        count->of_bar[code] = 0;
    }
}

/* The first run of the block from `from` on that was created at or after t. */
static size_t first_created(const struct count *count, size_t from, int64_t t)
{
    const int64_t *created = count->plan->store->created + count->block.from;
    size_t end = count->block.count;
    if (created[end - 1] < t) /* as a rule a bucket is longer than a block */
        return end;
    while (from < end) {
        size_t middle = from + (end - from) / 2;
        if (created[middle] < t)
            from = middle + 1;
        else
            end = middle;
    }
    return from;
}

static size_t next_match(const struct count *count, size_t at)
{
    for (size_t w = at / 64; w < count->block.words; w++) {
        uint64_t bits = count->matches[w] & (w == at / 64 ? ~low_bits(at % 64) : ~UINT64_C(0));
        if (bits)
            return w * 64 + (size_t)__builtin_ctzll(bits);
    }
    return count->block.count;
}

/* Matches come in time order: those of a bucket are neighbours. */
static void count_bars(struct count *count)
{
    const int64_t *created = count->plan->store->created + count->block.from;
    int64_t width = count->chart->width, first = count->chart->start / (width ? width : 1);
    if (!width)
        return;
    for (size_t at = next_match(count, 0), next; at < count->block.count; at = next_match(count, next)) {
        int64_t start = bucket_start(created[at], width), end;
        if (__builtin_add_overflow(start, width, &end))
            end = INT64_MAX;
        next = first_created(count, at + 1, end);
        bool is_inside = start / width >= first && start / width - first < (int64_t)count->chart->count;
        count->stretch->is_cut |= !is_inside;
        count_bar(count, at, next, is_inside ? bar_of(count->stretch, start / width) : NULL);
    }
}

/* ---- a block ---- */

static void count_block(struct count *count, size_t from)
{
    struct kept_stretch *stretch = count->stretch;
    struct index_block *block = &count->block;
    index_block_ask(block, count->plan, from, false);
    bool asks_time = count->plan->asks[TEST_TIME], asks_scope = count->plan->asks[TEST_SCOPE];
    for (size_t w = 0; w < block->words; w++) {
        uint64_t matches = block_matches(block, w);
        uint64_t at_any_time = asks_time ? block_without(block, TEST_TIME, w) : matches;
        count->matches[w] = matches;
        count->kept->at_any_time.words[from / 64 + w] = at_any_time;
        stretch->matches += bit_count(matches);
        stretch->at_any_time += asks_time ? bit_count(at_any_time) : bit_count(matches);
        if (asks_scope)
            stretch->in_scope +=
                64 - bit_count(block->fails[TEST_SCOPE][w] | ~low_bits(block->count - w * 64));
        stretch->is_open |= (block->open[w] & ~block->twice[w]) != 0;
    }
    count_facets(count);
    count_bars(count);
}

/* Adds the banks, or takes them away, and empties them. */
static void add_banks(struct count *count, uint32_t *banks, bool is_less)
{
    size_t words = count->plan->store->dictionaries[3].count, stride = count->kept->room[COUNT_TOOLS];
    uint32_t *tools = counters_for(count, COUNT_TOOLS);
    for (size_t bank = 0; bank < CALL_BANKS; bank++)
        for (size_t code = 0; code < words; code++) {
            uint32_t n = banks[bank * stride + code];
            tools[code] += is_less ? -n : n;
            banks[bank * stride + code] = 0;
        }
}

static void count_stretch(struct count *count, size_t number, uint32_t from, uint32_t to)
{
    struct kept_answer *kept = count->kept;
    struct kept_stretch *stretch = &kept->stretches[number];
    add_to_totals(kept, number, -1);
    *stretch =
        (struct kept_stretch){.from = from, .to = to, .bars = stretch->bars, .bar_cap = stretch->bar_cap};
    count->stretch = stretch;
    count->counters = counters_of(kept, number);
    memset(count->counters, 0, kept->slots * sizeof *count->counters);
    size_t first = number * kept->stretch_runs;
    for (size_t at = first; at < first + kept->stretch_runs && at < kept->runs; at += INDEX_BLOCK_RUNS) {
        count_block(count, at);
        seen_note(&kept->seen, count->plan, at / INDEX_BLOCK_RUNS);
    }
    add_banks(count, count->banks, false);
    add_banks(count, count->less, true);
    add_to_totals(kept, number, 1);
}

/* ---- all of them ---- */

static bool stretch_changed(const struct count *count, size_t number)
{
    size_t blocks = count->kept->stretch_runs / INDEX_BLOCK_RUNS;
    size_t first = number * blocks, end = first + blocks;
    bool is_searching = count->kept->key.external_version != count->plan->question->external_version;
    end = end < count->kept->seen.blocks ? end : count->kept->seen.blocks;
    for (size_t block = first; block < end; block++)
        if (index_block_changed(count->index, block, count->plan->asks[TEST_REST], count->kept->revision) ||
            (is_searching && !seen_stands(&count->kept->seen, count->plan, block)))
            return true;
    return false;
}

static uint32_t inside(size_t position, size_t first, size_t runs)
{
    return (uint32_t)(position < first ? 0 : position - first < runs ? position - first : runs);
}

static void update_stretch(struct count *count, size_t number)
{
    const struct kept_stretch *stretch = &count->kept->stretches[number];
    size_t runs = count->kept->stretch_runs, first = number * runs;
    uint32_t from = inside(count->plan->from, first, runs), to = inside(count->plan->to, first, runs);
    if (stretch->from != from || stretch->to != to || stretch->is_cut || stretch_changed(count, number))
        count_stretch(count, number, from, to);
}

static void count_init(struct count *count)
{
    const struct dictionary *words = count->index->store.dictionaries;
    for (int column = 0; column < COLUMN_COUNT; column++)
        count->usable[column] = index_is_usable(count->index, (enum index_column)column);
    count->banks = mem_new_array(CALL_BANKS * count->kept->room[COUNT_TOOLS], sizeof *count->banks);
    count->less = mem_new_array(CALL_BANKS * count->kept->room[COUNT_TOOLS], sizeof *count->less);
    count->of_bar = mem_new_array(count->kept->room[COUNT_STATUS], sizeof *count->of_bar);
    count->status_of = mem_new_array(words[0].count, 1);
    for (size_t code = 0; code < words[0].count; code++)
        count->status_of[code] = (uint8_t)run_status_of(words[0].words[code]);
}

void kept_update(struct kept_answer *kept, const struct index_plan *plan, const struct histogram *chart,
                 const struct call_sums *sums)
{
    const struct index_store *store = plan->store;
    if (!has_room(kept, store))
        make_room(kept, store);
    resize(kept, store->count);
    seen_resize(&kept->seen, plan);
    struct count *count = mem_new_array(1, sizeof *count);
    *count = (struct count){.index = plan->index, .plan = plan, .chart = chart, .sums = sums, .kept = kept};
    count_init(count);
    for (size_t i = 0; i < kept->stretch_count; i++)
        update_stretch(count, i);
    kept->revision = run_index_revision(plan->index);
    kept->key.external_version = plan->question->external_version;
    free(count->banks);
    free(count->less);
    free(count->of_bar);
    free(count->status_of);
    free(count);
}
