/*
 * The tests of a filter on one block of runs, a column at a time and 64 runs a word. The block stays in the first cache, and every
 * loop is the same work whatever the data: which runs pass is as good as random, and a wrong guess of the processor costs more
 * than testing a run.
 */
#include "data/index/run_index_block.h"

#include <string.h>

const uint8_t *block_bytes(const uint8_t *column, size_t from, size_t count, size_t w, uint8_t tail[64])
{
    const uint8_t *bytes = column + from + w * 64;
    size_t left = count - w * 64;
    if (left >= 64)
        return bytes;
    memset(tail, 0, 64);
    memcpy(tail, bytes, left);
    return tail;
}

static size_t runs_in_word(const struct index_block *block, size_t w)
{
    size_t left = block->count - w * 64;
    return left < 64 ? left : 64;
}

static void add_fails(struct index_block *block, enum index_test kind, size_t w, uint64_t fails)
{
    block->fails[kind][w] = fails;
    block->twice[w] |= block->once[w] & fails;
    block->once[w] |= fails;
}

/* ---- words by code ---- */

static uint64_t few_fails(const struct code_test *test, const uint8_t *bytes)
{
    uint64_t equal = 0;
    for (size_t i = 0; i < test->few_count; i++)
        equal |= bytes_equal(bytes, test->few[i]);
    return test->few_passes ? ~equal : equal;
}

static uint64_t table_fails(const struct code_column *codes, const uint8_t *fails, size_t at, size_t n)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < n; i++)
        bits |= (uint64_t)fails[codes->narrow ? codes->narrow[at + i] : codes->wide[at + i]] << i;
    return bits;
}

static uint64_t code_fails(const struct index_block *block, const struct code_column *codes,
                           const struct code_test *test, size_t w)
{
    uint8_t tail[64];
    if (!codes->narrow && !codes->wide)
        return test->fails[codes->uniform] ? ~UINT64_C(0) : 0;
    if (test->is_few)
        return few_fails(test, block_bytes(codes->narrow, block->from, block->count, w, tail));
    return table_fails(codes, test->fails, block->from + w * 64, runs_in_word(block, w));
}

static void ask_codes(struct index_block *block, const struct index_plan *plan, enum index_test kind,
                      const struct code_column *codes)
{
    for (size_t w = 0; plan->asks[kind] && w < block->words; w++)
        add_fails(block, kind, w, code_fails(block, codes, &plan->codes[kind], w));
}

static void ask_interaction(struct index_block *block, const struct index_plan *plan)
{
    uint8_t tail[64];
    uint64_t with_fails = plan->interaction_fails[1] ? ~UINT64_C(0) : 0;
    uint64_t without_fails = plan->interaction_fails[0] ? ~UINT64_C(0) : 0;
    for (size_t w = 0; plan->asks[TEST_ELICITATION] && w < block->words; w++) {
        uint64_t with =
            bytes_equal(block_bytes(plan->store->interaction, block->from, block->count, w, tail), 1);
        add_fails(block, TEST_ELICITATION, w, (with & with_fails) | (~with & without_fails));
    }
}

/* ---- time ---- */

/* The bits of word w that stand for positions in [from, to). */
static uint64_t bits_between(const struct index_block *block, size_t w, size_t from, size_t to)
{
    size_t first = block->from + w * 64;
    size_t low = from > first ? from - first : 0, high = to > first ? to - first : 0;
    return low_bits(high) & ~low_bits(low);
}

static void ask_time(struct index_block *block, const struct index_plan *plan)
{
    for (size_t w = 0; plan->asks[TEST_TIME] && w < block->words; w++)
        add_fails(block, TEST_TIME, w, ~bits_between(block, w, plan->from, plan->to));
}

/* ---- tools ---- */

/* Runs that a dear test can still tell something about. */
static uint64_t worthy(const struct index_block *block, size_t w)
{
    return block->only_matches ? ~block->once[w] & low_bits(runs_in_word(block, w)) : ~block->twice[w];
}

static size_t count_worthy(const struct index_block *block)
{
    size_t count = 0;
    for (size_t w = 0; w < block->words; w++)
        count += bit_count(worthy(block, w));
    return count;
}

static void ask_tool_singly(struct index_block *block, const struct tool_test *test)
{
    for (size_t w = 0; w < block->words; w++)
        for (uint64_t runs = worthy(block, w); runs; runs &= runs - 1) {
            unsigned i = (unsigned)__builtin_ctzll(runs);
            bool is_hit = tool_test_run(test, block->from + w * 64 + i);
            block->fails[TEST_TOOLS][w] |= (uint64_t)(is_hit == test->is_excluded) << i;
        }
}

static void ask_tool(struct index_block *block, const struct tool_test *test, size_t count)
{
    enum { FEW = INDEX_BLOCK_RUNS / 16 };
    uint64_t room[BLOCK_WORDS];
    size_t number = block->from / INDEX_BLOCK_RUNS;
    if (count < FEW && !tool_test_is_known(test, number)) {
        ask_tool_singly(block, test);
        return;
    }
    const uint64_t *hits = tool_test_block(test, number, room);
    for (size_t w = 0; w < block->words; w++)
        block->fails[TEST_TOOLS][w] |= test->is_excluded ? hits[w] : ~hits[w];
}

static void ask_tools(struct index_block *block, const struct index_plan *plan)
{
    if (!plan->asks[TEST_TOOLS])
        return;
    size_t count = count_worthy(block);
    memset(block->fails[TEST_TOOLS], 0, sizeof block->fails[TEST_TOOLS]);
    for (size_t i = 0; i < plan->tool_count && count; i++)
        ask_tool(block, &plan->tools[i], count);
    for (size_t w = 0; w < block->words; w++)
        add_fails(block, TEST_TOOLS, w, block->fails[TEST_TOOLS][w]);
}

/* ---- duration, code, id ---- */

static bool duration_fails(const struct filter_term *term, int64_t ms)
{
    bool is_any = false;
    for (size_t i = 0; i < term->count && !is_any; i++)
        is_any = duration_compare(term->values[i].op, ms, term->values[i].ms);
    return is_any == term->is_excluded;
}

static void ask_durations_singly(struct index_block *block, const struct index_plan *plan,
                                 const struct filter_term *term, size_t w)
{
    for (uint64_t runs = worthy(block, w); runs; runs &= runs - 1) {
        unsigned i = (unsigned)__builtin_ctzll(runs);
        int64_t ms = durations_get(&plan->store->durations, block->from + w * 64 + i);
        if (ms == DURATION_UNREAD)
            block->open[w] |= UINT64_C(1) << i;
        else
            block->fails[TEST_REST][w] |= (uint64_t)duration_fails(term, ms) << i;
    }
}

/* The durations that a value lets pass, as one stretch of a narrow column's numbers: neither none nor unread is inside. */
struct stretch {
    int32_t low, high;
    bool is_empty;
};

static struct stretch stretch_of(const struct filter_value *value)
{
    const int64_t lowest = INT32_MIN + 1, highest = INT32_MAX - 1;
    int64_t low = lowest, high = highest, ms = value->ms;
    switch (value->op) {
    case OP_LT: high = ms > INT64_MIN ? ms - 1 : ms; break;
    case OP_LE: high = ms; break;
    case OP_EQ: low = high = ms; break;
    case OP_GE: low = ms; break;
    case OP_GT: low = ms < INT64_MAX ? ms + 1 : ms; break;
    }
    low = low > lowest ? low : lowest;
    high = high < highest ? high : highest;
    if (low > high)
        return (struct stretch){.is_empty = true};
    return (struct stretch){(int32_t)low, (int32_t)high, false};
}

#ifdef __SSE2__
/* Of 16 durations: outside of [low, high]. */
static unsigned outside_of_16(const int32_t *durations, __m128i low, __m128i high)
{
    __m128i outside[4];
    for (int i = 0; i < 4; i++) {
        __m128i some = _mm_loadu_si128((const __m128i *)(const void *)(durations + 4 * i));
        outside[i] = _mm_or_si128(_mm_cmplt_epi32(some, low), _mm_cmpgt_epi32(some, high));
    }
    return (unsigned)_mm_movemask_epi8(
        _mm_packs_epi16(_mm_packs_epi32(outside[0], outside[1]), _mm_packs_epi32(outside[2], outside[3])));
}
#endif

static uint64_t durations_in(const int32_t *durations, size_t n, struct stretch stretch)
{
    uint64_t bits = 0;
    size_t i = 0;
    if (stretch.is_empty)
        return 0;
#ifdef __SSE2__
    __m128i low = _mm_set1_epi32(stretch.low), high = _mm_set1_epi32(stretch.high);
    for (; i + 16 <= n; i += 16)
        bits |= (uint64_t)(~outside_of_16(durations + i, low, high) & UINT16_MAX) << i;
#endif
    for (; i < n; i++)
        bits |= (uint64_t)(durations[i] >= stretch.low && durations[i] <= stretch.high) << i;
    return bits;
}

static uint64_t durations_unread(const int32_t *durations, size_t n)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < n; i++)
        bits |= (uint64_t)(durations[i] == NARROW_DURATION_UNREAD) << i;
    return bits;
}

static void ask_durations(struct index_block *block, const struct index_plan *plan,
                          const struct filter_term *term, size_t w)
{
    const struct duration_column *durations = &plan->store->durations;
    const int32_t *narrow = durations->narrow + block->from + w * 64;
    size_t n = runs_in_word(block, w);
    uint64_t any = 0, unread = durations->unread ? durations_unread(narrow, n) : 0;
    for (size_t i = 0; i < term->count; i++)
        any |= durations_in(narrow, n, stretch_of(&term->values[i]));
    block->open[w] |= unread;
    block->fails[TEST_REST][w] |= ~unread & (term->is_excluded ? any : ~any);
}

static void ask_duration_term(struct index_block *block, const struct index_plan *plan,
                              const struct filter_term *term)
{
    enum { MANY = 12 };
    for (size_t w = 0; w < block->words; w++)
        if (plan->store->durations.narrow && bit_count(worthy(block, w)) >= MANY)
            ask_durations(block, plan, term, w);
        else
            ask_durations_singly(block, plan, term, w);
}

/* Bits past the end of a bitmap do not exist, and are 0. */
static uint64_t word_of(const struct bitmap *bitmap, size_t first)
{
    return first < bitmap->bits ? bitmap->words[first / 64] : 0;
}

static void ask_external(struct index_block *block, const struct index_external *external, bool is_excluded)
{
    for (size_t w = 0; w < block->words; w++) {
        size_t first = block->from + w * 64;
        uint64_t searched = external->searched ? word_of(external->searched, first) : ~UINT64_C(0);
        uint64_t hits = word_of(external->hits, first);
        block->open[w] |= ~searched;
        block->fails[TEST_REST][w] |= searched & (is_excluded ? hits : ~hits);
    }
}

static void ask_rest_term(struct index_block *block, const struct index_plan *plan, size_t term)
{
    const struct filter_term *asked = &plan->question->filter->terms[term];
    const struct index_external *external = index_external_of(plan->question, term);
    if (asked->key == FILTER_DURATION)
        ask_duration_term(block, plan, asked);
    else if (asked->key == FILTER_ID || asked->key == FILTER_CODE)
        ask_external(block, external, asked->is_excluded);
}

static void ask_rest(struct index_block *block, const struct index_plan *plan)
{
    memset(block->fails[TEST_REST], 0, sizeof block->fails[TEST_REST]);
    for (size_t w = 0; w < block->words; w++)
        block->candidates[w] = ~block->once[w];
    for (size_t i = 0; i < plan->question->filter->count; i++)
        if (index_term_counts(plan->question, i))
            ask_rest_term(block, plan, i);
    for (size_t w = 0; w < block->words; w++) {
        block->open[w] &= ~block->fails[TEST_REST][w]; /* what fails for certain is not open */
        add_fails(block, TEST_REST, w, block->fails[TEST_REST][w]);
    }
}

/* ---- all ---- */

static void block_begin(struct index_block *block, const struct index_plan *plan, size_t from)
{
    size_t left = plan->store->count - from;
    block->from = from;
    block->count = left < INDEX_BLOCK_RUNS ? left : INDEX_BLOCK_RUNS;
    block->words = (block->count + 63) / 64;
    memset(block->once, 0, sizeof block->once);
    memset(block->twice, 0, sizeof block->twice);
    memset(block->open, 0, sizeof block->open);
}

static void block_end(struct index_block *block)
{
    if (block->count % 64 == 0)
        return;
    uint64_t outside = ~low_bits(block->count % 64);
    block->once[block->words - 1] |= outside;
    block->twice[block->words - 1] |= outside;
    block->open[block->words - 1] &= ~outside;
}

void index_block_ask(struct index_block *block, const struct index_plan *plan, size_t from, bool only_matches)
{
    const struct index_store *store = plan->store;
    block_begin(block, plan, from);
    block->only_matches = only_matches;
    ask_time(block, plan);
    ask_codes(block, plan, TEST_SCOPE, &store->scope);
    ask_codes(block, plan, TEST_STATUS, &store->status);
    ask_codes(block, plan, TEST_TRIGGER, &store->trigger);
    ask_interaction(block, plan);
    block_end(block); /* the dear tests look at runs that exist */
    ask_tools(block, plan);
    if (plan->asks[TEST_REST])
        ask_rest(block, plan);
    block_end(block);
}
