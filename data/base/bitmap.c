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
        bitmap->words[need - 1] &= low_bits(bits % 64);
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
        bitmap->words[at / 64] |= low_bits(n) << (at % 64);
        at += n;
    }
}

size_t bitmap_count(const struct bitmap *bitmap)
{
    size_t n = 0;
    for (size_t i = 0; i < word_count(bitmap->bits); i++)
        n += bit_count(bitmap->words[i]);
    return n;
}

size_t bitmap_count_range(const struct bitmap *bitmap, size_t from, size_t to)
{
    to = to < bitmap->bits ? to : bitmap->bits;
    size_t count = 0;
    for (size_t at = from; at < to;) {
        size_t n = 64 - at % 64;
        n = n < to - at ? n : to - at;
        count += bit_count(bitmap->words[at / 64] & low_bits(n) << (at % 64));
        at += n;
    }
    return count;
}

size_t bitmap_next(const struct bitmap *bitmap, size_t at)
{
    if (at >= bitmap->bits)
        return BITMAP_NONE;
    size_t i = at / 64, end = word_count(bitmap->bits);
    uint64_t word = bitmap->words[i] & ~low_bits(at % 64);
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
    uint64_t word = bitmap->words[i] & low_bits(at % 64 + 1);
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
    uint64_t below = low_bits(at % 64), word = bitmap->words[first];
    bitmap->words[first] = (word & below) | (word & ~below) << 1;
}

void bitmap_remove(struct bitmap *bitmap, size_t at)
{
    size_t end = word_count(bitmap->bits), first = at / 64;
    uint64_t below = low_bits(at % 64), word = bitmap->words[first];
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

static size_t count_words(const struct bitmap *bitmap, size_t first, size_t end)
{
    size_t sum = 0;
    for (size_t i = first; i < end; i++)
        sum += bit_count(bitmap->words[i]);
    return sum;
}

void bitmap_ranks_update(struct bitmap_ranks *ranks, const struct bitmap *bitmap, size_t from)
{
    size_t words = word_count(bitmap->bits), block = from / BITMAP_RANK_BLOCK, had = ranks->blocks;
    ranks->blocks = (words + BLOCK_WORDS - 1) / BLOCK_WORDS;
    if (ranks->blocks != had)
        ranks->sums = mem_resize(ranks->sums, ranks->blocks, sizeof *ranks->sums);
    block = block < had ? block : had ? had - 1 : 0;
    if (block >= ranks->blocks)
        block = ranks->blocks ? ranks->blocks - 1 : 0;
    size_t sum = block && had ? ranks->sums[block] : 0;
    for (; block < ranks->blocks; block++) {
        size_t first = block * BLOCK_WORDS;
        ranks->sums[block] = (uint32_t)sum;
        sum += count_words(bitmap, first, first + BLOCK_WORDS < words ? first + BLOCK_WORDS : words);
    }
    ranks->total = sum;
}

void bitmap_ranks_build(struct bitmap_ranks *ranks, const struct bitmap *bitmap)
{
    bitmap_ranks_update(ranks, bitmap, 0);
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
    for (; bit_count(bitmap->words[i]) <= k; i++)
        k -= bit_count(bitmap->words[i]);
    uint64_t word = bitmap->words[i];
    for (; k; k--)
        word &= word - 1;
    return i * 64 + (size_t)__builtin_ctzll(word);
}
