/*
 * See bitmap.h. Everything works a word at a time; the invariant that makes that safe is that bits past the end are 0.
 */
#include "data/base/bitmap.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>

static size_t word_count(size_t bits)
{
    return (bits + 63) / 64;
}

/* The lowest n bits, n in 0..64. */
static uint64_t low_mask(size_t n)
{
    return n >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
}

static size_t ones(uint64_t word)
{
    return (size_t)__builtin_popcountll(word);
}

void bitmap_init(struct bitmap *bitmap)
{
    *bitmap = (struct bitmap){0};
}

void bitmap_release(struct bitmap *bitmap)
{
    free(bitmap->words);
    bitmap_init(bitmap);
}

void bitmap_resize(struct bitmap *bitmap, size_t bits)
{
    size_t have = word_count(bitmap->bits), need = word_count(bits);
    if (need > bitmap->cap) {
        size_t cap = need + need / 8 + 8;
        bitmap->words = mem_resize(bitmap->words, cap, sizeof *bitmap->words);
        bitmap->cap = cap;
    }
    if (need > have)
        memset(bitmap->words + have, 0, (need - have) * sizeof *bitmap->words);
    if (bits < bitmap->bits && bits % 64)
        bitmap->words[need - 1] &= low_mask(bits % 64);
    bitmap->bits = bits;
}

void bitmap_copy(struct bitmap *to, const struct bitmap *from)
{
    bitmap_resize(to, from->bits);
    if (from->bits)
        memcpy(to->words, from->words, word_count(from->bits) * sizeof *to->words);
}

void bitmap_move(struct bitmap *to, struct bitmap *from)
{
    bitmap_release(to);
    *to = *from;
    bitmap_init(from);
}

void bitmap_clear(struct bitmap *bitmap)
{
    if (bitmap->bits)
        memset(bitmap->words, 0, word_count(bitmap->bits) * sizeof *bitmap->words);
}

void bitmap_set_range(struct bitmap *bitmap, size_t from, size_t to)
{
    to = to < bitmap->bits ? to : bitmap->bits;
    for (size_t at = from; at < to;) {
        size_t n = 64 - at % 64;
        n = n < to - at ? n : to - at;
        bitmap->words[at / 64] |= low_mask(n) << (at % 64);
        at += n;
    }
}

size_t bitmap_count(const struct bitmap *bitmap)
{
    size_t n = 0;
    for (size_t i = 0; i < word_count(bitmap->bits); i++)
        n += ones(bitmap->words[i]);
    return n;
}

size_t bitmap_count_range(const struct bitmap *bitmap, size_t from, size_t to)
{
    to = to < bitmap->bits ? to : bitmap->bits;
    size_t count = 0;
    for (size_t at = from; at < to;) {
        size_t n = 64 - at % 64;
        n = n < to - at ? n : to - at;
        count += ones(bitmap->words[at / 64] & low_mask(n) << (at % 64));
        at += n;
    }
    return count;
}

size_t bitmap_next(const struct bitmap *bitmap, size_t at)
{
    if (at >= bitmap->bits)
        return BITMAP_NONE;
    size_t i = at / 64, end = word_count(bitmap->bits);
    uint64_t word = bitmap->words[i] & ~low_mask(at % 64);
    while (!word && ++i < end)
        word = bitmap->words[i];
    return word ? i * 64 + (size_t)__builtin_ctzll(word) : BITMAP_NONE;
}

size_t bitmap_prev(const struct bitmap *bitmap, size_t at)
{
    if (!bitmap->bits)
        return BITMAP_NONE;
    at = at < bitmap->bits ? at : bitmap->bits - 1;
    size_t i = at / 64;
    uint64_t word = bitmap->words[i] & low_mask(at % 64 + 1);
    while (!word && i-- > 0)
        word = bitmap->words[i];
    return word ? i * 64 + 63 - (size_t)__builtin_clzll(word) : BITMAP_NONE;
}

void bitmap_insert(struct bitmap *bitmap, size_t at)
{
    bitmap_resize(bitmap, bitmap->bits + 1);
    size_t first = at / 64;
    for (size_t i = word_count(bitmap->bits) - 1; i > first; i--)
        bitmap->words[i] = bitmap->words[i] << 1 | bitmap->words[i - 1] >> 63;
    uint64_t below = low_mask(at % 64), word = bitmap->words[first];
    bitmap->words[first] = (word & below) | (word & ~below) << 1;
}

void bitmap_remove(struct bitmap *bitmap, size_t at)
{
    size_t end = word_count(bitmap->bits), first = at / 64;
    uint64_t below = low_mask(at % 64), word = bitmap->words[first];
    bitmap->words[first] = (word & below) | (word >> 1 & ~below);
    for (size_t i = first + 1; i < end; i++) {
        bitmap->words[i - 1] |= bitmap->words[i] << 63;
        bitmap->words[i] >>= 1;
    }
    bitmap_resize(bitmap, bitmap->bits - 1);
}

enum { BLOCK_WORDS = BITMAP_RANK_BLOCK / 64 };

void bitmap_ranks_init(struct bitmap_ranks *ranks)
{
    *ranks = (struct bitmap_ranks){0};
}

void bitmap_ranks_release(struct bitmap_ranks *ranks)
{
    free(ranks->sums);
    bitmap_ranks_init(ranks);
}

void bitmap_ranks_build(struct bitmap_ranks *ranks, const struct bitmap *bitmap)
{
    size_t words = word_count(bitmap->bits), sum = 0;
    ranks->blocks = (words + BLOCK_WORDS - 1) / BLOCK_WORDS;
    ranks->sums = mem_resize(ranks->sums, ranks->blocks, sizeof *ranks->sums);
    for (size_t i = 0; i < words; i++) {
        if (i % BLOCK_WORDS == 0)
            ranks->sums[i / BLOCK_WORDS] = (uint32_t)sum;
        sum += ones(bitmap->words[i]);
    }
    ranks->total = sum;
}

size_t bitmap_rank(const struct bitmap *bitmap, const struct bitmap_ranks *ranks, size_t at)
{
    if (at >= bitmap->bits)
        return ranks->total;
    size_t block = at / BITMAP_RANK_BLOCK;
    return ranks->sums[block] + bitmap_count_range(bitmap, block * BITMAP_RANK_BLOCK, at);
}

size_t bitmap_select(const struct bitmap *bitmap, const struct bitmap_ranks *ranks, size_t k)
{
    if (k >= ranks->total)
        return BITMAP_NONE;
    size_t low = 0, high = ranks->blocks; /* the last block with sums <= k */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (ranks->sums[middle] <= k)
            low = middle;
        else
            high = middle;
    }
    k -= ranks->sums[low];
    size_t i = low * BLOCK_WORDS;
    for (; ones(bitmap->words[i]) <= k; i++)
        k -= ones(bitmap->words[i]);
    uint64_t word = bitmap->words[i];
    for (; k; k--)
        word &= word - 1;
    return i * 64 + (size_t)__builtin_ctzll(word);
}
