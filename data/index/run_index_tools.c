/*
 * See run_index_tools.h. Going through 2.5 calls a run is the dearest test there is, and the list and the counts of a question need it at
 * the same time. Each block of bits has a state of its own: whoever comes first finds them, one who comes meanwhile does it for
 * itself and waits for nobody.
 */
#include "data/index/run_index_tools.h"

#include "data/base/die.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { KEPT_TERMS = 6, BLOCK_WORDS = INDEX_BLOCK_RUNS / 64 };
#define BEING_FOUND UINT64_MAX

struct tool_bits {
    struct filter term;       /* one term */
    uint64_t *words;          /* BLOCK_WORDS a block */
    _Atomic uint64_t *states; /* by block: the revision that its bits are right of, or BEING_FOUND; 0: none */
    size_t blocks;
    unsigned users;
    uint64_t used; /* the larger, the later */
};

struct kept_tools {
    pthread_mutex_t lock; /* of everything but what `states` guards */
    struct tool_bits terms[KEPT_TERMS];
    uint64_t clock;
};

/* ---- what is kept ---- */

struct kept_tools *kept_tools_new(void)
{
    struct kept_tools *kept = mem_new_array(1, sizeof *kept);
    if (pthread_mutex_init(&kept->lock, NULL))
        die("cannot make a lock");
    return kept;
}

static void bits_release(struct tool_bits *bits)
{
    filter_release(&bits->term);
    free(bits->words);
    free((void *)bits->states);
    *bits = (struct tool_bits){0};
}

void kept_tools_free(struct kept_tools *kept)
{
    for (size_t i = 0; i < KEPT_TERMS; i++)
        bits_release(&kept->terms[i]);
    pthread_mutex_destroy(&kept->lock);
    free(kept);
}

size_t kept_tools_memory(struct kept_tools *kept)
{
    size_t bytes = sizeof *kept;
    pthread_mutex_lock(&kept->lock);
    for (size_t i = 0; i < KEPT_TERMS; i++)
        bytes += kept->terms[i].blocks * (BLOCK_WORDS + 1) * sizeof(uint64_t);
    pthread_mutex_unlock(&kept->lock);
    return bytes;
}

/* As many as the index has blocks; where somebody uses them already, they are. */
static void make_room(struct tool_bits *bits, size_t blocks)
{
    if (blocks <= bits->blocks)
        return;
    blocks += blocks / 8;
    bits->words = mem_resize(bits->words, blocks * BLOCK_WORDS, sizeof *bits->words);
    bits->states = mem_resize((void *)bits->states, blocks, sizeof *bits->states);
    for (; bits->blocks < blocks; bits->blocks++)
        atomic_init(&bits->states[bits->blocks], 0);
}

static struct tool_bits *find_bits(struct kept_tools *kept, const struct filter *term)
{
    struct tool_bits *oldest = NULL;
    for (size_t i = 0; i < KEPT_TERMS; i++) {
        struct tool_bits *bits = &kept->terms[i];
        if (filter_equal(&bits->term, term))
            return bits;
        if (!bits->users && (!oldest || bits->used < oldest->used))
            oldest = bits;
    }
    if (!oldest)
        return NULL;
    bits_release(oldest);
    filter_copy(&oldest->term, term);
    return oldest;
}

static struct tool_bits *bits_take(struct kept_tools *kept, const struct filter_term *term, size_t runs)
{
    struct filter_term included = *term;
    included.is_excluded = false;
    struct filter one = {&included, 1};
    pthread_mutex_lock(&kept->lock);
    struct tool_bits *bits = find_bits(kept, &one);
    if (bits) {
        make_room(bits, (runs + INDEX_BLOCK_RUNS - 1) / INDEX_BLOCK_RUNS);
        bits->users++;
        bits->used = ++kept->clock;
    }
    pthread_mutex_unlock(&kept->lock);
    return bits;
}

/* ---- a test ---- */

void tool_test_init(struct tool_test *test, const struct run_index *index, const struct filter_term *term)
{
    const struct dictionary *words = &index->store.dictionaries[3];
    *test = (struct tool_test){.index = index, .is_excluded = term->is_excluded, .is_few = true};
    test->hits = mem_new_array(words->count, 1);
    for (size_t code = 0; code < words->count; code++) {
        for (size_t i = 0; i < term->count && !test->hits[code]; i++)
            test->hits[code] = tool_pattern_matches(text_of(term->values[i].text), words->words[code]);
        if (!test->hits[code])
            continue;
        test->is_few &= test->few_count < FEW_TOOLS;
        if (test->is_few)
            test->few[test->few_count++] = (uint16_t)code;
    }
    test->bits = bits_take(index->tools, term, index->store.count);
}

void tool_test_release(struct tool_test *test)
{
    if (test->bits) {
        pthread_mutex_lock(&test->index->tools->lock);
        test->bits->users--;
        pthread_mutex_unlock(&test->index->tools->lock);
    }
    free(test->hits);
}

bool tool_test_run(const struct tool_test *test, size_t position)
{
    const struct call_column *calls = &test->index->store.calls;
    for (uint32_t call = calls->offsets[position]; call < calls->offsets[position + 1]; call++)
        if (test->hits[calls->tools[call]])
            return true;
    return false;
}

/* ---- a block ---- */

/* Which of 16 calls hit, by the table. */
static unsigned hits_by_table(const uint8_t *hits, const uint16_t *tools)
{
    unsigned bits = 0;
    for (unsigned i = 0; i < 16; i += 4)
        bits |= (hits[tools[i]] | (unsigned)hits[tools[i + 1]] << 1 | (unsigned)hits[tools[i + 2]] << 2 |
                 (unsigned)hits[tools[i + 3]] << 3)
                << i;
    return bits;
}

#ifdef __SSE2__
/* The few codes, each 8 times. */
struct few_tools {
    __m128i codes[FEW_TOOLS];
    size_t count;
};

static void few_init(struct few_tools *few, const struct tool_test *test)
{
    few->count = test->few_count;
    for (size_t i = 0; i < few->count; i++)
        few->codes[i] = _mm_set1_epi16((short)test->few[i]);
}

/* The same by comparing with each. */
static unsigned hits_by_few(const struct few_tools *few, const uint16_t *tools)
{
    __m128i low = _mm_loadu_si128((const __m128i *)(const void *)tools), low_hits = _mm_setzero_si128();
    __m128i high = _mm_loadu_si128((const __m128i *)(const void *)(tools + 8)), high_hits = low_hits;
    for (size_t i = 0; i < few->count; i++) {
        low_hits = _mm_or_si128(low_hits, _mm_cmpeq_epi16(low, few->codes[i]));
        high_hits = _mm_or_si128(high_hits, _mm_cmpeq_epi16(high, few->codes[i]));
    }
    return (unsigned)_mm_movemask_epi8(_mm_packs_epi16(low_hits, high_hits));
}
#endif

/* A bit a call, for the calls of a chunk of runs; room for one more load behind them. A chunk is long enough that what was written is
 * not read while it is still on its way to the cache. */
enum { CHUNK_WORDS = 8, CALLS_MAX = 8192, ONE_LOAD = 8, CALLS_IN_LOAD = 56 };
struct call_hits {
    uint32_t first, end;
    uint8_t bytes[CALLS_MAX / 8 + ONE_LOAD];
};

static void put_hits(struct call_hits *hits, uint32_t call, unsigned some)
{
    hits->bytes[(call - hits->first) / 8] = (uint8_t)some;
    hits->bytes[(call - hits->first) / 8 + 1] = (uint8_t)(some >> 8);
}

static void find_call_hits(const struct tool_test *test, struct call_hits *hits)
{
    const struct call_column *calls = &test->index->store.calls;
    uint32_t call = hits->first, whole = hits->first + (hits->end - hits->first) / 16 * 16;
#ifdef __SSE2__
    struct few_tools few;
    if (test->is_few) {
        few_init(&few, test);
        for (; call < whole; call += 16)
            put_hits(hits, call, hits_by_few(&few, calls->tools + call));
    }
#endif
    for (; call < whole; call += 16)
        put_hits(hits, call, hits_by_table(test->hits, calls->tools + call));
    unsigned some = 0;
    for (uint32_t i = call; i < hits->end; i++)
        some |= (unsigned)test->hits[calls->tools[i]] << (i - call);
    put_hits(hits, call, some);
}

/* Of at most 64 runs, whose calls are in `hits`. */
static uint64_t find_word(const struct tool_test *test, size_t first, size_t n, const struct call_hits *hits)
{
    const uint32_t *offsets = test->index->store.calls.offsets + first;
    uint32_t start = offsets[0] - hits->first;
    uint64_t bits = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t end = offsets[i + 1] - hits->first, calls = end - start;
        uint64_t word;
        memcpy(&word, hits->bytes + start / 8, sizeof word);
        bool is_hit = le64toh(word) >> start % 8 & ((UINT64_C(1) << calls % 64) - 1);
        if (calls > CALLS_IN_LOAD)
            is_hit = tool_test_run(test, first + i);
        bits |= (uint64_t)is_hit << i;
        start = end;
    }
    return bits;
}

/* Where runs have very many calls. */
static uint64_t find_singly(const struct tool_test *test, size_t first, size_t n)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < n; i++)
        bits |= (uint64_t)tool_test_run(test, first + i) << i;
    return bits;
}

static void find_chunk(const struct tool_test *test, size_t first, size_t count, uint64_t *words)
{
    const uint32_t *offsets = test->index->store.calls.offsets + first;
    struct call_hits hits;
    hits.first = offsets[0];
    hits.end = offsets[count];
    bool is_usual = hits.end - hits.first <= CALLS_MAX;
    if (is_usual)
        find_call_hits(test, &hits);
    for (size_t at = 0; at < count; at += 64) {
        size_t n = count - at < 64 ? count - at : 64;
        words[at / 64] = is_usual ? find_word(test, first + at, n, &hits) : find_singly(test, first + at, n);
    }
}

static void find_block(const struct tool_test *test, size_t block, uint64_t *words)
{
    enum { CHUNK = CHUNK_WORDS * 64 };
    size_t count = test->index->store.count, first = block * INDEX_BLOCK_RUNS;
    memset(words, 0, BLOCK_WORDS * sizeof *words);
    for (size_t at = 0; at < INDEX_BLOCK_RUNS && first + at < count; at += CHUNK) {
        size_t left = count - first - at;
        find_chunk(test, first + at, left < CHUNK ? left : CHUNK, words + at / 64);
    }
}

static bool is_right(const struct tool_test *test, size_t block, uint64_t state)
{
    return state && state != BEING_FOUND && !index_block_changed(test->index, block, false, state);
}

bool tool_test_is_known(const struct tool_test *test, size_t block)
{
    return test->bits &&
           is_right(test, block, atomic_load_explicit(&test->bits->states[block], memory_order_acquire));
}

const uint64_t *tool_test_block(const struct tool_test *test, size_t block, uint64_t room[BLOCK_WORDS])
{
    if (tool_test_is_known(test, block))
        return test->bits->words + block * BLOCK_WORDS;
    uint64_t state = test->bits ? atomic_load(&test->bits->states[block]) : BEING_FOUND;
    if (state == BEING_FOUND || is_right(test, block, state) ||
        !atomic_compare_exchange_strong(&test->bits->states[block], &state, BEING_FOUND)) {
        find_block(test, block, room);
        return room;
    }
    uint64_t *words = test->bits->words + block * BLOCK_WORDS;
    find_block(test, block, words);
    atomic_store_explicit(&test->bits->states[block], run_index_revision(test->index), memory_order_release);
    return words;
}
