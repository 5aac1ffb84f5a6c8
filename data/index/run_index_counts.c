/*
 * The counting loops of run_index_meta. They are written for the processor (no branch that depends on the data, no counter twice in a
 * row), because every change of a filter and every live tick pays for them.
 */
#include "data/index/run_index_counts.h"

#include <string.h>

/* The picked bits of word w. */
static uint64_t picked_word(const struct picked *picked, size_t w)
{
    uint64_t bits = picked->bits[w];
    if (w == picked->from / 64)
        bits &= ~low_bits(picked->from % 64);
    if (w == picked->to / 64)
        bits &= low_bits(picked->to % 64);
    return bits;
}

static size_t word_end(const struct picked *picked)
{
    return (picked->to + 63) / 64;
}

size_t picked_count(const struct picked *picked)
{
    size_t count = 0;
    for (size_t w = picked->from / 64; w < word_end(picked); w++)
        count += bit_count(picked_word(picked, w));
    return count;
}

/* ---- codes ---- */

static void count_singly(const struct code_column *codes, const struct picked *picked, uint32_t *counters)
{
    for (size_t w = picked->from / 64; w < word_end(picked); w++)
        for (uint64_t bits = picked_word(picked, w); bits; bits &= bits - 1)
            counters[codes_get(codes, picked->first + w * 64 + (size_t)__builtin_ctzll(bits))]++;
}

/* The runs with one code. Past `to` a column may end. */
static uint32_t count_code(const uint8_t *codes, const struct picked *picked, uint8_t code)
{
    uint8_t tail[64];
    uint32_t count = 0;
    for (size_t w = picked->from / 64; w < word_end(picked); w++) {
        const uint8_t *bytes = block_bytes(codes, picked->first, picked->to, w, tail);
        count += bit_count(bytes_equal(bytes, code) & picked_word(picked, w));
    }
    return count;
}

/* Few codes are common, and they come first because codes are given in the order of their coming. False: there were others too. */
static bool count_few(const uint8_t *codes, const struct picked *picked, size_t n, uint32_t *counters)
{
    enum { FEW = 10 };
    uint32_t counts[FEW] = {0};
    size_t left = n, code = 0;
    for (; code < FEW && left; code++)
        left -= counts[code] = count_code(codes, picked, (uint8_t)code);
    while (!left && code-- > 0)
        counters[code] += counts[code];
    return !left;
}

void index_count_codes(const struct code_column *codes, const struct picked *picked, uint32_t *counters)
{
    enum { MANY = 8 /* one of so many runs is worth looking at all */ };
    size_t n = picked_count(picked);
    if (!n)
        return;
    if (!codes->narrow && !codes->wide)
        counters[codes->uniform] += (uint32_t)n;
    else if (!codes->narrow || n * MANY < picked->to - picked->from ||
             !count_few(codes->narrow, picked, n, counters))
        count_singly(codes, picked, counters);
}

size_t index_count_flags(const uint8_t *flags, const struct picked *picked)
{
    return count_code(flags, picked, 1);
}

/* ---- calls ---- */

static void count_tools(const uint16_t *tools, size_t n, uint32_t *banks, size_t stride)
{
    uint32_t *second = banks + stride, *third = second + stride, *fourth = third + stride;
    size_t i = 0;
    for (; i + CALL_BANKS <= n; i += CALL_BANKS) {
        banks[tools[i]]++;
        second[tools[i + 1]]++;
        third[tools[i + 2]]++;
        fourth[tools[i + 3]]++;
    }
    for (; i < n; i++)
        banks[tools[i]]++;
}

/* Calls of scattered runs are first put side by side: a copy of fixed size does not wait to know how many they are. */
enum { ONE_COPY = 8, GATHERED = 64 * ONE_COPY };

static void count_scattered(const struct call_column *calls, size_t at, uint64_t runs, uint32_t *banks,
                            size_t stride)
{
    uint16_t gathered[GATHERED];
    size_t count = 0;
    for (; runs; runs &= runs - 1) {
        const uint32_t *offsets = calls->offsets + at + (size_t)__builtin_ctzll(runs);
        uint32_t start = offsets[0], n = offsets[1] - start;
        if (n > ONE_COPY || start + ONE_COPY > calls->count) {
            count_tools(calls->tools + start, n, banks, stride);
            continue;
        }
        memcpy(gathered + count, calls->tools + start, ONE_COPY * sizeof *gathered);
        count += n;
    }
    count_tools(gathered, count, banks, stride);
}

/* Calls of neighbours are neighbours: a word of runs is one stretch of calls. */
void index_count_calls(const struct call_column *calls, const struct picked *picked, uint32_t *banks,
                       size_t stride)
{
    for (size_t w = picked->from / 64; w < word_end(picked); w++) {
        uint64_t runs = picked_word(picked, w);
        size_t at = picked->first + w * 64;
        const uint32_t *offsets = calls->offsets + at;
        if (runs == ~UINT64_C(0))
            count_tools(calls->tools + offsets[0], offsets[64] - offsets[0], banks, stride);
        else if (runs)
            count_scattered(calls, at, runs, banks, stride);
    }
}
