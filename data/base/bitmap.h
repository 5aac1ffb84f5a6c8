/*
 * A set of small numbers as bits: which positions of the index match. Bits outside [0, bits) do not exist:
 * reading them gives false; the unused bits of the last word are always 0.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Set bits of a word; written out because the plain x86-64 has no instruction for it, and the library's is a call. */
static inline unsigned bit_count(uint64_t word)
{
#ifdef __POPCNT__
    return (unsigned)__builtin_popcountll(word);
#else
    word -= word >> 1 & UINT64_C(0x5555555555555555);
    word = (word & UINT64_C(0x3333333333333333)) + (word >> 2 & UINT64_C(0x3333333333333333));
    word = (word + (word >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (unsigned)(word * UINT64_C(0x0101010101010101) >> 56);
#endif
}

/* The lowest n bits, n in 0..64. */
static inline uint64_t low_bits(size_t n)
{
    return n >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
}

struct bitmap {
    uint64_t *words;
    size_t bits;
    size_t cap; /* words allocated */
};

#define BITMAP_NONE SIZE_MAX

void bitmap_init(struct bitmap *bitmap);
void bitmap_release(struct bitmap *bitmap);
void bitmap_resize(struct bitmap *bitmap, size_t bits); /* new bits are 0 */
void bitmap_copy(struct bitmap *to,
                 const struct bitmap *from);              /* `to` keeps its memory where it is large enough */
void bitmap_move(struct bitmap *to, struct bitmap *from); /* releases `to`; `from` becomes empty */

void bitmap_clear(struct bitmap *bitmap);                             /* all 0, the same size */
void bitmap_set_range(struct bitmap *bitmap, size_t from, size_t to); /* [from, to), clamped */

static inline bool bitmap_get(const struct bitmap *bitmap, size_t at)
{
    return at < bitmap->bits && (bitmap->words[at / 64] >> (at % 64) & 1);
}

static inline void bitmap_set(struct bitmap *bitmap, size_t at) /* at < bits */
{
    bitmap->words[at / 64] |= UINT64_C(1) << (at % 64);
}

size_t bitmap_count(const struct bitmap *bitmap);
size_t bitmap_count_range(const struct bitmap *bitmap, size_t from, size_t to); /* [from, to), clamped */

/* The first set bit at or after `at` / the last one at or before it; BITMAP_NONE where there is none. */
size_t bitmap_next(const struct bitmap *bitmap, size_t at);
size_t bitmap_prev(const struct bitmap *bitmap, size_t at);

/* Makes room: bits at and after `at` move up by one, the new bit is 0. at <= bits. */
void bitmap_insert(struct bitmap *bitmap, size_t at);
/* Takes one bit out: bits after `at` move down by one. at < bits. */
void bitmap_remove(struct bitmap *bitmap, size_t at);

/* Counts kept beside a bitmap so that rank and select are O(1) and O(log n). Stale as soon as the bitmap
 * changes: build it anew. */
struct bitmap_ranks {
    uint32_t *sums; /* set bits before each block of BITMAP_RANK_BLOCK bits */
    size_t blocks;
    size_t total; /* set bits in all */
};
enum { BITMAP_RANK_BLOCK = 512 };

void bitmap_ranks_init(struct bitmap_ranks *ranks);
void bitmap_ranks_release(struct bitmap_ranks *ranks);
void bitmap_ranks_build(struct bitmap_ranks *ranks, const struct bitmap *bitmap);
/* The same where only bits at or after `from` changed, or the number of bits, since the ranks were built. */
void bitmap_ranks_update(struct bitmap_ranks *ranks, const struct bitmap *bitmap, size_t from);
size_t bitmap_rank(const struct bitmap *bitmap, const struct bitmap_ranks *ranks,
                   size_t at); /* set bits before `at` */
size_t bitmap_select(const struct bitmap *bitmap, const struct bitmap_ranks *ranks,
                     size_t k); /* the k-th set bit; BITMAP_NONE for k >= total */
